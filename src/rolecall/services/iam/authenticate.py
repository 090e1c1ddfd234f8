"""From a verified signature to the caller: root, user, role session, federated user.

The signature and the token's seal are the server's affair; here the holder is looked up. A holder that was
deleted, or deleted and made anew, ends its sessions. `may_not_call` tells what temporary credentials cannot call.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims, SessionKind
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.request import Principal, PrincipalType
from rolecall.policy.document import PolicyType
from rolecall.services import parsed_policies
from rolecall.services.iam.entities import is_service_linked
from rolecall.services.iam.world import managed
from rolecall.store.ports import Reader
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

# What these credentials may call in STS; in IAM nothing, unless MFA was used for a GetSessionToken session.
STS_FOR_SESSION_TOKENS: Final = frozenset({"AssumeRole", "GetCallerIdentity"})
STS_FOR_FEDERATED_USERS: Final = frozenset({"GetCallerIdentity"})
# What no session may call, a role's neither.
LONG_TERM_ONLY: Final = frozenset({"GetSessionToken", "GetFederationToken"})


def _unknown() -> AwsError:
    return AwsError("InvalidClientTokenId", "The security token included in the request is invalid.", 403)


def caller_for(
    reader: Reader,
    access_key_row: Mapping[str, Any] | None,
    claims: SessionClaims | None,
    *,
    partition: str = "aws",
) -> Caller:
    """Who holds these credentials: the row of a long-term key, or the claims of an unsealed session token."""
    if claims is not None:
        return _session(reader, claims, partition)
    if access_key_row is None or access_key_row["status"] != "Active":
        raise _unknown()
    key_id, account = access_key_row["access_key_id"], access_key_row["account"]
    if access_key_row["item_id"] == 0:
        return Caller(root(account, partition), key_id)
    user = reader.item_by_id(access_key_row["item_id"])
    if user is None or user.type != "user":
        raise _unknown()
    return Caller(_user(reader, user), key_id)


def root(account: str, partition: str = "aws") -> Principal:
    return Principal(
        arn=f"arn:{partition}:iam::{account}:root",
        account=account,
        type=PrincipalType.ROOT,
        unique_id=account,
        user_id=account,
    )


def _user(reader: Reader, user: Item) -> Principal:
    return Principal(
        arn=user.arn,
        account=user.account,
        type=PrincipalType.USER,
        unique_id=user.unique_id,
        user_id=user.unique_id,
        tags=reader.tags(user.id),
    )


def _session(reader: Reader, claims: SessionClaims, partition: str) -> Caller:
    match claims.kind:
        case SessionKind.ASSUMED_ROLE:
            principal = role_session(reader, claims, partition)
        case SessionKind.SESSION_TOKEN:
            holder = _holder(reader, claims)
            principal = root(claims.account, partition) if holder is None else _user(reader, holder)
        case SessionKind.FEDERATED_USER:
            principal = _federated(reader, claims, partition)
        case SessionKind.ASSUMED_ROOT:
            principal = root(claims.account, partition)
    return Caller(
        principal=principal,
        access_key_id=claims.access_key_id,
        session=claims,
        session_policies=session_policies(reader, claims),
    )


def _holder(reader: Reader, claims: SessionClaims) -> Item | None:
    """The live user or role that the session belongs to; None for root."""
    if claims.holder_id == claims.account:
        return None
    holder = reader.item_by_unique_id(claims.holder_id)
    if holder is None or holder.account != claims.account:
        raise _unknown()
    return holder


def role_session(reader: Reader, claims: SessionClaims, partition: str = "aws") -> Principal:
    role = _holder(reader, claims)
    if role is None or role.type != "role":
        raise _unknown()
    linked = is_service_linked(role)
    return Principal(
        arn=f"arn:{partition}:sts::{role.account}:assumed-role/{role.name}/{claims.session_name}",
        account=role.account,
        type=PrincipalType.SERVICE_LINKED_ROLE if linked else PrincipalType.ROLE_SESSION,
        role_arn=role.arn,
        unique_id=role.unique_id,
        user_id=f"{role.unique_id}:{claims.session_name}",
        tags=merged(reader.tags(role.id), claims.tags),
    )


def _federated(reader: Reader, claims: SessionClaims, partition: str) -> Principal:
    issuer = _holder(reader, claims)
    own = {} if issuer is None else reader.tags(issuer.id)
    return Principal(
        arn=f"arn:{partition}:sts::{claims.account}:federated-user/{claims.session_name}",
        account=claims.account,
        type=PrincipalType.FEDERATED_USER,
        issuer_arn=root(claims.account, partition).arn if issuer is None else issuer.arn,
        unique_id=claims.holder_id,
        user_id=f"{claims.account}:{claims.session_name}",
        tags=merged(own, claims.tags),
    )


def merged(own: Mapping[str, str], session: Mapping[str, str]) -> dict[str, str]:
    """Principal tags: a session tag wins over the holder's tag of the same key, compared without case."""
    passed = {key.lower() for key in session}
    return {**{key: value for key, value in own.items() if key.lower() not in passed}, **session}


def session_policies(reader: Reader, claims: SessionClaims) -> tuple[SourcedPolicy, ...] | None:
    """The policies passed with the session; None when none was. A managed one that is gone grants nothing."""
    if not claims.policies and not claims.policy_arns:
        return None
    inline = (SourcedPolicy(parsed_policies.of_text(text, PolicyType.SESSION)) for text in claims.policies)
    by_arn = (managed(reader, arn, PolicyType.SESSION) for arn in claims.policy_arns)
    return (*inline, *by_arn)


def may_not_call(caller: Caller, service: str, operation: str) -> AwsError | None:
    """Why these credentials cannot call an operation, whatever policies say; None when they can."""
    principal, session = caller.principal, caller.session
    if service == "sts" and operation == "AssumeRole" and principal.type is PrincipalType.ROOT:
        return AwsError("AccessDenied", "Roles may not be assumed by root accounts.", 403)
    if session is None:
        return None
    if service == "sts" and operation in LONG_TERM_ONLY:
        return _with_session_credentials(operation)
    if session.kind in (SessionKind.ASSUMED_ROLE, SessionKind.ASSUMED_ROOT):
        return None
    federated = session.kind is SessionKind.FEDERATED_USER
    if service == "iam" and (federated or session.mfa_time is None):
        return AwsError("InvalidClientTokenId", "The security token included in the request is invalid", 403)
    allowed = STS_FOR_FEDERATED_USERS if federated else STS_FOR_SESSION_TOKENS
    return _with_session_credentials(operation) if service == "sts" and operation not in allowed else None


def _with_session_credentials(operation: str) -> AwsError:
    return AwsError("AccessDenied", f"Cannot call {operation} with session credentials", 403)
