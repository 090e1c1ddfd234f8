"""What kinds of credentials may not call whatever policies say, and what needs no permission at all.

SEMANTICS 7.3 (last paragraph) and 7.6; "Comparing the AWS STS API operations"; STS API Reference, AssumeRole.
Long-term keys and the sessions of GetSessionToken belong to the same user: `aws:TokenIssueTime` is there for
temporary credentials only and tells them apart. So does `aws:AssumedRoot` the sessions of AssumeRoot, which only
their task policy limits. Permission-only actions (PassRole, TagSession …) are no calls and not limited here.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rolecall.decision.request import PrincipalType, Request
from rolecall.policy.operators import parse_bool
from rolecall.policy.truth import Truth

ASSUME_ROLE: Final = "sts:assumerole"
GET_CALLER_IDENTITY: Final = "sts:getcalleridentity"
FREE: Final = frozenset({GET_CALLER_IDENTITY, "sts:getsessiontoken"})

TOKEN_ISSUE_TIME: Final = "aws:TokenIssueTime"
MFA_PRESENT: Final = "aws:MultiFactorAuthPresent"
ASSUMED_ROOT: Final = "aws:AssumedRoot"

PERMISSIONS_ONLY: Final = frozenset(
    {
        "iam:passrole",
        "sts:tagsession",
        "sts:setsourceidentity",
        "sts:setcontext",
        "sts:getservicebearertoken",
    }
)


class Limited(Struct, frozen=True):
    """Whether the caller's kind of credentials forbids the call, on which unknown keys that hangs, and why."""

    truth: Truth = Truth.NO
    keys: tuple[str, ...] = ()
    reason: str | None = None


def needs_no_permission(request: Request) -> bool:
    """Calls about oneself, open to everyone who signed, an explicit Deny notwithstanding."""
    return request.action.lower() in FREE and request.principal.type is not PrincipalType.ANONYMOUS


def limited(request: Request) -> Limited:
    """The limits of temporary credentials."""
    action = request.action.lower()
    if request.service not in ("iam", "sts") or action in PERMISSIONS_ONLY or action == GET_CALLER_IDENTITY:
        return Limited()
    match request.principal.type:
        case PrincipalType.FEDERATED_USER:
            called = "IAM" if request.service == "iam" else "STS other than GetCallerIdentity"
            return Limited(Truth.YES, (), f"GetFederationToken credentials cannot call {called}")
        case PrincipalType.ROLE_SESSION | PrincipalType.SERVICE_LINKED_ROLE:
            if action in ("sts:getsessiontoken", "sts:getfederationtoken"):
                return Limited(Truth.YES, (), "role credentials cannot ask for more session credentials")
        case PrincipalType.ROOT if action == ASSUME_ROLE:
            return Limited(Truth.YES, (), "the root user of an account cannot assume roles")
        case PrincipalType.ROOT if request.context.get(ASSUMED_ROOT) == ("true",):
            return Limited()
        case PrincipalType.USER | PrincipalType.ROOT:
            return _limits_of_get_session_token(request)
    return Limited()


def _limits_of_get_session_token(request: Request) -> Limited:
    temporary = _present(request, TOKEN_ISSUE_TIME)
    if request.service == "sts":
        if request.action.lower() == ASSUME_ROLE:
            return Limited()
        reason = "GetSessionToken credentials can call AssumeRole and GetCallerIdentity only"
        return Limited(temporary, (TOKEN_ISSUE_TIME,) if temporary is Truth.UNKNOWN else (), reason)
    without_mfa = ~_mfa(request)
    keys = tuple(
        key for key, truth in ((TOKEN_ISSUE_TIME, temporary), (MFA_PRESENT, without_mfa)) if truth is Truth.UNKNOWN
    )
    return Limited(temporary & without_mfa, keys, "GetSessionToken credentials without MFA cannot call IAM")


def _present(request: Request, key: str) -> Truth:
    if request.context.is_unknown(key):
        return Truth.UNKNOWN
    return Truth.of(request.context.get(key) is not None)


def _mfa(request: Request) -> Truth:
    if request.context.is_unknown(MFA_PRESENT):
        return Truth.UNKNOWN
    seen = request.context.get(MFA_PRESENT) or ("",)
    return Truth.of(len(seen) == 1 and parse_bool(seen[0]) is True)
