"""The statement of least privilege: one caller where the policy names callers, one action, one resource."""

from __future__ import annotations

from typing import Final

from rolecall.decision.profile import Profile
from rolecall.decision.repairs.keys import FIXED
from rolecall.decision.request import Principal, PrincipalType, Request
from rolecall.policy.document import Condition, Effect, PolicyType, PrincipalEntry, Statement

PASS_ROLE: Final = "iam:passrole"
PASSED_TO: Final = "iam:PassedToService"
assert PASSED_TO.lower() in FIXED

EVERYONE: Final = PrincipalEntry("*", "*")
NAMING: Final = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.ENDPOINT})


def caller_arn(principal: Principal) -> str | None:
    """The ARN that stays: of a session its role, of a federated user the user."""
    match principal.type:
        case PrincipalType.SERVICE | PrincipalType.ANONYMOUS:
            return None
        case PrincipalType.FEDERATED_USER:
            return principal.issuer_arn or principal.arn
    return principal.role_arn or principal.arn


def caller_entry(principal: Principal) -> PrincipalEntry | None:
    """How a Principal element names the caller; nobody is ever suggested to let everyone in."""
    if principal.federated_provider is not None and principal.type is PrincipalType.ANONYMOUS:
        return PrincipalEntry("Federated", principal.federated_provider)
    if principal.type is PrincipalType.SERVICE:
        return PrincipalEntry("Service", principal.arn)
    arn = caller_arn(principal)
    return None if arn is None else PrincipalEntry("AWS", arn)


def statement_for(kind: PolicyType, request: Request, profile: Profile) -> Statement | None:
    """An Allow for this request and nothing else, as the policy type wants it; None where there can be none."""
    if kind is PolicyType.RCP:
        return None  # what allows there is AWS's own RCPFullAWSAccess, which cannot be taken off
    principals = None
    if kind in NAMING:
        # An endpoint policy says who comes through; which callers, its condition says.
        entry = EVERYONE if kind is PolicyType.ENDPOINT else caller_entry(request.principal)
        if entry is None:
            return None
        principals = (entry,)
    conditions: tuple[Condition, ...] = ()
    if request.action.lower() == PASS_ROLE and (service := request.context.get(PASSED_TO)):
        conditions = (Condition("StringEquals", PASSED_TO, service),)
    if kind is PolicyType.ENDPOINT and (arn := request.context.get("aws:PrincipalArn")):
        conditions = (*conditions, Condition("ArnEquals", "aws:PrincipalArn", arn))
    return Statement(
        index=0,
        effect=Effect.ALLOW,
        actions=(request.action,),
        resources=None if kind is PolicyType.TRUST else (_resource(request, profile),),
        principals=principals,
        conditions=conditions,
    )


def _resource(request: Request, profile: Profile) -> str:
    # Under the guide's rules SageMaker statements that name ARNs match nothing.
    return "*" if profile == "guide" and request.service == "sagemaker" else request.resource.arn
