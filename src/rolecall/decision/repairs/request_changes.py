"""What could the caller ask otherwise, so that the policies as they are allow it?

For each obstacle a list of alternatives, each a set of single changes: the keys and the resource that an Allow
statement wants, or a key that lets a Deny miss.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from rolecall.decision.call_limits import MFA_PRESENT
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.procedure import Evaluation
from rolecall.decision.reference.result import Element, ElementResult, Setting, StatementResult
from rolecall.decision.repairs.changes import Kind, RequestChange
from rolecall.decision.repairs.obstacles import Denying, Missing, Obstacle, placed
from rolecall.decision.repairs.values import arn_instance, key_changes
from rolecall.decision.request import Request
from rolecall.policy.document import Effect
from rolecall.policy.truth import Truth
from rolecall.policy.variables import parse_template, resolve

Alternative = tuple[RequestChange, ...]

MOST_ELEMENTS: Final = 4
MOST_ALTERNATIVES: Final = 6
# Changes that a caller without MFA may make when only the kind of credentials stands in the way.
SIGN_IN_WITH_MFA: Final = RequestChange(Kind.SET_KEY, MFA_PRESENT, ("true",))


def request_alternatives(
    obstacle: Obstacle, request: Request, policies: PoliciesInForce, evaluation: Evaluation, setting: Setting
) -> tuple[Alternative, ...]:
    """Sets of changes that might take the obstacle away, small ones first."""
    found: list[Alternative] = []
    for place, result in placed(request, evaluation):
        policy = place.find(policies)
        assert policy is not None
        variables = policy.document.variables
        for statement in result.statements:
            if isinstance(obstacle, Denying):
                if (place, statement.statement.index) == (obstacle.place, obstacle.statement):
                    found += _missed(statement, request, variables, setting)
            elif _could_allow(obstacle, statement) and _same_type(obstacle, place.policy_type, place.level):
                found += _met(statement, request, variables, setting)
    return tuple(sorted(found, key=len)[:MOST_ALTERNATIVES])


def _same_type(missing: Missing, kind: object, level: int | None) -> bool:
    return (missing.policy_type, missing.level) == (kind, level)


def _could_allow(missing: Missing, result: StatementResult) -> bool:
    if result.statement.effect is not Effect.ALLOW or result.truth is Truth.YES:
        return False
    return not missing.kinds or bool(result.kinds & set(missing.kinds))


def _met(result: StatementResult, request: Request, variables: bool, setting: Setting) -> Iterator[Alternative]:
    """The statement's unmet elements, each met by a change of the request."""
    unmet = [element for element in result.elements if element.truth is not Truth.YES]
    if len(unmet) > MOST_ELEMENTS:
        return
    choices = [_element(element, result, request, variables, setting) for element in unmet]
    if not all(choices):
        return
    for chosen in itertools.islice(itertools.product(*choices), MOST_ALTERNATIVES):
        keys = [change.key.lower() for change in chosen if change.key]
        if len(set(keys)) == len(keys):
            yield chosen


def _element(
    element: ElementResult, result: StatementResult, request: Request, variables: bool, setting: Setting
) -> list[RequestChange]:
    if element.element is Element.CONDITION:
        assert element.condition is not None
        effect = result.statement.effect
        return list(key_changes(element.condition, effect, request, variables, setting, Truth.YES))
    if element.element is Element.RESOURCE and request.resource.arn != "*":
        return [
            RequestChange(Kind.USE_RESOURCE, resource=arn)
            for arn in dict.fromkeys(_instances(result, request, variables))
        ]
    return []


def _instances(result: StatementResult, request: Request, variables: bool) -> Iterator[str]:
    """Resources that the statement names, as like the request's as its patterns let them be."""
    for pattern in result.statement.resources or ():
        text = resolve(parse_template(pattern, variables), request.context).text
        if text is None or text.split(":")[:3] != request.resource.arn.split(":")[:3]:
            continue
        arn = arn_instance(text, request.resource.arn)
        same_home = arn.split(":")[3:5] == request.resource.arn.split(":")[3:5]
        if same_home and arn != request.resource.arn and _kind(arn) == _kind(request.resource.arn):
            yield arn


def _kind(arn: str) -> str:
    """What stands before the first slash: a model is no substitute for an endpoint."""
    head, slash, _ = arn.split(":", 5)[-1].partition("/")
    return head if slash else ""


def _missed(result: StatementResult, request: Request, variables: bool, setting: Setting) -> Iterator[Alternative]:
    """Single changes after which a condition of the Deny does not hold."""
    for condition in result.statement.conditions:
        for change in key_changes(condition, Effect.DENY, request, variables, setting, Truth.NO):
            yield (change,)
