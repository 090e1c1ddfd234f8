"""Does a statement speak of this action? (SEMANTICS 2)"""

from __future__ import annotations

from rolecall.decision.reference.result import Element, ElementResult
from rolecall.decision.request import Request
from rolecall.policy.document import Statement
from rolecall.policy.glob import matches
from rolecall.policy.truth import Truth


def action_matches(pattern: str, action: str) -> bool:
    """Prefix and name apart, both without case; a wildcard does not cross the colon. `*` is every action."""
    if pattern == "*":
        return True
    vendor, colon, name = pattern.lower().partition(":")
    service, _, operation = action.lower().partition(":")
    return bool(colon) and matches(vendor, service) and matches(name, operation)


def evaluate_action(statement: Statement, request: Request) -> ElementResult:
    if statement.not_actions is not None:
        listed = any(action_matches(pattern, request.action) for pattern in statement.not_actions)
        return ElementResult(Element.NOT_ACTION, Truth.of(not listed), statement.not_actions, (request.action,))
    patterns = statement.actions or ()
    matched = any(action_matches(pattern, request.action) for pattern in patterns)
    return ElementResult(Element.ACTION, Truth.of(matched), patterns, (request.action,))
