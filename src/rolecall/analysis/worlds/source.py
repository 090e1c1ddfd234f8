"""What does a YAML or JSON file say, and where? Both become the nodes that the policy reader knows.

A node keeps its place in the text, so that every complaint, and every statement of a policy written in the middle
of a YAML file, has a line. YAML is read as data without surprises: `yes` and `2012-10-17` are texts, a key may
stand once, and tags, merge keys and several documents in one file are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

import yaml
from msgspec import Struct

from rolecall.errors import InputError
from rolecall.policy.findings import PolicyError
from rolecall.policy.json_reader import (
    MAX_DEPTH,
    NOWHERE,
    ArrayNode,
    BooleanNode,
    JsonError,
    Locator,
    Member,
    Node,
    NullNode,
    NumberNode,
    ObjectNode,
    StringNode,
    read,
)

ReadFile = Callable[[str], str]

TAG: Final = "tag:yaml.org,2002:"
# Plain scalars that YAML 1.1 would read as something else; what they are to us is decided by `_plain`.
PLAIN_TAGS: Final = frozenset(TAG + name for name in ("int", "float", "bool", "null", "timestamp", "value"))
NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
WORDS: Final = {"true": True, "false": False}
NULLS: Final = frozenset({"", "~", "null"})
# libyaml is ten times as fast; what both make of a text is the same.
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Source(Struct, frozen=True):
    """A file that was read. name: as the user would open it. root: what it says."""

    name: str
    text: str
    locator: Locator
    root: Node

    def at(self, node: Node) -> str:
        """`file:line:column` of a node."""
        if node.start == NOWHERE:
            return self.name
        position = self.locator.position(node.start)
        return f"{self.name}:{position.line}:{position.column}"

    def line(self, node: Node) -> int:
        return 1 if node.start == NOWHERE else self.locator.position(node.start).line

    def refuse(self, node: Node, message: str) -> NoReturn:
        raise InputError(f"{self.at(node)}: {message}")

    def refuse_policy(self, node: Node, error: PolicyError) -> NoReturn:
        """A policy document that cannot be evaluated, told at its first finding."""
        first = error.findings[0] if error.findings else None
        if first is None or first.span is None:
            self.refuse(node, error.message)
        more = f" (and {len(error.findings) - 1} more)" if len(error.findings) > 1 else ""
        where = f"{self.name}:{first.span.start.line}:{first.span.start.column}"
        raise InputError(f"{where}: {first.message}{more}")


def parse_source(name: str, text: str) -> Source:
    """The content of a file; raises InputError. A name that ends in .json is JSON, every other one YAML."""
    text = text.removeprefix("\ufeff")
    root = _read_json(name, text) if name.endswith(".json") else _read_yaml(name, text)
    return Source(name, text, Locator(text), root)


def to_python(node: Node) -> object:
    """The plain value of a node: numbers become int or float."""
    match node:
        case ObjectNode(members=members):
            return {member.key.value: to_python(member.value) for member in members}
        case ArrayNode(items=items):
            return [to_python(item) for item in items]
        case StringNode(value=value):
            return value
        case NumberNode(text=text):
            return int(text) if re.fullmatch(r"-?[0-9]+", text) else float(text)
        case BooleanNode(value=said):
            return said
    return None


def _read_json(name: str, text: str) -> Node:
    try:
        return read(text)
    except JsonError as error:
        at = f":{error.position.line}:{error.position.column}" if error.position else ""
        raise InputError(f"{name}{at}: {error.message}") from None


def _read_yaml(name: str, text: str) -> Node:
    try:
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise InputError(f"{name}{at}: {error.problem or 'this is not YAML'}") from None
    except yaml.YAMLError as error:
        raise InputError(f"{name}: {str(error).splitlines()[0]}") from None
    return NullNode(0, 0) if root is None else _converted(root, name, 0)


def _converted(node: yaml.Node, name: str, depth: int) -> Node:
    start, end = node.start_mark.index, node.end_mark.index
    if depth > MAX_DEPTH:  # an alias may contain itself
        _refuse(node, name, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(node, yaml.MappingNode):
        if node.tag != f"{TAG}map":
            _refuse(node, name, f"tag {node.tag!r} is not understood")
        members: dict[str, Member] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.tag == f"{TAG}merge":
                _refuse(key, name, "a name must be a plain text; merge keys are not understood")
            if key.value in members:
                _refuse(key, name, f"duplicate key {key.value!r}")
            held = StringNode(key.start_mark.index, key.end_mark.index, key.value)
            members[key.value] = Member(held, _converted(value, name, depth + 1))
        return ObjectNode(start, end, tuple(members.values()))
    if isinstance(node, yaml.SequenceNode):
        if node.tag != f"{TAG}seq":
            _refuse(node, name, f"tag {node.tag!r} is not understood")
        return ArrayNode(start, end, tuple(_converted(item, name, depth + 1) for item in node.value))
    assert isinstance(node, yaml.ScalarNode)
    if node.tag in PLAIN_TAGS and not node.style:
        return _plain(node.value, start, end)
    if node.tag != f"{TAG}str":
        _refuse(node, name, f"tag {node.tag!r} is not understood")
    return StringNode(start, end, node.value)


def _plain(text: str, start: int, end: int) -> Node:
    if text.lower() in NULLS:
        return NullNode(start, end)
    if text in WORDS:
        return BooleanNode(start, end, WORDS[text])
    if NUMBER.fullmatch(text):
        return NumberNode(start, end, text)
    return StringNode(start, end, text)


def _refuse(node: yaml.Node, name: str, message: str) -> NoReturn:
    mark = node.start_mark
    raise InputError(f"{name}:{mark.line + 1}:{mark.column + 1}: {message}")
