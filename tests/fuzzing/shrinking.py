"""The smallest policies and context that still show a difference: one thing less at a time, while it lasts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Context, Request
from rolecall.policy.document import Statement

Differs = Callable[[Request, PoliciesInForce], bool]
Question = tuple[Request, PoliciesInForce]


def shrunk(request: Request, policies: PoliciesInForce, differs: Differs) -> Question:
    """The question with everything taken away that the difference does not need."""
    asked: Question | None = (request, policies)
    found = (request, policies)
    while asked is not None:
        found = asked
        asked = next((less for less in _smaller(*found) if differs(*less)), None)
    return found


def _smaller(request: Request, policies: PoliciesInForce) -> Iterator[Question]:
    """The same with one thing less."""
    for fewer in _smaller_policies(policies):
        yield request, fewer
    for context in _smaller_contexts(request.context):
        yield replace(request, context=context), policies


def _smaller_contexts(context: Context) -> Iterator[Context]:
    values = context.spelled()
    for key in values:
        left = {other: held for other, held in values.items() if other != key}
        yield Context(left, multivalued=context.multivalued, unknown=context.unknown)
    for name in context.unknown:
        yield Context(values, multivalued=context.multivalued, unknown=context.unknown - {name})


def _smaller_policies(policies: PoliciesInForce) -> Iterator[PoliciesInForce]:
    for name in ("boundary", "session", "endpoint", "resource"):
        if getattr(policies, name) is not None:
            yield replace(policies, **{name: None})
    for name in ("scps", "rcps"):
        levels: tuple[Level, ...] = getattr(policies, name)
        for number, level in enumerate(levels):
            yield replace(policies, **{name: (*levels[:number], *levels[number + 1 :])})
            for shorter in _smaller_level(level):
                yield replace(policies, **{name: (*levels[:number], shorter, *levels[number + 1 :])})
    for shorter in _smaller_level(policies.identity):
        yield replace(policies, identity=shorter)
    for shorter in _smaller_level(policies.session or ()):
        yield replace(policies, session=shorter or None)
    for name in ("boundary", "endpoint", "resource"):
        policy = getattr(policies, name)
        for less in _smaller_policy(policy) if policy is not None else ():
            yield replace(policies, **{name: less})


def _smaller_level(level: Level) -> Iterator[Level]:
    for number, policy in enumerate(level):
        yield (*level[:number], *level[number + 1 :])
        for less in _smaller_policy(policy):
            yield (*level[:number], less, *level[number + 1 :])


def _smaller_policy(policy: SourcedPolicy) -> Iterator[SourcedPolicy]:
    document = policy.document
    statements = document.statements
    for number, statement in enumerate(statements):
        others = (*statements[:number], *statements[number + 1 :])
        if others:
            yield replace(policy, document=replace(document, statements=others))
        for less in _smaller_statement(statement):
            changed = (*statements[:number], less, *statements[number + 1 :])
            yield replace(policy, document=replace(document, statements=changed))


def _smaller_statement(statement: Statement) -> Iterator[Statement]:
    conditions = statement.conditions
    for place, condition in enumerate(conditions):
        yield replace(statement, conditions=(*conditions[:place], *conditions[place + 1 :]))
        for fewer in _shorter(condition.values):
            less = replace(condition, values=fewer)
            yield replace(statement, conditions=(*conditions[:place], less, *conditions[place + 1 :]))
    for name in ("actions", "not_actions", "resources", "not_resources", "principals", "not_principals"):
        for fewer in _shorter(getattr(statement, name) or ()):
            yield replace(statement, **{name: fewer})


def _shorter(values: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A list with one value less; never an empty one."""
    if len(values) > 1:
        for number in range(len(values)):
            yield (*values[:number], *values[number + 1 :])
