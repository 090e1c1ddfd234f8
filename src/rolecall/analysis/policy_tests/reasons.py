"""Why was a request decided as it was, in the words that a case's `because` may use?

Every reason names a policy type and, where there is one, the policy, statement, condition key and action. Of an
explicit denial: each Deny statement that matched, with each of its conditions. Of an implicit one: the type that
lacked an allow, and the elements that kept its Allow statements for this action from matching. Of an allow: the
statement that granted.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from rolecall.analysis.policy_tests.format import REASON_FIELDS, Because
from rolecall.decision.applicability import resource_policy_type
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.procedure import Evaluation, evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.reference.result import Element, PolicyResult, StatementResult
from rolecall.decision.request import Request
from rolecall.decision.result import Decision, Outcome
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.truth import Truth

ASKED: tuple[Element, ...] = (
    Element.PRINCIPAL,
    Element.NOT_PRINCIPAL,
    Element.ACTION,
    Element.NOT_ACTION,
)


class Reason(Struct, frozen=True):
    type: str
    action: str
    policy: str | None = None
    arn: str | None = None
    statement: str | None = None
    key: str | None = None

    def meets(self, because: Because) -> bool:
        if because.any is not None:
            return any(self._is(field, because.any) for field in REASON_FIELDS)
        wanted = ((field, getattr(because, field)) for field in REASON_FIELDS)
        return all(value is None or self._is(field, value) for field, value in wanted)

    def _is(self, field: str, wanted: str) -> bool:
        if field == "policy":
            return wanted in (self.policy, self.arn)
        held = getattr(self, field)
        if field in ("key", "action"):
            return held is not None and held.lower() == wanted.lower()
        return bool(held == wanted)

    def __str__(self) -> str:
        named = (("policy", self.policy), ("statement", self.statement), ("key", self.key))
        return ", ".join([self.type, *(f"{name} {value}" for name, value in named if value is not None)])


Placed = tuple[PolicyType, SourcedPolicy, PolicyResult]


def placed(request: Request, evaluation: Evaluation) -> Iterator[Placed]:
    """Every policy that counted, with its type and what it said."""
    kept, results = evaluation.applicable.policies, evaluation.results
    kind = resource_policy_type(request)
    for level, said in zip(kept.scps, results.scps, strict=True):
        yield from ((PolicyType.SCP, *pair) for pair in zip(level, said, strict=True))
    for level, said in zip(kept.rcps, results.rcps, strict=True):
        yield from ((PolicyType.RCP, *pair) for pair in zip(level, said, strict=True))
    yield from ((PolicyType.IDENTITY, *pair) for pair in zip(kept.identity, results.identity, strict=True))
    yield from (
        (PolicyType.SESSION, *pair) for pair in zip(kept.session or (), results.session or (), strict=True)
    )
    for type, policy, result in (
        (PolicyType.BOUNDARY, kept.boundary, results.boundary),
        (PolicyType.ENDPOINT, kept.endpoint, results.endpoint),
        (kind, kept.resource, results.resource),
    ):
        if policy is not None and result is not None:
            yield type, policy, result


def reasons(
    request: Request, policies: PoliciesInForce, decision: Decision, profile: Profile = "reference"
) -> tuple[Reason, ...]:
    """The reasons of a decision, the one that AWS names first."""
    return tuple(dict.fromkeys(_reasons(request, decision, evaluate(request, policies, profile=profile))))


def _reasons(request: Request, decision: Decision, evaluation: Evaluation) -> Iterator[Reason]:
    by = decision.by
    if by is None:
        yield Reason("credentials" if not decision.allowed else "root", request.action)
        return
    first = Reason(by.policy_type.value, request.action, by.name, by.arn, by.sid)
    yield first
    if decision.outcome is Outcome.IMPLICIT_DENY:
        yield from _missing(request, by.policy_type, evaluation)
        return
    effect = Effect.ALLOW if decision.allowed else Effect.DENY
    for kind, policy, result in placed(request, evaluation):
        for statement in result.statements:
            if statement.statement.effect is not effect or statement.truth is not Truth.YES:
                continue
            if effect is Effect.ALLOW and kind is not by.policy_type:
                continue
            reason = Reason(kind.value, request.action, policy.name, policy.arn, statement.statement.sid)
            yield reason
            for condition in statement.statement.conditions:
                yield _keyed(reason, condition.key)


def _missing(request: Request, lacking: PolicyType, evaluation: Evaluation) -> Iterator[Reason]:
    for kind, policy, result in placed(request, evaluation):
        if kind is not lacking:
            continue
        for statement in result.statements:
            if statement.statement.effect is Effect.DENY or not is_about(statement):
                continue
            reason = Reason(kind.value, request.action, policy.name, policy.arn, statement.statement.sid)
            yield reason
            for element in statement.elements:
                if element.condition is not None and element.truth is Truth.NO:
                    yield _keyed(reason, element.condition.key)


def is_about(result: StatementResult) -> bool:
    """Whether a statement is about this caller and this action, whatever keeps it from matching."""
    return all(element.truth is Truth.YES for element in result.elements if element.element in ASKED)


def _keyed(reason: Reason, key: str) -> Reason:
    return Reason(reason.type, reason.action, reason.policy, reason.arn, reason.statement, key)
