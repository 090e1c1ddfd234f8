"""Temporary credentials for the operator: `rolecall env --as`, `rolecall exec --as` (POST /_rolecall/credentials).

An account's root may ask for the credentials of any role, user, Studio user profile or space of its account. They
are ordinary sealed sessions, so everything they do is authorized like anybody's. A profile or space gives its
execution role's session with the Studio claim.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from rolecall.authorization.caller import Caller
from rolecall.credentials import identifiers
from rolecall.credentials.claims import SessionClaims, SessionKind, StudioClaim
from rolecall.decision.request import PrincipalType
from rolecall.services.call import Platform
from rolecall.store.ports import Reader
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

LIFETIME: Final = timedelta(hours=1)
SESSION_NAME: Final = "rolecall"
STUDIO_SESSION_NAME: Final = "SageMaker"  # Studio opens its sessions under this name (SageMaker 7.1)


def credentials_for(
    caller: Caller, asked: Mapping[str, Any], reader: Reader, platform: Platform, now: datetime
) -> dict[str, Any]:
    """Credentials of the principal named by `as`; only the account's root may ask."""
    if caller.principal.type is not PrincipalType.ROOT or caller.session is not None:
        raise AwsError(
            "AccessDenied", "only the root user of an account is given credentials of its principals", 403
        )
    arn = asked.get("as")
    item = reader.item_by_arn(arn) if isinstance(arn, str) else None
    if item is None or item.account != caller.principal.account or (item.service, item.type) not in MAKERS:
        raise AwsError(
            "NotFound", f"{arn} is no role, user, user profile or space of account {caller.principal.account}", 404
        )
    claims = MAKERS[item.service, item.type](item, reader, platform, now)
    token, _ = platform.seal_session(claims)
    return {
        "access_key_id": claims.access_key_id,
        "secret_access_key": claims.secret,
        "session_token": token,
        "expiration": datetime.fromtimestamp(claims.expires, UTC),
    }


def _claims(kind: SessionKind, holder: Item, name: str, platform: Platform, now: datetime) -> SessionClaims:
    return SessionClaims(
        kind=kind,
        access_key_id=identifiers.new_access_key_id("ASIA", holder.account),
        secret=platform.new_secret(),
        account=holder.account,
        holder_id=holder.unique_id,
        holder_arn=holder.arn,
        session_name=name,
        issued=int(now.timestamp()),
        expires=int((now + LIFETIME).timestamp()),
    )


def _role(item: Item, reader: Reader, platform: Platform, now: datetime) -> SessionClaims:
    return _claims(SessionKind.ASSUMED_ROLE, item, SESSION_NAME, platform, now)


def _user(item: Item, reader: Reader, platform: Platform, now: datetime) -> SessionClaims:
    return _claims(SessionKind.SESSION_TOKEN, item, item.name, platform, now)


def _user_profile(item: Item, reader: Reader, platform: Platform, now: datetime) -> SessionClaims:
    role = _execution_role(item, reader)
    return _studio(role, StudioClaim(domain_id=item.parent, user_profile_name=item.name), platform, now)


def _space(item: Item, reader: Reader, platform: Platform, now: datetime) -> SessionClaims:
    """A private space runs as its owner; a shared one with the domain's role for spaces."""
    owner = (item.body.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
    sharing = (item.body.get("SpaceSharingSettings") or {}).get("SharingType")
    if owner and sharing != "Shared":
        profile = reader.item(
            item.account, "sagemaker", "user-profile", owner, region=item.region, parent=item.parent
        )
        role = None if profile is None else _execution_role(profile, reader)
    else:
        role = _role_of(_domain(item, reader), "DefaultSpaceSettings", reader)
    return _studio(role, StudioClaim(domain_id=item.parent, space_name=item.name), platform, now)


def _studio(role: Item | None, studio: StudioClaim, platform: Platform, now: datetime) -> SessionClaims:
    if role is None:
        raise AwsError("NotFound", f"domain {studio.domain_id} names no execution role that exists", 404)
    claims = _claims(SessionKind.ASSUMED_ROLE, role, STUDIO_SESSION_NAME, platform, now)
    return msgspec.structs.replace(claims, studio=studio)


def _execution_role(profile: Item, reader: Reader) -> Item | None:
    own = _role_of(profile, "UserSettings", reader)
    return own or _role_of(_domain(profile, reader), "DefaultUserSettings", reader)


def _domain(item: Item, reader: Reader) -> Item | None:
    arn = item.arn.split(":", 5)
    return reader.item_by_arn(":".join([*arn[:5], f"domain/{item.parent}"]))


def _role_of(item: Item | None, settings: str, reader: Reader) -> Item | None:
    arn = (item.body.get(settings) or {}).get("ExecutionRole") if item is not None else None
    role = reader.item_by_arn(arn) if arn else None
    return role if role is not None and (role.service, role.type) == ("iam", "role") else None


MAKERS: Final = {
    ("iam", "role"): _role,
    ("iam", "user"): _user,
    ("sagemaker", "user-profile"): _user_profile,
    ("sagemaker", "space"): _space,
}
