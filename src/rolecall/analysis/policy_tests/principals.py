"""Who asks in a case? A short name or an ARN becomes the caller that the server would see.

role/DataScientist    a session of the role           user/ann       with long-term keys
user-profile/DOMAIN/NAME, space/DOMAIN/NAME           Studio, as the execution role
root, anonymous, sagemaker.amazonaws.com, or the ARN of a role, user, role session, user profile or space
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final, NoReturn, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from rolecall.analysis.policy_tests.format import Case, Session
from rolecall.analysis.worlds.fields import near
from rolecall.analysis.worlds.format import Account, Domain, Role, User, UserProfile
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims, SessionKind, StudioClaim
from rolecall.decision.request import Principal, PrincipalType

T = TypeVar("T")

LIFETIME: Final = 3600
AGE: Final = 60  # how long the session has been there when the call is made
STUDIO_SESSION: Final = "SageMaker"  # the name under which Studio opens its sessions
ANONYMOUS: Final = Principal(arn="*", account="anonymous", type=PrincipalType.ANONYMOUS)
SERVICE: Final = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
KINDS: Final = ("role", "user", "user-profile", "space")


class Named(Struct, frozen=True):
    """A principal's name taken apart."""

    account: str
    kind: str
    name: str
    session: str | None = None


def caller_of(case: Case, world: FileWorld, now: datetime) -> Caller:
    """The caller of a case; raises InputError where there is no such principal."""
    text = case.principal
    if text in ("anonymous", "*"):
        return Caller(ANONYMOUS, "")
    if SERVICE.fullmatch(text):
        return Caller(Principal(text, case.account, PrincipalType.SERVICE), "")
    named = _named(case, text)
    account = world.file.accounts.get(named.account)
    if account is None:
        _refuse(case, f"the world has no account {named.account!r}{near(named.account, world.file.accounts)}")
    match named.kind:
        case "root":
            _no_session(case, "root")
            return Caller(_root(account), "AKIAROOT")
        case "user":
            return _user(case, account, _found(case, named, account.users), now)
        case "role":
            return _role(case, account, _found(case, named, account.roles), named.session, None, now)
    return _studio(case, account, named, now)


def _named(case: Case, text: str) -> Named:
    if text == "root":
        return Named(case.account, "root", "")
    if not text.startswith("arn:"):
        kind, slash, name = text.partition("/")
        if not slash or kind not in KINDS:
            _refuse(
                case,
                f"a principal is {', '.join(f'{each}/NAME' for each in KINDS)}, root, anonymous, a service "
                f"or an ARN, not {text!r}",
            )
        return Named(case.account, kind, name)
    parts = text.split(":", 5)
    kind, _, name = parts[5].partition("/") if len(parts) == 6 else ("", "", "")
    match parts[2] if len(parts) == 6 else "", kind:
        case "iam", "root":
            return Named(parts[4], "root", "")
        case "iam", "role" | "user":
            return Named(parts[4], kind, name.rpartition("/")[2])
        case "sts", "assumed-role":
            role, _, session = name.partition("/")
            return Named(parts[4], "role", role, session)
        case "sagemaker", "user-profile" | "space":
            return Named(parts[4], kind, name)
    _refuse(case, f"{text} is no role, user, role session, user profile or space")


def _found(case: Case, named: Named, known: Mapping[str, T]) -> T:
    found = known.get(named.name)
    if found is None:
        hint = near(named.name, known)
        _refuse(case, f"account {named.account} has no {named.kind} {named.name!r}{hint}")
    return found


def _root(account: Account) -> Principal:
    arn = f"arn:aws:iam::{account.id}:root"
    return Principal(arn, account.id, PrincipalType.ROOT, unique_id=account.id, user_id=account.id)


def _user(case: Case, account: Account, user: User, now: datetime) -> Caller:
    session = case.session
    if session.tags or session.policies or session.source_identity:
        _refuse(case, "a user's own session has no tags, policies or source identity: let a role be assumed")
    principal = Principal(
        arn=user.arn,
        account=account.id,
        type=PrincipalType.USER,
        unique_id=user.unique_id,
        user_id=user.unique_id,
        tags=user.tags,
    )
    if not session.temporary:
        return Caller(principal, "AKIATEST")
    claims = _claims(case, account, user, SessionKind.SESSION_TOKEN, user.name, None, now)
    return Caller(principal, claims.access_key_id, claims)


def _role(
    case: Case, account: Account, role: Role, name: str | None, studio: StudioClaim | None, now: datetime
) -> Caller:
    session = case.session
    claims = _claims(case, account, role, SessionKind.ASSUMED_ROLE, name or session.name, studio, now)
    passed = {key.lower() for key in session.tags}
    kept = {key: value for key, value in role.tags.items() if key.lower() not in passed}
    principal = Principal(
        arn=f"arn:aws:sts::{account.id}:assumed-role/{role.name}/{claims.session_name}",
        account=account.id,
        type=PrincipalType.SERVICE_LINKED_ROLE if role.service else PrincipalType.ROLE_SESSION,
        role_arn=role.arn,
        unique_id=role.unique_id,
        user_id=f"{role.unique_id}:{claims.session_name}",
        tags={**kept, **session.tags},
    )
    policies = None if session.policies is None else tuple(each.sourced for each in session.policies)
    return Caller(principal, claims.access_key_id, claims, session_policies=policies)


def _studio(case: Case, account: Account, named: Named, now: datetime) -> Caller:
    """An app of a user profile or space: the execution role's session, opened as Studio opens it."""
    where, slash, name = named.name.partition("/")
    domain = next((each for each in account.domains.values() if where in (each.name, each.id)), None)
    if not slash or domain is None:
        hint = near(where, account.domains)
        _refuse(case, f"account {account.id} has no domain {where!r}{hint}; write {named.kind}/DOMAIN/NAME")
    space = None
    if named.kind == "space":
        space = _found(case, Named(account.id, "space", name), domain.spaces)
        name = space.owner or ""
    if not name:
        claim = StudioClaim(domain_id=domain.id, space_name=named.name.partition("/")[2])
        return _studio_role(case, account, domain, domain.space_role, STUDIO_SESSION, None, claim, now)
    profile = _found(case, Named(account.id, "user profile", name), domain.profiles)
    claim = StudioClaim(
        domain_id=domain.id, user_profile_name=name, space_name=None if space is None else space.name
    )
    settings = domain.state.get("DomainSettings") or {}
    identity = name if settings.get("ExecutionRoleIdentityConfig") == "USER_PROFILE_NAME" else None
    role = profile.execution_role or domain.execution_role
    return _studio_role(case, account, domain, role, _session_name(profile, domain), identity, claim, now)


def _session_name(profile: UserProfile, domain: Domain) -> str:
    """The profile's own setting goes before the domain's."""
    for state, settings in ((profile.state, "UserSettings"), (domain.state, "DefaultUserSettings")):
        portal = (state.get(settings) or {}).get("StudioWebPortalSettings") or {}
        mode = portal.get("ExecutionRoleSessionNameMode")
        if mode is not None:
            return profile.name if mode == "USER_IDENTITY" else STUDIO_SESSION
    return STUDIO_SESSION


def _studio_role(
    case: Case,
    account: Account,
    domain: Domain,
    arn: str | None,
    name: str,
    identity: str | None,
    claim: StudioClaim,
    now: datetime,
) -> Caller:
    if arn is None:
        _refuse(case, f"domain {domain.name} has no space_role: shared spaces run as nobody")
    role = next((each for each in account.roles.values() if each.arn == arn), None)
    if role is None:
        _refuse(case, f"domain {domain.name} runs as {arn}, which the world does not have")
    if case.session.temporary:
        _refuse(case, "Studio opens the session itself: a case cannot say what it carries")
    opened = replace(case, session=Session(source_identity=identity))
    return _role(opened, account, role, name, claim, now)


def _claims(
    case: Case,
    account: Account,
    holder: User | Role,
    kind: SessionKind,
    name: str,
    studio: StudioClaim | None,
    now: datetime,
) -> SessionClaims:
    issued = int(now.timestamp()) - AGE
    session = case.session
    return SessionClaims(
        kind=kind,
        access_key_id="ASIATEST",
        secret="",
        account=account.id,
        holder_id=holder.unique_id,
        holder_arn=holder.arn,
        session_name=name,
        issued=issued,
        expires=issued + LIFETIME,
        tags=session.tags,
        transitive_tag_keys=session.transitive_tags,
        source_identity=session.source_identity,
        mfa_time=issued if session.mfa else None,
        studio=studio,
    )


def _no_session(case: Case, who: str) -> None:
    if case.session.temporary:
        _refuse(case, f"{who} has no session here")


def _refuse(case: Case, message: str) -> NoReturn:
    case.place.source.refuse(case.place.node, f"case {case.name!r}: {message}")
