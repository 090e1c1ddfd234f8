"""When does a grant suffice, and which policy type is missing when none does? (SEMANTICS 7.3 to 7.5, 9.3)

Role trust, KMS keys, other accounts and callers without an account each bring their own rule, and add no branches
to the others. What is made of the answers is `combination`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from rolecall.decision.applicability import resource_policy_type, takes_a_role
from rolecall.decision.request import PrincipalType, Request
from rolecall.decision.verdict import MatchKind
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import PolicyType
from rolecall.policy.truth import Truth, some

OF_SESSION: Final = (MatchKind.ROLE_OF_SESSION, MatchKind.USER_OF_SESSION)


class Answers(Struct, frozen=True):
    """What each policy type says: guardrails and limits allow when there are none of them.

    direct, of_session, account: the resource policy's allow by the way in which it named the caller.
    """

    scp: Truth
    rcp: Truth
    endpoint: Truth
    identity: Truth
    boundary: Truth
    session: Truth
    direct: Truth
    of_session: Truth
    account: Truth

    @property
    def limits(self) -> Truth:
        """Boundary and session policy."""
        return self.boundary & self.session

    @property
    def principal_side(self) -> Truth:
        return self.identity & self.limits

    @property
    def resource_side(self) -> Truth:
        return self.direct | self.of_session | self.account


class Route(Struct, frozen=True):
    """One way to be granted. kinds: which allows of the resource policy made it; none for the identity side."""

    granted: Callable[[Answers], Truth]
    by: PolicyType
    kinds: tuple[MatchKind, ...] = ()


class Rule(Struct, frozen=True):
    """Which routes grant, and which policy type is named when none does."""

    name: str
    routes: tuple[Route, ...]
    missing: Callable[[Answers], PolicyType]

    def granted(self, answers: Answers) -> Truth:
        return some(route.granted(answers) for route in self.routes)


def _first_limit(answers: Answers) -> PolicyType:
    return PolicyType.BOUNDARY if answers.boundary is Truth.NO else PolicyType.SESSION


def _principal_side_lacks(answers: Answers) -> PolicyType:
    return PolicyType.IDENTITY if answers.identity is Truth.NO else _first_limit(answers)


def _same_account_lacks(answers: Answers) -> PolicyType:
    # A resource policy that names the role grants already; then only a limit can be what is missing.
    return _principal_side_lacks(answers) if answers.of_session is Truth.NO else _first_limit(answers)


def _resource_first_lacks(answers: Answers) -> PolicyType:
    if answers.of_session is not Truth.NO:
        return _first_limit(answers)
    return PolicyType.RESOURCE if answers.account is Truth.NO else _principal_side_lacks(answers)


def _both_accounts_lack(answers: Answers) -> PolicyType:
    if answers.resource_side is Truth.NO:
        return PolicyType.RESOURCE
    if answers.identity is Truth.NO and (answers.direct | answers.of_session) is Truth.NO:
        # Observed: a grant to the account with nothing behind it is reported as the resource policy's (9.3).
        return PolicyType.RESOURCE
    return _principal_side_lacks(answers)


DIRECTLY: Final = Route(lambda each: each.direct, PolicyType.RESOURCE, (MatchKind.DIRECT,))
TO_ROLE_OR_USER: Final = Route(lambda each: each.of_session & each.limits, PolicyType.RESOURCE, OF_SESSION)
BY_IDENTITY: Final = Route(lambda each: each.principal_side, PolicyType.IDENTITY)
BY_DELEGATION: Final = Route(lambda each: each.account & each.principal_side, PolicyType.IDENTITY)
FROM_BOTH: Final = Route(lambda each: each.resource_side & each.principal_side, PolicyType.IDENTITY)

SAME_ACCOUNT: Final = Rule("same account", (DIRECTLY, TO_ROLE_OR_USER, BY_IDENTITY), _same_account_lacks)
RESOURCE_FIRST: Final = Rule(
    "resource policy required", (DIRECTLY, TO_ROLE_OR_USER, BY_DELEGATION), _resource_first_lacks
)
CROSS_ACCOUNT: Final = Rule("cross account", (FROM_BOTH,), _both_accounts_lack)
RESOURCE_ALONE: Final = Rule("resource policy alone", (DIRECTLY,), lambda _: PolicyType.RESOURCE)
CALLER_ALONE: Final = Rule("caller's policies alone", (BY_IDENTITY,), _principal_side_lacks)

# Rules by which the caller's own policies can suffice.
SUFFICE: Final = (SAME_ACCOUNT, CALLER_ALONE)

# The root user of a member has no policy that could let anybody in: whom its organization lets, STS knows.
ASSUME_ROOT: Final = "sts:assumeroot"


def rule_for(request: Request) -> Rule:
    """The rule by which a grant suffices for this caller on this resource."""
    principal, resource = request.principal, request.resource
    if principal.type in (PrincipalType.ANONYMOUS, PrincipalType.SERVICE):
        return RESOURCE_ALONE
    if request.action.lower() == ASSUME_ROOT:
        return CALLER_ALONE
    if principal.account != resource.account:
        return CROSS_ACCOUNT
    trusts = resource_policy_type(request) is PolicyType.TRUST or takes_a_role(request.action)
    return RESOURCE_FIRST if trusts or _is_kms_key(resource.arn) else SAME_ACCOUNT


def _is_kms_key(text: str) -> bool:
    arn = parse_arn(text)
    return arn is not None and arn.service.lower() == "kms" and arn.resource.startswith("key/")


def is_root(request: Request) -> bool:
    """The root user, or a federated session which it issued: everything, without an identity policy (7.5)."""
    principal = request.principal
    if principal.type is PrincipalType.FEDERATED_USER:
        issuer = parse_arn(principal.issuer_arn or "")
        return issuer is not None and issuer.service == "iam" and issuer.resource == "root"
    return principal.type is PrincipalType.ROOT
