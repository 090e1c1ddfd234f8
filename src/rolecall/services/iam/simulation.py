"""SimulatePrincipalPolicy and SimulateCustomPolicy: would these policies allow that?

The decision is the engine's own, on the policies, caller, resources and context of the request. Where AWS's
simulator is known to answer otherwise than AWS (SEMANTICS 13), this one answers as AWS does: trust policies decide
on sts:AssumeRole*, and control policies are evaluated with their conditions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from msgspec.structs import replace

from rolecall.decision.applicability import resource_policy_type, trust_decides
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.procedure import evaluate
from rolecall.decision.request import Request
from rolecall.decision.world import as_they_stand
from rolecall.policy.document import PolicyType
from rolecall.services.call import Call, Operation
from rolecall.services.iam import boundaries
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.simulated_policies import (
    Attached,
    attached_policies,
    read_inputs,
    read_policy,
    source_entity,
)
from rolecall.services.iam.simulated_requests import action_names, caller_of, request_of, resources_of
from rolecall.services.iam.simulation_results import result_of
from rolecall.services.iam.world import StoreWorld, managed
from rolecall.store.ports import Reader
from rolecall.store.records import Item

BOUNDARIES: Final = "PermissionsBoundaryPolicyInputList"
LEVELS: Final = "OrderedOrganizationPolicyInputList"
LEVEL: Final = "ServiceControlPolicyInputList"


def simulate_custom_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    limits = PoliciesInForce(
        identity=read_inputs(call, "PolicyInputList", PolicyType.IDENTITY),
        boundary=_given_boundary(call),
        scps=tuple(_levels(call)),
    )
    # Whatever is given limits, the management account too: nobody said who calls.
    return _simulated(call, reader, None, limits)


def simulate_principal_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    entity = source_entity(call, reader)
    excluded = _Excluded(call.parameters.get("PolicyExclusionList") or ())
    own = tuple(each.policy for each in attached_policies(entity, reader) if not excluded.names(each))
    world = StoreWorld(reader)
    above = world.control_policies(call.account)
    limits = PoliciesInForce(
        identity=(*own, *read_inputs(call, "PolicyInputList", PolicyType.IDENTITY)),
        boundary=_given_boundary(call) or _own_boundary(entity, excluded, reader),
        scps=() if "scp" in excluded.types else tuple(map(excluded.kept, above.scps)),
    )

    def guarded(request: Request, policies: PoliciesInForce) -> tuple[Request, PoliciesInForce]:
        """With the guardrails of the resource's account, and with who manages the organization."""
        owners = world.control_policies(request.resource.account)
        rcps = () if "rcp" in excluded.types else tuple(map(excluded.kept, owners.rcps))
        return as_they_stand(request, world), replace(policies, rcps=rcps)

    return _simulated(call, reader, entity, limits, guarded)


class _Excluded:
    """The policies that the simulation leaves out: by type, by ARN, or an inline one by its holder and name."""

    def __init__(self, identifiers: Iterable[Mapping[str, Any]]) -> None:
        listed = list(identifiers)
        inline = [each["InlinePolicyIdentifier"] for each in listed if "InlinePolicyIdentifier" in each]
        self.types = {each["PolicyType"] for each in listed if "PolicyType" in each}
        self.arns = {each["PolicyArn"] for each in listed if "PolicyArn" in each}
        self.inline = {(one["AttachmentType"], one["AttachmentName"], one["PolicyName"]) for one in inline}

    def names(self, attached: Attached) -> bool:
        if attached.kind in self.types or attached.policy.arn in self.arns:
            return True
        return attached.kind == "inline" and (*attached.holder, attached.name) in self.inline

    def kept(self, level: Level) -> Level:
        return tuple(policy for policy in level if policy.arn not in self.arns)


def _given_boundary(call: Call) -> SourcedPolicy | None:
    given = read_inputs(call, BOUNDARIES, PolicyType.BOUNDARY)
    if len(given) > 1:
        raise fault("too many simulated boundaries")
    return given[0] if given else None


def _own_boundary(entity: Item, excluded: _Excluded, reader: Reader) -> SourcedPolicy | None:
    arn = boundaries.of(entity, reader)
    if arn is None or "permission-boundary" in excluded.types or arn in excluded.arns:
        return None
    return managed(reader, arn, PolicyType.BOUNDARY)


def _levels(call: Call) -> Iterator[Level]:
    for number, level in enumerate(call.parameters.get(LEVELS) or (), 1):
        yield tuple(
            read_policy(text, PolicyType.SCP, f"{LEVELS}.{number}.{LEVEL}.{place}")
            for place, text in enumerate(level.get(LEVEL) or (), 1)
        )


Guard = Callable[[Request, PoliciesInForce], tuple[Request, PoliciesInForce]]


def _simulated(
    call: Call,
    reader: Reader,
    entity: Item | None,
    limits: PoliciesInForce,
    guarded: Guard = lambda request, policies: (request, policies),
) -> Mapping[str, Any]:
    caller = caller_of(call, entity, reader)
    resources = resources_of(call, caller)
    world = StoreWorld(reader)
    questions = [
        request_of(call, caller, action, resource, world)
        for action in action_names(call)
        for resource in resources
    ]
    numbered = [(f"{number:08d}", request) for number, request in enumerate(questions)]
    found, tail = page(call, numbered, lambda pair: pair[0])
    results = []
    for _, asked in found:
        request, policies = guarded(asked, _with_resource_policy(call, asked, limits, reader))
        evaluation = evaluate(request, policies, profile=call.platform.profile)
        results.append(result_of(request, evaluation, by_resource=bool(call.parameters.get("ResourceArns"))))
    return {"EvaluationResults": results, **tail}


def _with_resource_policy(
    call: Call, request: Request, limits: PoliciesInForce, reader: Reader
) -> PoliciesInForce:
    """The given resource policy; for taking a role, else the trust policy that the role has."""
    text = call.parameters.get("ResourcePolicy")
    if text is not None:
        policy = read_policy(text, resource_policy_type(request), "ResourcePolicy")
    elif trust_decides(request.action, request.resource.arn):
        stored = StoreWorld(reader).resource_policy(request.resource.arn)
        if stored is None or request.resource.account != call.account:
            return limits
        policy = stored
    else:
        return limits
    return PoliciesInForce(
        identity=limits.identity,
        boundary=limits.boundary,
        scps=limits.scps,
        rcps=limits.rcps,
        resource=policy,
    )


OPERATIONS: Final = {
    "SimulateCustomPolicy": Operation(handler=simulate_custom_policy, writes=False),
    "SimulatePrincipalPolicy": Operation(handler=simulate_principal_policy, writes=False),
}
