"""Condition keys that follow from who asks and for what, so that nobody has to write them down (SEMANTICS 5.1).

Fills them for neutral requests. The server fills its own context, with what only it knows, in `authorization`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.decision.request import Principal, PrincipalType, Resource
from rolecall.decision.world import ControlPolicies
from rolecall.policy.arn import Arn, parse_arn

# A service principal has none of the principal keys.
PRINCIPAL_TYPES: Final[Mapping[PrincipalType, str]] = {
    PrincipalType.ROOT: "Account",
    PrincipalType.USER: "User",
    PrincipalType.ROLE_SESSION: "AssumedRole",
    PrincipalType.SERVICE_LINKED_ROLE: "AssumedRole",
    PrincipalType.FEDERATED_USER: "FederatedUser",
    PrincipalType.ANONYMOUS: "Anonymous",
}
_SESSIONS: Final = frozenset({PrincipalType.ROLE_SESSION, PrincipalType.SERVICE_LINKED_ROLE})


def derived_keys(principal: Principal, resource: Resource, action: str) -> dict[str, str]:
    """Keys and values; a key that the principal does not have is left out."""
    keys: dict[str, str] = {}
    if principal.type in PRINCIPAL_TYPES:
        keys["aws:PrincipalType"] = PRINCIPAL_TYPES[principal.type]
        keys["aws:PrincipalAccount"] = principal.account
        if principal.type in _SESSIONS:
            keys["aws:PrincipalArn"] = principal.role_arn or principal.arn
        elif principal.type is not PrincipalType.ANONYMOUS:
            keys["aws:PrincipalArn"] = principal.arn
    if principal.type is PrincipalType.USER:
        keys["aws:username"] = principal.arn.rpartition("/")[2]
    userid = _user_id(principal)
    if userid is not None:
        keys["aws:userid"] = userid
    if resource.account:
        keys["aws:ResourceAccount"] = resource.account
    keys.update((f"aws:PrincipalTag/{key}", value) for key, value in principal.tags.items())
    families = ["aws"] + (["sagemaker"] if action.lower().startswith("sagemaker:") else [])
    for family in families:
        keys.update((f"{family}:ResourceTag/{key}", value) for key, value in resource.tags.items())
    return keys


def organization_keys(owner: str, above: ControlPolicies) -> dict[str, str | tuple[str, ...]]:
    """The keys of an account's organization (SEMANTICS 10.1, 10.4): none where it is in none.

    owner: whose account it is, as the keys are spelled: Principal, Resource or Source.
    """
    keys: dict[str, str | tuple[str, ...]] = {}
    if above.organization_id:
        keys[f"aws:{owner}OrgID"] = above.organization_id
    if above.organization_path:
        keys[f"aws:{owner}OrgPaths"] = (above.organization_path,)
    return keys


def _user_id(principal: Principal) -> str | None:
    """`AIDA…` for users, `AROA…:session` for role sessions."""
    if principal.user_id is not None:
        return principal.user_id
    if principal.unique_id is None:
        return None
    if principal.type is PrincipalType.USER:
        return principal.unique_id
    if principal.type in _SESSIONS:
        return f"{principal.unique_id}:{principal.arn.rpartition('/')[2]}"
    return None


def role_arn_of_session(session_arn: str) -> str | None:
    """The role of a session ARN, which does not tell the role's path: taken to be `/`."""
    arn = parse_arn(session_arn)
    parts = arn.resource.split("/") if arn else []
    if arn is None or len(parts) != 3:
        return None
    return str(Arn(arn.partition, "iam", "", arn.account, f"role/{parts[1]}"))
