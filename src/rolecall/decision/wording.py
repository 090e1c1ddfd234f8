"""How does AWS say no? Every sentence of a denial, as tables (SEMANTICS 9.1-9.4).

    User: <principal> is not authorized to perform: <action>[ on resource: <resource>] <reason>

The reason names one policy type: the one that `Decision.by` names (the order among several is SEMANTICS 9.3 and
belongs to the combination). What differs by service is in `STYLES`; what an operation prints instead of the
resource it was authorized on comes in as `printed_resource`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.request import PrincipalType, Request
from rolecall.decision.result import Decision, Determining, Outcome
from rolecall.policy.document import PolicyType


class Reason(Struct, frozen=True):
    """How a policy type is named. arn: explicit denials name the policy's ARN (SEMANTICS 9.2)."""

    implicit: str
    explicit: str
    arn: bool = False


REASONS: Final[Mapping[PolicyType, Reason]] = {
    PolicyType.IDENTITY: Reason("no identity-based policy", "an identity-based policy", arn=True),
    PolicyType.BOUNDARY: Reason("no permissions boundary", "a permissions boundary", arn=True),
    PolicyType.SESSION: Reason("no session policy", "a session policy", arn=True),
    PolicyType.RESOURCE: Reason("no resource-based policy", "a resource-based policy"),
    PolicyType.TRUST: Reason("no role trust policy", "the role trust policy"),
    PolicyType.SCP: Reason("no service control policy", "a service control policy", arn=True),
    PolicyType.RCP: Reason("no resource control policy", "a resource control policy", arn=True),
    PolicyType.ENDPOINT: Reason("no VPC endpoint policy", "a VPC endpoint policy"),
}


class Style(Struct, frozen=True):
    """What a service does differently.

    prefix: its spelling of the action's prefix. quoted: the resource stands in double quotes. words: (start of
    the ARN's resource part, word printed before the ARN). foreign: the whole message for callers of another
    account outside the organization. unseen: what such callers read in place of resource and reason when the
    resource's own policy does not let them. wrap: the sentence around the sentence.
    """

    prefix: str | None = None
    quoted: bool = False
    words: tuple[tuple[str, str], ...] = ()
    foreign: str | None = None
    unseen: str | None = None
    wrap: str = "{}"


PLAIN: Final = Style()
STYLES: Final[Mapping[str, Style]] = {
    # S3 User Guide, "Troubleshoot access denied (403 Forbidden) errors": the sentence is for one's own account
    # and organization only.
    "s3": Style(quoted=True, foreign="Access Denied"),
    # Observed of KMS: a key that is not there and one whose policy is silent look the same from outside.
    "kms": Style(
        unseen=" on this resource because the resource does not exist in this Region, no resource-based policies "
        "allow access, or a resource-based policy explicitly denies access"
    ),
    "sns": Style(prefix="SNS"),
    "iam": Style(words=(("policy/", "policy "),)),
    "ec2": Style(wrap="You are not authorized to perform this operation. {}"),
}

# Authorized on a resource that the sentence does not name (S3: `arn:aws:s3:::*`).
UNNAMED_RESOURCE: Final = frozenset({"s3:listallmybuckets"})

# STS says nothing of the reason when the trust policy or the identity policy is merely silent.
SHORT_ACTIONS: Final = frozenset({"sts:assumerole", "sts:tagsession", "sts:setsourceidentity"})
SHORT_TYPES: Final = frozenset({PolicyType.IDENTITY, PolicyType.TRUST, PolicyType.RESOURCE})

# Calls without a signature name no user at all.
WHOLE_MESSAGES: Final[Mapping[str, str]] = {
    "sts:assumerolewithwebidentity": "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    "sts:assumerolewithsaml": "Not authorized to perform sts:AssumeRoleWithSAML",
}
ROOT_ASSUMES_ROLE: Final = "Roles may not be assumed by root accounts."
ENCODED: Final = " Encoded authorization failure message: {}"


def denial_message(
    request: Request,
    policies: PoliciesInForce,
    decision: Decision,
    *,
    printed_resource: str | None = None,
    encoded: str | None = None,
) -> str:
    """The sentence a client reads for a denied request.

    printed_resource: what the operation prints instead of the request's resource; "" prints none.
    encoded: the message for DecodeAuthorizationMessage, where the service gives one.
    """
    if decision.allowed:
        raise ValueError(f"{request.action} on {request.resource.arn} is allowed: there is no denial to word")
    folded = request.action.lower()
    if folded in WHOLE_MESSAGES:
        return WHOLE_MESSAGES[folded]
    if folded == "sts:assumerole" and request.principal.type is PrincipalType.ROOT:
        return ROOT_ASSUMES_ROLE
    style = STYLES.get(folded.partition(":")[0], PLAIN)
    if style.foreign is not None and not _acquainted(request):
        return style.foreign
    action = _spelled(request.action, style)
    sentence = f"User: {_user(request)} is not authorized to perform: {action}"
    if style.unseen is not None and _by_unseen_policy(request, decision):
        sentence += style.unseen
    else:
        sentence += _on_resource(request, style, printed_resource)
        sentence += _reason(request, policies, decision, action)
    if encoded is not None:
        sentence += ("." if not sentence.endswith(".") else "") + ENCODED.format(encoded)
    return style.wrap.format(sentence)


def _user(request: Request) -> str:
    """Always the word "User:", for sessions the session's ARN and never the role's."""
    return "anonymous" if request.principal.type is PrincipalType.ANONYMOUS else request.principal.arn


def _spelled(action: str, style: Style) -> str:
    prefix, colon, name = action.partition(":")
    return f"{style.prefix or prefix}{colon}{name}"


def _on_resource(request: Request, style: Style, printed: str | None) -> str:
    """Left out for actions without resource-level permissions, whose request resource is `*`."""
    resource = request.resource.arn if printed is None else printed
    if resource in ("", "*") or request.action.lower() in UNNAMED_RESOURCE:
        return ""
    own_part = resource.split(":", 5)[-1] if resource.startswith("arn:") else ""
    for start, word in style.words:
        if own_part.startswith(start):
            resource = word + resource
    return f' on resource: "{resource}"' if style.quoted else f" on resource: {resource}"


def _reason(request: Request, policies: PoliciesInForce, decision: Decision, action: str) -> str:
    by = decision.by
    if by is None or decision.outcome is Outcome.UNDETERMINED:
        return ""
    kind = by.policy_type
    if kind is PolicyType.RESOURCE and _about_role_trust(request):
        kind = PolicyType.TRUST
    reason = REASONS[kind]
    if decision.outcome is Outcome.EXPLICIT_DENY:
        arn = _policy_arn(policies, by) if reason.arn and _acquainted(request) else None
        return f" with an explicit deny in {reason.explicit}" + (f": {arn}" if arn else "")
    if request.action.lower() in SHORT_ACTIONS and kind in SHORT_TYPES:
        return ""
    return f" because {reason.implicit} allows the {action} action"


def _by_unseen_policy(request: Request, decision: Decision) -> bool:
    """Whether a stranger failed on a policy that only the resource's owner can see."""
    by = decision.by
    return by is not None and by.policy_type is PolicyType.RESOURCE and not _acquainted(request)


def _about_role_trust(request: Request) -> bool:
    """The resource policy of a role is its trust policy, and only STS reads it."""
    return request.action.lower().startswith("sts:") and ":role/" in request.resource.arn


def _acquainted(request: Request) -> bool:
    """Whether caller and resource are of one account or one organization: AWS tells strangers less."""
    principal, resource = request.principal, request.resource
    if principal.type is PrincipalType.ANONYMOUS:
        return False
    if principal.account == resource.account:
        return True
    theirs = request.context.get("aws:PrincipalOrgID")
    return theirs is not None and theirs == request.context.get("aws:ResourceOrgID")


def _policy_arn(policies: PoliciesInForce, by: Determining) -> str | None:
    """The ARN of the policy that denied; inline policies have none."""
    if by.arn is not None:
        return by.arn
    policy = _determining_policy(policies, by)
    return None if policy is None else policy.arn


def _determining_policy(policies: PoliciesInForce, by: Determining) -> SourcedPolicy | None:
    match by.index:
        case None:
            return None
        case int(number):
            found = policies.of(by.policy_type)
            return found[number] if number < len(found) else None
        case (level, number):
            levels = policies.scps if by.policy_type is PolicyType.SCP else policies.rcps
            return levels[level][number] if level < len(levels) and number < len(levels[level]) else None
