"""Which single changes of a policy might take an obstacle away?

For a policy type that does not allow: complete the statement that lacks one element only, or add a statement that
allows this and nothing else. For a Deny: make it spare the request. Policies of AWS's own cannot be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.procedure import Evaluation
from rolecall.decision.reference.actions import action_matches
from rolecall.decision.reference.principals import match_entry
from rolecall.decision.reference.resources import evaluate_entry
from rolecall.decision.reference.result import Element, ElementResult, Setting, StatementResult
from rolecall.decision.repairs.changes import Kind, Place, PolicyChange
from rolecall.decision.repairs.conditions import narrowed, widened
from rolecall.decision.repairs.least import caller_arn, caller_entry, statement_for
from rolecall.decision.repairs.obstacles import Denying, Missing, Obstacle, placed
from rolecall.decision.request import Principal, PrincipalType, Request
from rolecall.policy.document import Condition, Effect, PolicyType, PrincipalEntry, Statement
from rolecall.policy.truth import Truth

AWS_OWNED: Final = (":iam::aws:policy/", ":policy/p-FullAWSAccess", ":policy/p-RCPFullAWSAccess")
# Policies that hang on many: there a Deny may spare one caller.
SHARED: Final = frozenset(
    {PolicyType.SCP, PolicyType.RCP, PolicyType.RESOURCE, PolicyType.ENDPOINT, PolicyType.BOUNDARY}
)


def is_editable(policy: SourcedPolicy) -> bool:
    return policy.arn is None or not any(mark in policy.arn for mark in AWS_OWNED)


def policy_changes(
    obstacle: Obstacle, request: Request, policies: PoliciesInForce, evaluation: Evaluation, setting: Setting
) -> tuple[PolicyChange, ...]:
    """Changes that might take the obstacle away, the narrowest first; `policies` are those that count."""
    if isinstance(obstacle, Denying):
        found = _of_deny(obstacle, request, policies, evaluation, setting)
    else:
        found = _of_missing(obstacle, request, policies, evaluation, setting)
    return tuple(found)


def _of_missing(
    missing: Missing, request: Request, policies: PoliciesInForce, evaluation: Evaluation, setting: Setting
) -> Iterator[PolicyChange]:
    for place, result in placed(request, evaluation):
        policy = place.find(policies)
        if (place.policy_type, place.level) != (missing.policy_type, missing.level) or policy is None:
            continue
        if not is_editable(policy):
            continue
        for statement in result.statements:
            unmet = [element for element in statement.elements if element.truth is not Truth.YES]
            if statement.statement.effect is Effect.ALLOW and len(unmet) == 1:
                yield from _completed(
                    place, policy, statement, unmet[0], request, policy.document.variables, setting
                )
    yield from _least(missing, request, policies, setting)


def _completed(
    place: Place,
    policy: SourcedPolicy,
    result: StatementResult,
    element: ElementResult,
    request: Request,
    variables: bool,
    setting: Setting,
) -> Iterator[PolicyChange]:
    """The statement with the one element changed that keeps it from allowing."""
    before = result.statement

    def change(kind: Kind, after: Statement, *what: str) -> PolicyChange:
        return PolicyChange(kind, place, before.index, before, after, what, policy)

    if element.element is Element.CONDITION:
        assert element.condition is not None
        for kind, condition, what in widened(element.condition, request, variables, setting):
            yield change(kind, with_condition(before, element.condition, condition), *what)
        return
    make = COMPLETIONS.get(element.element)
    if make is not None:
        yield from make(before, place.policy_type, request, variables, setting, change)


Change = Callable[..., PolicyChange]


def _add_action(
    before: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting, change: Change
) -> Iterator[PolicyChange]:
    assert before.actions is not None
    yield change(Kind.ADD_ACTION, replace(before, actions=(*before.actions, request.action)), request.action)


def _remove_not_action(
    before: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting, change: Change
) -> Iterator[PolicyChange]:
    listed = before.not_actions or ()
    kept = tuple(pattern for pattern in listed if not action_matches(pattern, request.action))
    gone = tuple(pattern for pattern in listed if pattern not in kept)
    if kept:
        yield change(Kind.REMOVE_NOT_ACTION, replace(before, not_actions=kept), *gone)


def _add_resource(
    before: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting, change: Change
) -> Iterator[PolicyChange]:
    assert before.resources is not None
    arn = request.resource.arn
    yield change(Kind.ADD_RESOURCE, replace(before, resources=(*before.resources, arn)), arn)


def _remove_not_resource(
    before: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting, change: Change
) -> Iterator[PolicyChange]:
    listed = before.not_resources or ()
    kept = tuple(
        pattern
        for pattern in listed
        if evaluate_entry(pattern, kind, request, variables, setting).truth is Truth.NO
    )
    gone = tuple(pattern for pattern in listed if pattern not in kept)
    if kept:
        yield change(Kind.REMOVE_NOT_RESOURCE, replace(before, not_resources=kept), *gone)


def _add_principal(
    before: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting, change: Change
) -> Iterator[PolicyChange]:
    entry = caller_entry(request.principal)
    if entry is None or before.principals is None:
        return
    yield change(Kind.ADD_PRINCIPAL, replace(before, principals=(*before.principals, entry)), entry.value)


Completion = Callable[[Statement, PolicyType, Request, bool, Setting, Change], Iterator[PolicyChange]]
COMPLETIONS: Final[Mapping[Element, Completion]] = {
    Element.ACTION: _add_action,
    Element.NOT_ACTION: _remove_not_action,
    Element.RESOURCE: _add_resource,
    Element.NOT_RESOURCE: _remove_not_resource,
    Element.PRINCIPAL: _add_principal,
}


def with_condition(statement: Statement, before: Condition, after: Condition | None) -> Statement:
    """The statement with one of its conditions changed, or without it."""
    conditions = (after if each is before else each for each in statement.conditions)
    return replace(statement, conditions=tuple(each for each in conditions if each is not None))


def _least(
    missing: Missing, request: Request, policies: PoliciesInForce, setting: Setting
) -> Iterator[PolicyChange]:
    """A statement for this request only: in a policy of its own where there can be one, else in the one there."""
    kind = missing.policy_type
    statement = statement_for(kind, request, setting.profile)
    if statement is None:
        return
    fresh = PolicyChange(Kind.ADD_POLICY, Place(kind, None, missing.level), after=statement)
    if kind is PolicyType.IDENTITY:
        if request.principal.type is not PrincipalType.SERVICE_LINKED_ROLE:
            yield fresh
        return
    held = policies.of(kind) if missing.level is None else _level(policies, kind, missing.level)
    for index, policy in enumerate(held):
        if is_editable(policy):
            place = Place(kind, index, missing.level)
            yield PolicyChange(Kind.ADD_STATEMENT, place, after=statement, source=policy)
    if not held or kind is PolicyType.SCP:
        yield fresh


def _level(policies: PoliciesInForce, kind: PolicyType, level: int) -> tuple[SourcedPolicy, ...]:
    return (policies.scps if kind is PolicyType.SCP else policies.rcps)[level]


def _of_deny(
    deny: Denying, request: Request, policies: PoliciesInForce, evaluation: Evaluation, setting: Setting
) -> Iterator[PolicyChange]:
    place, policy = deny.place, deny.place.find(policies)
    assert policy is not None
    before = policy.document.statements[deny.statement]

    def change(kind: Kind, after: Statement | None, *what: str) -> PolicyChange:
        return PolicyChange(kind, place, deny.statement, before, after, what, policy)

    if is_editable(policy):
        for condition in before.conditions:
            for altered, what in narrowed(condition, request, policy.document.variables, setting):
                yield change(Kind.EXCEPT_CONDITION_VALUE, with_condition(before, condition, altered), *what)
        yield from _except_resource(before, request, change)
        yield from _except_action(before, request, change)
        yield from _except_caller(before, place, request.principal, change)
        if len(policy.document.statements) > 1:
            yield change(Kind.DROP_STATEMENT, None)
            return
    yield change(Kind.DROP_POLICY, None)


def _except_resource(before: Statement, request: Request, change: Change) -> Iterator[PolicyChange]:
    arn = request.resource.arn
    if before.not_resources is not None and arn != "*":
        yield change(Kind.EXCEPT_RESOURCE, replace(before, not_resources=(*before.not_resources, arn)), arn)
    kept = tuple(pattern for pattern in before.resources or () if pattern != arn)
    if before.resources is not None and kept and kept != before.resources:
        yield change(Kind.EXCEPT_RESOURCE, replace(before, resources=kept), arn)


def _except_action(before: Statement, request: Request, change: Change) -> Iterator[PolicyChange]:
    action = request.action
    if before.not_actions is not None:
        yield change(Kind.EXCEPT_ACTION, replace(before, not_actions=(*before.not_actions, action)), action)
    kept = tuple(pattern for pattern in before.actions or () if pattern.lower() != action.lower())
    if before.actions is not None and kept and kept != before.actions:
        yield change(Kind.EXCEPT_ACTION, replace(before, actions=kept), action)


def _except_caller(
    before: Statement, place: Place, principal: Principal, change: Change
) -> Iterator[PolicyChange]:
    arn = caller_arn(principal)
    if before.not_principals is not None:
        added = tuple(
            entry for entry in _chain(principal) if all(entry != listed for listed in before.not_principals)
        )
        if added:
            after = replace(before, not_principals=(*before.not_principals, *added))
            yield change(Kind.EXCEPT_CALLER, after, *(entry.value for entry in added))
        return
    if place.policy_type not in SHARED or arn is None:
        return
    spared = [each for each in before.conditions if each.key.lower() == "aws:principalarn"]
    if not spared:
        condition = Condition("ArnNotEquals", "aws:PrincipalArn", (arn,))
        yield change(Kind.EXCEPT_CALLER, replace(before, conditions=(*before.conditions, condition)), arn)


def _chain(principal: Principal) -> Iterator[PrincipalEntry]:
    """Everything that NotPrincipal must list to spare a caller: account, role or user, session (SEMANTICS 6.3)."""
    if principal.type in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS):
        return
    yield PrincipalEntry("AWS", f"arn:aws:iam::{principal.account}:root")
    for arn in (principal.role_arn, principal.issuer_arn, principal.arn):
        if arn and match_entry(PrincipalEntry("AWS", arn), principal) is not None:
            yield PrincipalEntry("AWS", arn)
