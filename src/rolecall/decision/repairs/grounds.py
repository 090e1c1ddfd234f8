"""What does an allow rest on? Every policy type that had to allow, with the statements that did.

Where several statements of one policy type allow, each of them suffices; where only one does, the request hangs on
it. A request that is granted in several ways rests on none of them alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from rolecall.decision.applicability import resource_policy_type
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.procedure import Evaluation, evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.repairs.obstacles import Kinds, needs, placed
from rolecall.decision.request import Request
from rolecall.decision.rules import is_root
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.open_points import OURS, Choices
from rolecall.policy.truth import Truth


class Allowing(Struct, frozen=True, omit_defaults=True):
    """A statement that allows."""

    policy: str
    statement: int
    sid: str | None = None
    arn: str | None = None


class Ground(Struct, frozen=True, omit_defaults=True):
    """One policy type (of SCPs and RCPs: one level) that must allow; any of the statements suffices."""

    policy_type: str
    statements: tuple[Allowing, ...]
    level: int | None = None


class Grounds(Struct, frozen=True, omit_defaults=True):
    """ways: each a complete reason for the allow, the first one being the one that a decision names.

    note: where no statement is needed.
    """

    ways: tuple[tuple[Ground, ...], ...] = ()
    note: str | None = None


def find_grounds(
    request: Request,
    policies: PoliciesInForce,
    *,
    profile: Profile = "reference",
    choices: Choices = OURS,
) -> Grounds:
    """What an allowed request rests on; nothing for a denied one."""
    evaluation = evaluate(request, policies, profile=profile, choices=choices)
    if not evaluation.decision.allowed:
        return Grounds()
    if evaluation.combined.free:
        return Grounds(note="this call needs no permission")
    guardrails = tuple(_guardrails(request, evaluation))
    ways = tuple(
        (*guardrails, *_of_route(request, evaluation, needs(route)))
        for route in evaluation.combined.rule.routes
        if route.granted(evaluation.combined.answers) is Truth.YES
    )
    return Grounds(ways, "the root user needs no identity policy" if is_root(request) else None)


def _guardrails(request: Request, evaluation: Evaluation) -> Iterator[Ground]:
    counting = evaluation.applicable.policies
    for kind, levels in ((PolicyType.SCP, counting.scps), (PolicyType.RCP, counting.rcps)):
        for level in range(len(levels)):
            yield Ground(kind.value, tuple(_allowing(request, evaluation, kind, level)), level)
    if counting.endpoint is not None:
        yield Ground(PolicyType.ENDPOINT.value, tuple(_allowing(request, evaluation, PolicyType.ENDPOINT, None)))


def _of_route(
    request: Request, evaluation: Evaluation, types: tuple[tuple[PolicyType, Kinds], ...]
) -> Iterator[Ground]:
    for kind, kinds in types:
        if kind is PolicyType.IDENTITY and is_root(request):
            continue
        named = resource_policy_type(request) if kind is PolicyType.RESOURCE else kind
        statements = tuple(_allowing(request, evaluation, named, None, kinds))
        if statements:  # no boundary, no session policy, the root user: nothing that allowed
            yield Ground(named.value, statements)


def _allowing(
    request: Request, evaluation: Evaluation, kind: PolicyType, level: int | None, kinds: Kinds = ()
) -> Iterator[Allowing]:
    for place, result in placed(request, evaluation):
        if (place.policy_type, place.level) != (kind, level):
            continue
        policy = place.find(evaluation.applicable.policies)
        assert policy is not None
        for number, statement in enumerate(result.statements):
            matches = statement.truth is Truth.YES and statement.statement.effect is Effect.ALLOW
            if matches and (not kinds or statement.kinds & set(kinds)):
                name = policy.name or policy.arn or str(place.index)
                yield Allowing(name, number, statement.statement.sid, policy.arn)
