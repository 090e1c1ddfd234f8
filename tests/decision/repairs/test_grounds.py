"""What an allow rests on: take all of a ground's statements away and the request is denied."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

import strategies
from rolecall.decision import PoliciesInForce, Request, decide
from rolecall.decision.applicability import applicable
from rolecall.decision.repairs import find_grounds
from rolecall.decision.repairs.changes import Place, put
from rolecall.policy.document import PolicyType

often = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def without(
    policies: PoliciesInForce, kind: PolicyType, level: int | None, drop: set[tuple[int, int]]
) -> PoliciesInForce:
    """The policies without some statements of one type; (number of the policy, number of the statement)."""
    if level is None:
        held = policies.of(kind)
    else:
        held = (policies.scps if kind is PolicyType.SCP else policies.rcps)[level]
    for index, policy in enumerate(held):
        kept = tuple(one for one in policy.document.statements if (index, one.index) not in drop)
        document = replace(policy.document, statements=kept)
        policies = put(policies, Place(kind, index, level), replace(policy, document=document))
    return policies


@often
@given(strategies.requests(), strategies.policies_in_force())
def test_an_allow_falls_with_any_of_its_grounds(request: Request, policies: PoliciesInForce) -> None:
    if not decide(request, policies).allowed:
        return
    counting = applicable(request, policies, "reference").policies
    # Policies get their number as name, so that a ground says which one it means.
    named = _numbered(counting)
    grounds = find_grounds(request, named)
    if len(grounds.ways) != 1:
        return  # granted in several ways, or without a permission: no single ground carries it
    for ground in grounds.ways[0]:
        drop = {(int(each.policy), each.statement) for each in ground.statements}
        kind = PolicyType(ground.policy_type)
        assert not decide(request, without(named, kind, ground.level, drop)).allowed


def _numbered(policies: PoliciesInForce) -> PoliciesInForce:
    for kind in PolicyType:
        if kind in (PolicyType.SCP, PolicyType.RCP):
            for level, held in enumerate(policies.scps if kind is PolicyType.SCP else policies.rcps):
                for index, policy in enumerate(held):
                    policies = put(policies, Place(kind, index, level), replace(policy, name=str(index)))
            continue
        for index, policy in enumerate(policies.of(kind)):
            policies = put(policies, Place(kind, index), replace(policy, name=str(index)))
    return policies
