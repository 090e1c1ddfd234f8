"""Policy documents on their way in: is it what its type asks for? One refusal for whatever is wrong, as on AWS.

Control policies are checked as a whole (`policy.validation`). Management policies are JSON objects of the members
that their type knows, in which inheritance operators (`@@assign`, …) stand at the leaves.
"""

from __future__ import annotations

from typing import Any, Final

from rolecall.policy.json_reader import JsonError, read
from rolecall.policy.syntax_rules import plain
from rolecall.policy.validation import MalformedPolicy, validate_for_iam
from rolecall.services.organization import PARSED_AS
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.policy_types import PolicyKind

OPERATORS: Final = frozenset({"@@assign", "@@append", "@@remove", "@@operators_allowed_for_child_policies"})
ALLOWED: Final = frozenset({"@@all", "@@none", "@@assign", "@@append", "@@remove"})
CONTROL: Final = "@@operators_allowed_for_child_policies"


def checked(text: str, kind: PolicyKind) -> str:
    """The document, found to be in order."""
    if len(text) > kind.characters:
        raise fault("policy size", limit=kind.characters)
    if kind.authorizes:
        try:
            validate_for_iam(text, PARSED_AS[kind.type])
        except MalformedPolicy:
            raise fault("malformed policy") from None
        return text
    document = tree(text)
    if document is None or not _is_management_policy(document, kind):
        raise fault("malformed policy")
    return text


def tree(text: str) -> dict[str, Any] | None:
    """A document as plain values; None when it is no JSON object."""
    try:
        document = plain(read(text))
    except JsonError:
        return None
    return document if isinstance(document, dict) else None


def _is_management_policy(document: dict[str, Any], kind: PolicyKind) -> bool:
    own = {name for name in document if not name.startswith("@@")}
    return bool(own) and (not kind.members or own <= {*kind.members}) and _operators_fit(document)


def _operators_fit(node: object) -> bool:
    """Whether every `@@…` is an operator, and what it holds can be its value."""
    if isinstance(node, list):
        return all(map(_operators_fit, node))
    if not isinstance(node, dict):
        return True
    for name, value in node.items():
        if name == CONTROL:
            if not isinstance(value, list) or not {*map(str, value)} <= ALLOWED:
                return False
        elif name.startswith("@@"):
            if name not in OPERATORS or isinstance(value, dict):
                return False
        elif not _operators_fit(value):
            return False
    return True
