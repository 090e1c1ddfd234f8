"""Why? The decision again, with every statement, element and value that led to it.

Runs the same `evaluate` as `decide` and only writes down what it found, so an explanation cannot disagree with
the decision it explains.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from rolecall.decision.applicability import resource_policy_type
from rolecall.decision.combination import policy_at
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.procedure import Evaluation, evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.reference.result import ElementResult, PolicyResult, StatementResult
from rolecall.decision.request import PrincipalType, Request
from rolecall.decision.result import Outcome
from rolecall.decision.rules import SUFFICE, is_root
from rolecall.decision.trace import ElementTrace, PolicyTrace, Rung, StatementTrace, Trace
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.open_points import OURS, Choices
from rolecall.policy.truth import Truth

ANSWERS: Final = {Truth.YES: "yes", Truth.NO: "no", Truth.UNKNOWN: "unknown"}

Placed = tuple[PolicyType, int | tuple[int, int], PolicyResult]


def explain(
    request: Request,
    policies: PoliciesInForce,
    *,
    profile: Profile = "reference",
    choices: Choices = OURS,
) -> Trace:
    """The trace of a decision."""
    evaluation = evaluate(request, policies, profile=profile, choices=choices)
    decision = evaluation.decision
    kept = evaluation.applicable.policies
    return Trace(
        principal=request.principal.arn,
        action=request.action,
        resource=request.resource.arn,
        decision=decision.outcome.value,
        rule=evaluation.combined.rule.name,
        ladder=tuple(_ladder(request, evaluation)),
        policies=tuple(_policy(kept, placed) for placed in _placed(request, evaluation)),
        by=decision.by,
        depends_on=decision.depends_on,
        note=_note(evaluation),
    )


def _note(evaluation: Evaluation) -> str | None:
    if evaluation.combined.free:
        return "this call needs no permission"
    if evaluation.combined.limited.truth is not Truth.NO:
        return evaluation.combined.limited.reason
    return None


def _placed(request: Request, evaluation: Evaluation) -> Iterator[Placed]:
    """Every policy that counts, in the order of the ladder."""
    results = evaluation.results
    for kind, levels in ((PolicyType.SCP, results.scps), (PolicyType.RCP, results.rcps)):
        for level, held in enumerate(levels):
            for index, result in enumerate(held):
                yield kind, (level, index), result
    if results.endpoint is not None:
        yield PolicyType.ENDPOINT, 0, results.endpoint
    if results.resource is not None:
        yield resource_policy_type(request), 0, results.resource
    for index, result in enumerate(results.identity):
        yield PolicyType.IDENTITY, index, result
    if results.boundary is not None:
        yield PolicyType.BOUNDARY, 0, results.boundary
    for index, result in enumerate(results.session or ()):
        yield PolicyType.SESSION, index, result


def _policy(kept: PoliciesInForce, placed: Placed) -> PolicyTrace:
    kind, index, result = placed
    source = policy_at(kept, kind, index)
    return PolicyTrace(
        policy_type=kind.value,
        index=index[1] if isinstance(index, tuple) else index,
        level=index[0] if isinstance(index, tuple) else None,
        says=_says(result.verdict.deny, result.verdict.allows(), "nothing"),
        statements=tuple(map(_statement, result.statements)),
        arn=source.arn,
        name=source.name,
    )


def _says(deny: Truth, allow: Truth, silent: str) -> str:
    if deny is Truth.YES:
        return "deny"
    if deny is Truth.UNKNOWN or allow is Truth.UNKNOWN:
        return "unknown"
    return "allow" if allow is Truth.YES else silent


def _statement(result: StatementResult) -> StatementTrace:
    failed = result.failed
    unmet = [element for element in result.elements if element.truth is not Truth.YES]
    statement = result.statement
    return StatementTrace(
        index=statement.index,
        effect=statement.effect.value,
        matched=ANSWERS[result.truth],
        sid=statement.sid,
        failed=None if failed is None else _element(failed),
        also=tuple(_element(element) for element in unmet if element is not failed),
        near=statement.effect is Effect.ALLOW and len(unmet) == 1 and result.truth is Truth.NO,
        named=tuple(sorted(kind.value for kind in result.kinds)) if statement.principals is not None else (),
    )


def _element(result: ElementResult) -> ElementTrace:
    return ElementTrace(
        element=result.element.value,
        answer=ANSWERS[result.truth],
        wanted=result.wanted,
        seen=result.seen,
        operator=result.condition.operator if result.condition else None,
        key=result.condition.key if result.condition else None,
        note=result.note,
        keys=result.keys,
    )


def _ladder(request: Request, evaluation: Evaluation) -> Iterator[Rung]:
    decision, answers = evaluation.decision, evaluation.combined.answers
    exempt, results = evaluation.applicable.exempt, evaluation.results
    resource_type = resource_policy_type(request)
    verdicts = results.verdicts
    absent = {
        PolicyType.SCP: not verdicts.scps,
        PolicyType.RCP: not verdicts.rcps,
        PolicyType.ENDPOINT: verdicts.endpoint is None,
        resource_type: verdicts.resource is None,
        PolicyType.IDENTITY: not verdicts.identity,
        PolicyType.BOUNDARY: verdicts.boundary is None,
        PolicyType.SESSION: verdicts.session is None,
    }
    allows = {
        PolicyType.SCP: answers.scp,
        PolicyType.RCP: answers.rcp,
        PolicyType.ENDPOINT: answers.endpoint,
        resource_type: answers.resource_side,
        PolicyType.IDENTITY: answers.identity,
        PolicyType.BOUNDARY: answers.boundary,
        PolicyType.SESSION: answers.session,
    }
    denies = dict.fromkeys(absent, Truth.NO)
    for kind, _, result in _placed(request, evaluation):
        denies[kind] = denies[kind] | result.verdict.deny
    for kind, none in absent.items():
        decisive = decision.by is not None and decision.by.policy_type is kind
        if kind in exempt:
            yield Rung(kind.value, "not counted", exempt[kind], decisive)
        elif kind is PolicyType.IDENTITY and is_root(request) and denies[kind] is Truth.NO:
            yield Rung(kind.value, "allow", "the root user may do everything", decisive)
        elif none:
            yield Rung(kind.value, "none", _absent_reason(kind, request, evaluation), decisive)
        else:
            says = _says(denies[kind], allows[kind], "no allow")
            yield Rung(kind.value, says, _worth(kind, says, evaluation), decisive)


def _absent_reason(kind: PolicyType, request: Request, evaluation: Evaluation) -> str | None:
    if kind is PolicyType.SESSION and request.principal.type is PrincipalType.FEDERATED_USER:
        return "a federated user has nothing without a session policy"
    if kind in (PolicyType.RESOURCE, PolicyType.TRUST) and evaluation.combined.rule not in SUFFICE:
        return "it would have to allow"
    return None


def _worth(kind: PolicyType, says: str, evaluation: Evaluation) -> str | None:
    """What a resource policy's allow is worth: a grant to the account only delegates (7.3)."""
    combined = evaluation.combined
    if kind not in (PolicyType.RESOURCE, PolicyType.TRUST) or says != "allow":
        return None
    answers = combined.answers
    if answers.direct is Truth.YES:
        return "names the caller"
    if answers.of_session is Truth.YES:
        return "names the role or user of the session: boundary and session policy limit it"
    # Across accounts AWS reports this as the resource policy's lack all the same (9.3).
    return "names the account: an identity policy must allow too"


def denied(trace: Trace) -> bool:
    """Whether the trace explains a denial."""
    return trace.decision in (Outcome.EXPLICIT_DENY.value, Outcome.IMPLICIT_DENY.value)
