"""Temporary credentials for the operator: `rolecall env --as`, `rolecall exec --as` (POST /_rolecall/credentials).

An account's root may ask for the credentials of any role, user, Studio user profile, space or app of its account.
They are ordinary sealed sessions, so everything they do is authorized like anybody's. A profile, a space or an app
gives its execution role's session with the Studio claim, opened as Studio opens it: the role must trust SageMaker
at that moment, and where the domain says so the session carries the user profile's name as its source identity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.trust import ASSUME, NO_KEYS
from rolecall.authorization.trust_texts import CODE, not_assumable
from rolecall.credentials import identifiers
from rolecall.credentials.claims import SessionClaims, SessionKind, StudioClaim
from rolecall.decision.request import PrincipalType
from rolecall.services.call import Platform
from rolecall.services.iam.entities import is_service_linked
from rolecall.store.ports import Reader
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

LIFETIME: Final = timedelta(hours=1)
SESSION_NAME: Final = "rolecall"
STUDIO_SESSION_NAME: Final = "SageMaker"  # Studio opens its sessions under this name (SageMaker 7.1)


class Trusting(Protocol):
    """Who says whether a role lets SageMaker do something; see judging.Judge.lets_sagemaker."""

    def lets_sagemaker(
        self,
        action: str,
        role: str,
        source: str,
        call: ApiCall,
        reader: Reader,
        *,
        keys: Mapping[str, str] = NO_KEYS,
    ) -> bool: ...


class Opening(Struct, frozen=True):
    """One request for credentials: who asks, over which snapshot, with whose help."""

    call: ApiCall
    reader: Reader
    platform: Platform
    judge: Trusting


def credentials_for(asked: Mapping[str, Any], opening: Opening) -> dict[str, Any]:
    """Credentials of the principal named by `as`; only the account's root may ask."""
    caller = opening.call.caller
    if caller.principal.type is not PrincipalType.ROOT or caller.session is not None:
        raise AwsError(
            "AccessDenied", "only the root user of an account is given credentials of its principals", 403
        )
    arn = asked.get("as")
    item = opening.reader.item_by_arn(arn) if isinstance(arn, str) else None
    if item is None or item.account != caller.principal.account or (item.service, item.type) not in MAKERS:
        raise AwsError(
            "NotFound",
            f"{arn} is no role, user, user profile, space or app of account {caller.principal.account}",
            404,
        )
    claims = MAKERS[item.service, item.type](item, opening)
    token, _ = opening.platform.seal_session(claims)
    return {
        "access_key_id": claims.access_key_id,
        "secret_access_key": claims.secret,
        "session_token": token,
        "expiration": datetime.fromtimestamp(claims.expires, UTC),
    }


def _claims(kind: SessionKind, holder: Item, name: str, opening: Opening) -> SessionClaims:
    now = opening.call.now
    return SessionClaims(
        kind=kind,
        access_key_id=identifiers.new_access_key_id("ASIA", holder.account),
        secret=opening.platform.new_secret(),
        account=holder.account,
        holder_id=holder.unique_id,
        holder_arn=holder.arn,
        session_name=name,
        issued=int(now.timestamp()),
        expires=int((now + LIFETIME).timestamp()),
    )


def _role(item: Item, opening: Opening) -> SessionClaims:
    if is_service_linked(item):
        # No control policy limits it; so nobody acts as it but its service.
        raise AwsError("AccessDenied", f"{item.arn} is a service-linked role: only its service works with it", 403)
    return _claims(SessionKind.ASSUMED_ROLE, item, SESSION_NAME, opening)


def _user(item: Item, opening: Opening) -> SessionClaims:
    return _claims(SessionKind.SESSION_TOKEN, item, item.name, opening)


def _user_profile(item: Item, opening: Opening) -> SessionClaims:
    return _of_user(item, StudioClaim(domain_id=item.parent, user_profile_name=item.name), opening)


def _space(item: Item, opening: Opening, app: str | None = None) -> SessionClaims:
    """A private space runs as its owner; a shared one with the domain's role for spaces, as nobody."""
    owner = (item.body.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
    sharing = (item.body.get("SpaceSharingSettings") or {}).get("SharingType")
    if owner and sharing != "Shared":
        profile = _sibling(item, "user-profile", owner, opening)
        claim = StudioClaim(domain_id=item.parent, user_profile_name=owner, space_name=item.name, app=app)
        return _of_user(profile, claim, opening)
    domain = _domain(item, opening.reader)
    role = _role_of(domain, "DefaultSpaceSettings", opening.reader)
    return _studio(role, StudioClaim(domain_id=item.parent, space_name=item.name, app=app), None, opening)


def _app(item: Item, opening: Opening) -> SessionClaims:
    """An app acts for the user profile or the space that it belongs to."""
    name = f"{item.body['AppType']}/{item.body['AppName']}"
    if item.body.get("SpaceName"):
        return _space(_sibling(item, "space", item.body["SpaceName"], opening), opening, name)
    owner = item.body["UserProfileName"]
    profile = _sibling(item, "user-profile", owner, opening)
    return _of_user(profile, StudioClaim(domain_id=item.parent, user_profile_name=owner, app=name), opening)


def _sibling(item: Item, kind: str, name: str, opening: Opening) -> Item:
    found = opening.reader.item(item.account, "sagemaker", kind, name, region=item.region, parent=item.parent)
    if found is None:
        raise AwsError("NotFound", f"{item.arn} belongs to the {kind} {name}, which does not exist", 404)
    return found


def _of_user(profile: Item, claim: StudioClaim, opening: Opening) -> SessionClaims:
    """A session of a user's execution role, under the name and the identity that the settings say."""
    role, domain = _execution_role(profile, opening.reader), _domain(profile, opening.reader)
    settings = (domain.body.get("DomainSettings") or {}) if domain is not None else {}
    identity = profile.name if settings.get("ExecutionRoleIdentityConfig") == "USER_PROFILE_NAME" else None
    return _studio(role, claim, identity, opening, name=_session_name(profile, domain))


def _session_name(profile: Item, domain: Item | None) -> str:
    """The profile's own setting goes before the domain's."""
    for item, settings in ((profile, "UserSettings"), (domain, "DefaultUserSettings")):
        portal = ((item.body.get(settings) or {}) if item is not None else {}).get("StudioWebPortalSettings") or {}
        mode = portal.get("ExecutionRoleSessionNameMode")
        if mode is not None:
            return profile.name if mode == "USER_IDENTITY" else STUDIO_SESSION_NAME
    return STUDIO_SESSION_NAME


def _studio(
    role: Item | None,
    studio: StudioClaim,
    identity: str | None,
    opening: Opening,
    *,
    name: str = STUDIO_SESSION_NAME,
) -> SessionClaims:
    if role is None:
        raise AwsError("NotFound", f"domain {studio.domain_id} names no execution role that exists", 404)
    call = opening.call
    # Studio sends an ARN that ends in a literal star (SageMaker 7.1).
    source = f"arn:{call.partition}:sagemaker:{call.region}:{call.account}:*"
    keys = {"sts:SourceIdentity": identity} if identity is not None else {}
    for action in (ASSUME, *(("sts:SetSourceIdentity",) if identity is not None else ())):
        if not opening.judge.lets_sagemaker(action, role.arn, source, call, opening.reader, keys=keys):
            raise AwsError(CODE, not_assumable("CreateUserProfile", role.arn).replace(ASSUME, action))
    claims = _claims(SessionKind.ASSUMED_ROLE, role, name, opening)
    return msgspec.structs.replace(claims, studio=studio, source_identity=identity)


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


MAKERS: Final[Mapping[tuple[str, str], Callable[[Item, Opening], SessionClaims]]] = {
    ("iam", "role"): _role,
    ("iam", "user"): _user,
    ("sagemaker", "user-profile"): _user_profile,
    ("sagemaker", "space"): _space,
    ("sagemaker", "app"): _app,
}
