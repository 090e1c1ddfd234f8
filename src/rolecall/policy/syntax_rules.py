"""Is this a policy at all? The first stage of IAM's write-time checks: JSON, elements and their types
(SEMANTICS 1.1, 1.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.policy.json_reader import ArrayNode, BooleanNode, Node, NumberNode, ObjectNode, StringNode
from rolecall.policy.operators import parse_operator

TOP_ELEMENTS: Final = frozenset({"Version", "Id", "Statement"})
STATEMENT_ELEMENTS: Final = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
EXCLUSIVE: Final = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
VERSIONS: Final = ("2008-10-17", "2012-10-17")
EFFECTS: Final = ("Allow", "Deny")

Statement = Mapping[str, Any]


class Number(Struct, frozen=True):
    """A JSON number as it was spelled; only condition values may be one."""

    text: str

    def __str__(self) -> str:
        return self.text


def plain(node: Node) -> Any:
    """The Python value of a node. Numbers keep their text, so that 10 and "10" are told alike (SEMANTICS 1.1)."""
    match node:
        case ObjectNode(members=members):
            return {member.key.value: plain(member.value) for member in members}
        case ArrayNode(items=items):
            return [plain(item) for item in items]
        case StringNode(value=value):
            return value
        case NumberNode(text=text):
            return Number(text)
        case BooleanNode(value=value):
            return value
    return None


def statements_of(document: Any) -> tuple[Statement, ...] | None:
    """The statements of a well-formed document; None for anything else."""
    if not isinstance(document, dict) or not document.keys() <= TOP_ELEMENTS:
        return None
    if document.get("Version", VERSIONS[0]) not in VERSIONS or not isinstance(document.get("Id", ""), str):
        return None
    statements = tuple(listed(document.get("Statement")))
    return statements if statements and all(map(_well_formed, statements)) else None


def listed(value: Any) -> list[Any]:
    """One value or a list of them, as a list."""
    return value if isinstance(value, list) else [value]


def is_strings(value: Any) -> bool:
    """Whether a value is one string or a list of strings."""
    return all(isinstance(item, str) for item in listed(value))


def _well_formed(statement: Any) -> bool:
    """Known elements, none with its opposite, values of the right JSON type."""
    if not isinstance(statement, dict) or not statement.keys() <= STATEMENT_ELEMENTS:
        return False
    if any(one in statement and other in statement for one, other in EXCLUSIVE):
        return False
    effect = statement.get("Effect")
    if not isinstance(effect, str) or effect.lower() not in {known.lower() for known in EFFECTS}:
        return False
    if not isinstance(statement.get("Sid", ""), str):
        return False
    elements = ("Action", "NotAction", "Resource", "NotResource")
    if not all(is_strings(statement[element]) for element in elements if element in statement):
        return False
    return _well_formed_conditions(statement.get("Condition", {}))


def _well_formed_conditions(block: Any) -> bool:
    if not isinstance(block, dict):
        return False
    for operator, keys in block.items():
        if not isinstance(keys, dict):
            return False
        values = (value for held in keys.values() for value in listed(held))
        if not all(isinstance(value, str | bool | Number) for value in values):
            return False
        # IAM lets an unknown operator pass when nothing stands under it.
        if keys and not _is_operator(operator):
            return False
    return True


def _is_operator(name: str) -> bool:
    """Case counts here, unlike at evaluation."""
    operator = parse_operator(name)
    return operator is not None and operator.name == name
