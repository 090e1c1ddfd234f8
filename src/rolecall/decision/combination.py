"""How do the policies' answers combine into one decision? (SEMANTICS 7.2 to 7.5, 9.3)

Knows nothing of patterns, operators or variables: it sees one verdict per policy. Whether a grant suffices is a
rule of `rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from rolecall.decision.applicability import resource_policy_type
from rolecall.decision.call_limits import Limited, limited, needs_no_permission
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.request import PrincipalType, Request
from rolecall.decision.result import Decision, Determining, Outcome
from rolecall.decision.rules import OF_SESSION, Answers, Rule, is_root, rule_for
from rolecall.decision.verdict import MatchKind, Verdict, Verdicts
from rolecall.policy.document import PolicyType
from rolecall.policy.open_points import OURS, Choices
from rolecall.policy.truth import Truth, every, some


class Combined(Struct, frozen=True):
    """A decision, and what it was made of. free: no permission was needed."""

    decision: Decision
    rule: Rule
    answers: Answers
    limited: Limited
    free: bool = False


def combine(request: Request, policies: PoliciesInForce, verdicts: Verdicts, choices: Choices = OURS) -> Combined:
    """Combine the verdicts of the policies that count; `policies` gives the names of those that decide."""
    rule, answers = rule_for(request), _answers(request, verdicts, choices)
    limit = limited(request)
    if needs_no_permission(request) and limit.truth is not Truth.YES:
        free = limit.truth is Truth.NO
        decision = Decision(Outcome.ALLOW) if free else Decision(Outcome.UNDETERMINED, None, limit.keys)
        return Combined(decision, rule, answers, limit, free)
    resource_type = resource_policy_type(request)
    deny = some(verdict.deny for _, verdict in _by_type(verdicts, resource_type))
    allowed = answers.scp & answers.rcp & answers.endpoint & rule.granted(answers) & ~limit.truth
    if deny is Truth.YES:
        by = _denied_by(policies, verdicts, resource_type, choices)
        decision = Decision(Outcome.EXPLICIT_DENY, by)
    elif deny is Truth.UNKNOWN or allowed is Truth.UNKNOWN:
        decision = Decision(Outcome.UNDETERMINED, None, _depends_on(verdicts, limit, deny, allowed, resource_type))
    elif allowed is Truth.YES:
        decision = Decision(Outcome.ALLOW, _allowed_by(rule, answers, policies, verdicts, resource_type))
    else:
        decision = _implicit(rule, answers, limit, resource_type, choices)
    return Combined(decision, rule, answers, limit)


def _answers(request: Request, verdicts: Verdicts, choices: Choices) -> Answers:
    resource = verdicts.resource or Verdict()
    identity = Truth.YES if is_root(request) else some(verdict.allows() for verdict in verdicts.identity)
    return Answers(
        scp=every(some(verdict.allows() for verdict in level) for level in verdicts.scps),
        rcp=every(some(verdict.allows() for verdict in level) for level in verdicts.rcps),
        endpoint=Truth.YES if verdicts.endpoint is None else verdicts.endpoint.allows(),
        identity=identity,
        boundary=Truth.YES if verdicts.boundary is None else verdicts.boundary.allows(),
        session=_session(request, verdicts, choices),
        direct=resource.allows(MatchKind.DIRECT),
        of_session=resource.allows(*OF_SESSION),
        account=resource.allows(MatchKind.ACCOUNT),
    )


def _session(request: Request, verdicts: Verdicts, choices: Choices) -> Truth:
    if verdicts.session is None:
        # A federated user has what a session policy gives it, so nothing without one (7.3).
        return Truth.of(request.principal.type is not PrincipalType.FEDERATED_USER)
    together = some if choices.session_policies_are_united else every
    return together(verdict.allows() for verdict in verdicts.session)


Index = int | tuple[int, int]


def _levels(levels: Iterable[Iterable[Verdict]]) -> Iterator[tuple[Index, Verdict]]:
    for number, level in enumerate(levels):
        for place, verdict in enumerate(level):
            yield (number, place), verdict


def _of_type(verdicts: Verdicts, kind: PolicyType) -> Iterable[tuple[Index, Verdict]]:
    match kind:
        case PolicyType.IDENTITY:
            return enumerate(verdicts.identity)
        case PolicyType.SESSION:
            return enumerate(verdicts.session or ())
        case PolicyType.SCP:
            return _levels(verdicts.scps)
        case PolicyType.RCP:
            return _levels(verdicts.rcps)
        case PolicyType.BOUNDARY:
            single = verdicts.boundary
        case PolicyType.ENDPOINT:
            single = verdicts.endpoint
        case PolicyType.RESOURCE | PolicyType.TRUST:
            single = verdicts.resource
    return () if single is None else ((0, single),)


_GUARDRAILS_FIRST: Final = (
    PolicyType.SCP,
    PolicyType.RCP,
    PolicyType.ENDPOINT,
    PolicyType.IDENTITY,
    PolicyType.BOUNDARY,
    PolicyType.SESSION,
    PolicyType.RESOURCE,
)
_EVALUATION_CHART: Final = (
    PolicyType.RCP,
    PolicyType.SCP,
    PolicyType.ENDPOINT,
    PolicyType.RESOURCE,
    PolicyType.IDENTITY,
    PolicyType.BOUNDARY,
    PolicyType.SESSION,
)


def _by_type(
    verdicts: Verdicts, resource_type: PolicyType, order: tuple[PolicyType, ...] = _GUARDRAILS_FIRST
) -> Iterator[tuple[tuple[PolicyType, Index], Verdict]]:
    for kind in order:
        named = resource_type if kind is PolicyType.RESOURCE else kind
        for index, verdict in _of_type(verdicts, kind):
            yield (named, index), verdict


def policy_at(policies: PoliciesInForce, kind: PolicyType, index: Index) -> SourcedPolicy:
    """The policy that an index of a Determining names."""
    if isinstance(index, tuple):
        levels = policies.scps if kind is PolicyType.SCP else policies.rcps
        return levels[index[0]][index[1]]
    return policies.of(kind)[index]


def _determining(policies: PoliciesInForce, kind: PolicyType, index: Index, statement: int) -> Determining:
    policy = policy_at(policies, kind, index)
    return Determining(
        policy_type=kind,
        index=index,
        statement=statement,
        sid=policy.document.statements[statement].sid,
        arn=policy.arn,
        name=policy.name,
    )


def _denied_by(
    policies: PoliciesInForce, verdicts: Verdicts, resource_type: PolicyType, choices: Choices
) -> Determining | None:
    order = _GUARDRAILS_FIRST if choices.guardrails_are_named_first else _EVALUATION_CHART
    for (kind, index), verdict in _by_type(verdicts, resource_type, order):
        if verdict.deny is Truth.YES and verdict.denied_by is not None:
            return _determining(policies, kind, index, verdict.denied_by)
    return None


def _allowed_by(
    rule: Rule, answers: Answers, policies: PoliciesInForce, verdicts: Verdicts, resource_type: PolicyType
) -> Determining | None:
    """The statement that granted; None for the root user, who needs none."""
    route = next(route for route in rule.routes if route.granted(answers) is Truth.YES)
    kind = resource_type if route.by is PolicyType.RESOURCE else route.by
    for index, verdict in _of_type(verdicts, kind):
        for match, statement in verdict.allowed_by.items():
            if not route.kinds or match in route.kinds:
                return _determining(policies, kind, index, statement)
    return None


def _implicit(
    rule: Rule, answers: Answers, limit: Limited, resource_type: PolicyType, choices: Choices
) -> Decision:
    for kind, truth in (
        (PolicyType.SCP, answers.scp),
        (PolicyType.RCP, answers.rcp),
        (PolicyType.ENDPOINT, answers.endpoint),
    ):
        if truth is Truth.NO:
            explicit = kind is PolicyType.SCP and not choices.missing_scp_allow_is_implicit
            return Decision(Outcome.EXPLICIT_DENY if explicit else Outcome.IMPLICIT_DENY, Determining(kind))
    if rule.granted(answers) is not Truth.NO:
        # Policies would do; the caller's kind of credentials may not make this call.
        assert limit.truth is Truth.YES
        return Decision(Outcome.IMPLICIT_DENY)
    missing = rule.missing(answers)
    return Decision(
        Outcome.IMPLICIT_DENY, Determining(resource_type if missing is PolicyType.RESOURCE else missing)
    )


def _depends_on(
    verdicts: Verdicts, limit: Limited, deny: Truth, allowed: Truth, resource_type: PolicyType
) -> tuple[str, ...]:
    """The keys that could still turn an undetermined decision: perhaps too many, never too few."""
    keys: dict[str, str] = {}
    for _, verdict in _by_type(verdicts, resource_type):
        for key in verdict.deny_keys if deny is Truth.UNKNOWN else ():
            keys.setdefault(key.lower(), key)
        for key in verdict.allow_keys if allowed is Truth.UNKNOWN else ():
            keys.setdefault(key.lower(), key)
    for key in limit.keys if allowed is Truth.UNKNOWN else ():
        keys.setdefault(key.lower(), key)
    return tuple(sorted(keys.values(), key=str.lower))
