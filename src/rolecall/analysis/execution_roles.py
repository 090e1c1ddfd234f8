"""Which roles could SageMaker be given for an operation, and what does each lack?

A role is offered when it trusts SageMaker and the caller may pass it. What it then needs is the table of "How to
use SageMaker AI execution roles" (Amazon SageMaker AI Developer Guide): without a network and without keys of
one's own, which need more.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from rolecall.authorization.trust import SERVICE_LINKED
from rolecall.decision import Context, Principal, PrincipalType, Request, Resource, decide, explain
from rolecall.decision.derived_keys import derived_keys
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.trace import Trace
from rolecall.decision.wording import denial_message
from rolecall.decision.world import PrincipalRecord, World, policies_in_force

SERVICE: Final = "sagemaker.amazonaws.com"
LOGGING: Final = (
    "cloudwatch:PutMetricData",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:CreateLogGroup",
    "logs:DescribeLogStreams",
)
IMAGES: Final = (
    "ecr:GetAuthorizationToken",
    "ecr:BatchCheckLayerAvailability",
    "ecr:GetDownloadUrlForLayer",
    "ecr:BatchGetImage",
)
JOB: Final = (*LOGGING, "s3:GetObject", "s3:PutObject", "s3:ListBucket", *IMAGES)

# Endpoints and transform jobs run under the role of their model; a transform job also writes its output with it.
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "CreateNotebookInstance": (*LOGGING, "s3:GetObject", "s3:PutObject", "s3:ListBucket"),
    "CreateProcessingJob": JOB,
    "CreateTrainingJob": JOB,
    "CreateEndpointConfig": tuple(action for action in JOB if action != "s3:PutObject"),
    "CreateTransformJob": JOB,
}

# What is known only when the call is made; a role that hangs on one of them is offered.
LATER: Final = (
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:CurrentTime",
    "aws:EpochTime",
    "aws:TokenIssueTime",
    "aws:MultiFactorAuth*",
    "aws:RequestedRegion",
    "iam:AssociatedResourceArn",
)


class Reach(enum.IntEnum):
    """How far an action is allowed."""

    NOWHERE = 0
    SOMEWHERE = 1  # on some resources, or under conditions
    EVERYWHERE = 2


class Offer(Struct, frozen=True):
    """A role and what speaks against it. refused: why it is not offered, None when it is."""

    role: str
    refused: str | None = None
    lacks: tuple[str, ...] = ()
    limited: tuple[str, ...] = ()


def offers(
    operation: str, roles: Mapping[str, PrincipalRecord], caller: Principal, world: World
) -> Iterator[Offer]:
    """One offer for each role, in the order of their ARNs; `operation` is one of NEEDS."""
    for arn in sorted(roles):
        refused = _untrusting(arn, caller.account, world) or _not_passable(arn, caller, world)
        if refused is not None:
            yield Offer(arn, refused)
            continue
        reach = {action: _reach(action, roles[arn]) for action in NEEDS[operation]}
        yield Offer(
            arn,
            lacks=tuple(action for action, far in reach.items() if far is Reach.NOWHERE),
            limited=tuple(action for action, far in reach.items() if far is Reach.SOMEWHERE),
        )


def _untrusting(role: str, account: str, world: World) -> str | None:
    if SERVICE_LINKED in role:
        return "it is a service-linked role: its service alone works with it, and it cannot be passed"
    context = Context(
        {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": SERVICE,
            "aws:SourceAccount": account,
            "aws:ResourceAccount": account,
        },
        unknown=LATER,
    )
    request = Request(
        Principal(SERVICE, account, PrincipalType.SERVICE), "sts:AssumeRole", Resource(role, account), context
    )
    decision = decide(request, PoliciesInForce(resource=world.resource_policy(role)))
    if decision.allowed or decision.depends_on:
        return None
    return f"it does not trust {SERVICE}"


def _not_passable(role: str, caller: Principal, world: World) -> str | None:
    resource = Resource(role, caller.account)
    keys = {**derived_keys(caller, resource, "iam:PassRole"), "iam:PassedToService": SERVICE}
    request = Request(caller, "iam:PassRole", resource, Context(keys, unknown=LATER))
    policies = policies_in_force(world, caller, role, caller.account)
    # A role's trust policy says who may assume it, not who may pass it.
    policies = PoliciesInForce(identity=policies.identity, boundary=policies.boundary, scps=policies.scps)
    decision = decide(request, policies)
    if decision.allowed or decision.depends_on:
        return None
    return denial_message(request, policies, decision)


def _reach(action: str, role: PrincipalRecord) -> Reach:
    """How far a role's policies allow an action, looking at what each statement fails on."""
    name = role.arn.rpartition("/")[2]
    session = Principal(
        f"arn:aws:sts::{role.account}:assumed-role/{name}/SageMaker",
        role.account,
        PrincipalType.ROLE_SESSION,
        role_arn=role.arn,
        unique_id=role.unique_id,
        tags=role.tags,
    )
    resource = Resource("*", role.account)
    request = Request(session, action, resource, Context(derived_keys(session, resource, action)))
    trace = explain(request, PoliciesInForce(identity=role.identity, boundary=role.boundary))
    if trace.decision == "explicit_deny":
        return Reach.NOWHERE
    granted = _granted(trace, "identity")
    return granted if role.boundary is None else min(granted, _granted(trace, "boundary"))


def _granted(trace: Trace, policy_type: str) -> Reach:
    found = Reach.NOWHERE
    for policy in trace.policies:
        if policy.policy_type != policy_type:
            continue
        for statement in policy.statements:
            if statement.effect != "Allow":
                continue
            if statement.failed is None:
                return Reach.EVERYWHERE
            if statement.failed.element not in ("Action", "NotAction"):
                found = Reach.SOMEWHERE
    return found
