"""Which policies count for a request? Exemptions, and services without resource policies (SEMANTICS 7.5).

Says only what is left out and why; what the rest says together is `combination`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.profile import Profile
from rolecall.decision.rcp_services import RCP_SERVICES
from rolecall.decision.request import PrincipalType, Request
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import PolicyType

# Taking a role: nothing but its trust policy lets anyone.
ASSUME_ROLE_ACTIONS: Final = frozenset({"assumerole", "assumerolewithsaml", "assumerolewithwebidentity"})
# What may go with it. GetFederationToken has TagSession too, on a federated user, where no trust policy is.
ON_A_ROLE: Final = frozenset({"tagsession", "setsourceidentity", "setcontext"})

# What principals of other accounts may do with a key, if its policy lets them; it cannot let them do more (KMS API
# Reference, "Cross-account use" of each operation; KMS Developer Guide, "Allowing users in other accounts to use a
# KMS key").
KMS_ACROSS_ACCOUNTS: Final = frozenset(
    {
        "creategrant",
        "decapsulate",
        "decrypt",
        "derivesharedsecret",
        "describekey",
        "encapsulate",
        "encrypt",
        "generatedatakey",
        "generatedatakeypair",
        "generatedatakeypairwithoutplaintext",
        "generatedatakeywithoutplaintext",
        "generatemac",
        "getkeyrotationstatus",
        "getpublickey",
        "listgrants",
        "reencryptfrom",
        "reencryptto",
        "retiregrant",
        "revokegrant",
        "sign",
        "verify",
        "verifymac",
    }
)

Exemptions = Mapping[PolicyType, str]


class Applicable(Struct, frozen=True):
    """The policies that count; `exempt` says why the others do not."""

    policies: PoliciesInForce
    exempt: Exemptions


def takes_a_role(action: str) -> bool:
    """Whether the action is one of the AssumeRole family."""
    service, _, name = action.lower().partition(":")
    return service == "sts" and name in ASSUME_ROLE_ACTIONS


def trust_decides(action: str, resource_arn: str) -> bool:
    """Whether the resource policy of this request is a role's trust policy."""
    service, _, name = action.lower().partition(":")
    return service == "sts" and name in ASSUME_ROLE_ACTIONS | ON_A_ROLE and _is_role(resource_arn)


def _is_role(text: str) -> bool:
    arn = parse_arn(text)
    return arn is not None and arn.service.lower() == "iam" and arn.resource.startswith("role/")


def resource_policy_type(request: Request) -> PolicyType:
    """Whether a resource policy is a trust policy or another."""
    return PolicyType.TRUST if trust_decides(request.action, request.resource.arn) else PolicyType.RESOURCE


def applicable(request: Request, policies: PoliciesInForce, profile: Profile) -> Applicable:
    """Leave out what does not count for this request."""
    exempt: dict[PolicyType, str] = {}
    _exempt_by_principal(request, exempt)
    _exempt_from_rcps(request, exempt)
    _exempt_resource_policy(request, profile, exempt)
    kept = replace(
        policies,
        identity=() if PolicyType.IDENTITY in exempt else policies.identity,
        boundary=None if PolicyType.BOUNDARY in exempt else policies.boundary,
        session=None if PolicyType.SESSION in exempt else policies.session,
        scps=() if PolicyType.SCP in exempt else policies.scps,
        rcps=() if PolicyType.RCP in exempt else policies.rcps,
        resource=None if resource_policy_type(request) in exempt else policies.resource,
    )
    return Applicable(kept, exempt)


def _exempt_by_principal(request: Request, exempt: dict[PolicyType, str]) -> None:
    principal = request.principal
    match principal.type:
        case PrincipalType.ANONYMOUS | PrincipalType.SERVICE:
            who = "anonymous callers" if principal.type is PrincipalType.ANONYMOUS else "service principals"
            for kind in (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION):
                exempt[kind] = f"{who} have none"
            exempt[PolicyType.SCP] = f"{who} belong to no account"
        case PrincipalType.SERVICE_LINKED_ROLE:
            exempt[PolicyType.SCP] = "service-linked roles are not restricted"
            exempt[PolicyType.RCP] = "service-linked roles are not restricted"
    if principal.management_account:
        exempt.setdefault(PolicyType.SCP, "the management account is not restricted")


def _exempt_from_rcps(request: Request, exempt: dict[PolicyType, str]) -> None:
    resource = request.resource
    reason = None
    if request.service not in RCP_SERVICES:
        reason = f"{request.service} does not support them"
    elif resource.arn == "*":
        reason = "the action has no resource"
    elif resource.management_account:
        reason = "resources of the management account are not restricted"
    elif resource.aws_managed:
        reason = "keys that AWS manages are not restricted"
    elif (request.service, request.operation) == ("kms", "retiregrant"):
        reason = "retiring a grant is not restricted"
    elif request.service == "sts" and _is_service_linked_role(resource.arn):
        reason = "the trust of service-linked roles is not restricted"
    if reason is not None:
        exempt.setdefault(PolicyType.RCP, reason)


def _is_service_linked_role(text: str) -> bool:
    arn = parse_arn(text)
    return arn is not None and arn.resource.startswith("role/aws-service-role/")


def _exempt_resource_policy(request: Request, profile: Profile, exempt: dict[PolicyType, str]) -> None:
    if request.service == "iam":
        # A role's trust policy is about who may become it, not about who may change or pass it (7.8).
        exempt[PolicyType.RESOURCE] = "IAM actions have no resource policies"
    elif takes_a_role(request.action) and not _is_role(request.resource.arn):
        exempt[PolicyType.RESOURCE] = "only a role's trust policy says who may take it"
    elif _manages_key_of_another_account(request):
        exempt[PolicyType.RESOURCE] = "KMS lets other accounts use a key, not manage it"
    elif profile == "guide" and request.service == "sagemaker":
        exempt[PolicyType.RESOURCE] = "profile guide: SageMaker has no resource policies"


def _manages_key_of_another_account(request: Request) -> bool:
    principal = request.principal
    if request.service != "kms" or principal.type in (PrincipalType.SERVICE, PrincipalType.ANONYMOUS):
        return False
    return principal.account != request.resource.account and request.operation not in KMS_ACROSS_ACCOUNTS
