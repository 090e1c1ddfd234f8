"""How can a condition be written so that it lets a request through, or so that a Deny spares it?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from rolecall.decision.reference.conditions import evaluate_condition, look_up
from rolecall.decision.reference.result import Setting
from rolecall.decision.repairs.changes import Kind
from rolecall.decision.request import Request
from rolecall.policy.document import Condition, Effect
from rolecall.policy.operators import Family, Operator, Quantifier, parse_operator
from rolecall.policy.truth import Truth

Widened = tuple[Kind, Condition | None, tuple[str, ...]]

MOST: Final = 12  # values of a key that a condition is asked to list


def widened(condition: Condition, request: Request, variables: bool, setting: Setting) -> Iterator[Widened]:
    """The condition of an Allow, changed so that it holds; the last resort is to drop it."""
    found = False
    for kind, after, what in _attempts(condition, request, setting):
        if _holds(after, Effect.ALLOW, request, variables, setting) is Truth.YES:
            found = True
            yield kind, after, what
    if not found:
        yield Kind.DROP_CONDITION, None, (condition.operator, condition.key)


def narrowed(
    condition: Condition, request: Request, variables: bool, setting: Setting
) -> Iterator[tuple[Condition, tuple[str, ...]]]:
    """The condition of a Deny, changed so that it no longer holds for this request."""
    for _, after, what in _attempts(condition, request, setting, values_only=True):
        if _holds(after, Effect.DENY, request, variables, setting) is Truth.NO:
            yield after, what


def _attempts(
    condition: Condition, request: Request, setting: Setting, values_only: bool = False
) -> Iterator[tuple[Kind, Condition, tuple[str, ...]]]:
    operator = parse_operator(condition.operator)
    if operator is None:
        return
    seen = look_up(request.context, condition.key, setting.choices) or ()
    if operator.base.family is not Family.NULL and 0 < len(seen) <= MOST:
        added = tuple(value for value in seen if value not in condition.values)
        if added:
            after = replace(condition, values=(*condition.values, *added), span=None)
            yield Kind.ADD_CONDITION_VALUE, after, added
        yield from _without_values(condition, seen, request, setting)
    if values_only:
        return
    for name in _other_operators(operator, seen):
        yield Kind.CHANGE_OPERATOR, replace(condition, operator=name, span=None), (condition.operator, name)


def _without_values(
    condition: Condition, seen: tuple[str, ...], request: Request, setting: Setting
) -> Iterator[tuple[Kind, Condition, tuple[str, ...]]]:
    """One value less: the one that is met."""
    if len(condition.values) < 2:
        return
    for value in condition.values:
        kept = tuple(each for each in condition.values if each != value)
        if kept:
            yield Kind.REMOVE_CONDITION_VALUE, replace(condition, values=kept, span=None), (value,)


def _other_operators(operator: Operator, seen: tuple[str, ...]) -> Iterator[str]:
    """The same test of each value of a list, or of a key only where it is there."""
    if len(seen) > 1 and operator.quantifier is Quantifier.ONE:
        yield replace(operator, quantifier=Quantifier.ALL).name
    if not seen and not operator.if_exists and operator.base.family is not Family.NULL:
        yield replace(operator, if_exists=True).name


def _holds(condition: Condition, effect: Effect, request: Request, variables: bool, setting: Setting) -> Truth:
    return evaluate_condition(condition, effect, request.context, variables, setting).truth
