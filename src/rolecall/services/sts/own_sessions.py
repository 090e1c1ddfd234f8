"""GetSessionToken and GetFederationToken: temporary credentials of users and root, made with long-term keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.credentials.claims import SessionClaims, SessionKind
from rolecall.decision.request import PrincipalType
from rolecall.services.access_key_ids import TEMPORARY, new_access_key_id
from rolecall.services.call import Call, Operation
from rolecall.services.sts import mfa
from rolecall.services.sts.errors import fault
from rolecall.services.sts.sessions import checked_policies, checked_tags, issue, sizes
from rolecall.store.ports import Reader, Unit

DEFAULT_DURATION: Final = 43200
LONGEST_FOR_ROOT: Final = 3600


def _checked_caller(call: Call) -> None:
    if call.caller.session is not None or call.caller.principal.type not in (
        PrincipalType.USER,
        PrincipalType.ROOT,
    ):
        raise fault("session credentials", operation=call.operation)


def _claims(call: Call, kind: SessionKind, name: str, **more: Any) -> SessionClaims:
    principal = call.caller.principal
    duration = call.parameters.get("DurationSeconds") or DEFAULT_DURATION
    if principal.type is PrincipalType.ROOT:
        duration = min(duration, LONGEST_FOR_ROOT)  # cut, not refused
    issued = int(call.now.timestamp())
    return SessionClaims(
        kind=kind,
        access_key_id=new_access_key_id(call.platform, TEMPORARY, call.account),
        secret=call.platform.new_secret(),
        account=call.account,
        holder_id=principal.unique_id or call.account,
        holder_arn=principal.arn,
        session_name=name,
        issued=issued,
        expires=issued + duration,
        **more,
    )


def get_session_token(call: Call, unit: Unit) -> Mapping[str, Any]:
    _checked_caller(call)
    code = mfa.verified(call.parameters, call.caller, unit, call.now, call.platform)
    name = call.caller.principal.arn.rpartition("/")[2]
    mfa_time = None if code is None else int(call.now.timestamp())
    credentials, _ = issue(call, _claims(call, SessionKind.SESSION_TOKEN, name, mfa_time=mfa_time))
    if code is not None:
        mfa.spend(unit, *code)
    return {"Credentials": credentials, **sizes(call, credentials)}


def get_federation_token(call: Call, reader: Reader) -> Mapping[str, Any]:
    _checked_caller(call)
    name = call.parameters["Name"]
    tags = checked_tags(call.parameters.get("Tags") or ())
    texts, arns = checked_policies(call, reader, call.account)
    claims = _claims(call, SessionKind.FEDERATED_USER, name, policies=texts, policy_arns=arns, tags=tags)
    credentials, percent = issue(call, claims)
    return {
        "Credentials": credentials,
        "FederatedUser": {
            "FederatedUserId": f"{call.account}:{name}",
            "Arn": f"arn:{call.partition}:sts::{call.account}:federated-user/{name}",
        },
        "PackedPolicySize": percent,
        **sizes(call, credentials),
    }


OPERATIONS: Final = {
    "GetSessionToken": Operation(handler=get_session_token, writes=True),
    "GetFederationToken": Operation(handler=get_federation_token, writes=False),
}
