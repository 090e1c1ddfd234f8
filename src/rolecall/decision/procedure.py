"""The one decision procedure: which policies count, what each says, how that combines.

The server, the command line, the simulator APIs and the tests all come through `decide`.
"""

from __future__ import annotations

from msgspec import Struct

from rolecall.decision.applicability import Applicable, applicable, resource_policy_type
from rolecall.decision.combination import Combined, combine
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.profile import Profile
from rolecall.decision.reference.policy import evaluate_policy
from rolecall.decision.reference.result import PolicyResult, Setting
from rolecall.decision.request import Request
from rolecall.decision.result import Decision
from rolecall.decision.verdict import Verdict, Verdicts
from rolecall.policy.document import PolicyType
from rolecall.policy.open_points import OURS, Choices


class Results(Struct, frozen=True):
    """The reference evaluator's result of every policy that counts, arranged as the policies are."""

    identity: tuple[PolicyResult, ...]
    boundary: PolicyResult | None
    session: tuple[PolicyResult, ...] | None
    scps: tuple[tuple[PolicyResult, ...], ...]
    rcps: tuple[tuple[PolicyResult, ...], ...]
    endpoint: PolicyResult | None
    resource: PolicyResult | None

    @property
    def verdicts(self) -> Verdicts:
        def one(result: PolicyResult | None) -> Verdict | None:
            return None if result is None else result.verdict

        def each(results: tuple[PolicyResult, ...]) -> tuple[Verdict, ...]:
            return tuple(result.verdict for result in results)

        return Verdicts(
            identity=each(self.identity),
            boundary=one(self.boundary),
            session=None if self.session is None else each(self.session),
            scps=tuple(map(each, self.scps)),
            rcps=tuple(map(each, self.rcps)),
            endpoint=one(self.endpoint),
            resource=one(self.resource),
        )


class Evaluation(Struct, frozen=True):
    """A decision with everything that it was made of."""

    applicable: Applicable
    results: Results
    combined: Combined

    @property
    def decision(self) -> Decision:
        return self.combined.decision


def evaluate(
    request: Request,
    policies: PoliciesInForce,
    *,
    profile: Profile = "reference",
    choices: Choices = OURS,
) -> Evaluation:
    """Decide, and keep every step."""
    counting = applicable(request, policies, profile)
    kept = counting.policies
    setting = Setting(choices, profile, has_boundary=kept.boundary is not None)
    resource_type = resource_policy_type(request)

    def one(policy: SourcedPolicy | None, kind: PolicyType) -> PolicyResult | None:
        return None if policy is None else evaluate_policy(policy.document, kind, request, setting)

    def each(group: Level, kind: PolicyType) -> tuple[PolicyResult, ...]:
        return tuple(evaluate_policy(policy.document, kind, request, setting) for policy in group)

    results = Results(
        identity=each(kept.identity, PolicyType.IDENTITY),
        boundary=one(kept.boundary, PolicyType.BOUNDARY),
        session=None if kept.session is None else each(kept.session, PolicyType.SESSION),
        scps=tuple(each(level, PolicyType.SCP) for level in kept.scps),
        rcps=tuple(each(level, PolicyType.RCP) for level in kept.rcps),
        endpoint=one(kept.endpoint, PolicyType.ENDPOINT),
        resource=one(kept.resource, resource_type),
    )
    return Evaluation(counting, results, combine(request, kept, results.verdicts, choices))


def decide(
    request: Request,
    policies: PoliciesInForce,
    *,
    profile: Profile = "reference",
    choices: Choices = OURS,
) -> Decision:
    """Whether the policies in force allow the request, and which statement or missing allow says so."""
    return evaluate(request, policies, profile=profile, choices=choices).decision
