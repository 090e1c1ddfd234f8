"""Does a resource policy's statement name this caller, and how? (SEMANTICS 6)"""

from __future__ import annotations

import re
from typing import Final

from rolecall.decision.reference.result import Element, ElementResult, Setting
from rolecall.decision.request import Principal, PrincipalType
from rolecall.decision.verdict import MatchKind
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import Effect, PrincipalEntry, Statement
from rolecall.policy.truth import Truth

_ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
_UNIQUE_ID: Final = re.compile(r"A(?:IDA|ROA)[A-Z0-9]+")

# Those who belong to an account, so that the account form names them.
_OUTSIDE_ACCOUNTS: Final = frozenset({PrincipalType.SERVICE, PrincipalType.ANONYMOUS})
_ROLE_TYPES: Final = frozenset({PrincipalType.ROLE_SESSION, PrincipalType.SERVICE_LINKED_ROLE})


def match_entry(entry: PrincipalEntry, principal: Principal) -> MatchKind | None:
    """How one listed principal names the caller; None when it does not. No wildcard but `*` itself."""
    match entry.kind:
        case "*":
            return MatchKind.DIRECT
        case "AWS":
            return _match_aws(entry.value, principal)
        case "Service":
            acting = principal.type is PrincipalType.SERVICE and principal.arn == entry.value
            return MatchKind.DIRECT if acting else None
        case "Federated":
            return MatchKind.DIRECT if entry.value == principal.federated_provider else None
        case "CanonicalUser":
            return MatchKind.ACCOUNT if entry.value == principal.canonical_user else None
    return None


def _match_aws(value: str, principal: Principal) -> MatchKind | None:
    if value == "*":
        return MatchKind.DIRECT
    account = account_named(value)
    if account is not None:
        belongs = principal.type not in _OUTSIDE_ACCOUNTS and principal.account == account
        return MatchKind.ACCOUNT if belongs else None
    if principal.type in _OUTSIDE_ACCOUNTS:
        return None
    if value == principal.arn:
        return MatchKind.DIRECT
    if principal.type in _ROLE_TYPES and value == principal.role_arn:
        return MatchKind.ROLE_OF_SESSION
    if principal.type is PrincipalType.FEDERATED_USER and value == principal.issuer_arn:
        return MatchKind.USER_OF_SESSION
    if value == principal.unique_id and _UNIQUE_ID.fullmatch(value):
        if principal.type in _ROLE_TYPES:
            return MatchKind.ROLE_OF_SESSION
        return MatchKind.DIRECT if principal.type is PrincipalType.USER else MatchKind.USER_OF_SESSION
    return None


def account_named(value: str) -> str | None:
    """The account of the two spellings of the account form, None for any other value."""
    if _ACCOUNT_ID.fullmatch(value):
        return value
    arn = parse_arn(value)
    if arn is not None and (arn.service, arn.region, arn.resource) == ("iam", "", "root"):
        return arn.account
    return None


def layers(principal: Principal) -> tuple[frozenset[MatchKind], ...]:
    """The chain that NotPrincipal must list whole: per layer the kinds of entry that list it (6.3)."""
    direct, account = frozenset({MatchKind.DIRECT}), frozenset({MatchKind.ACCOUNT})
    match principal.type:
        case PrincipalType.ROOT:
            return (account,)
        case PrincipalType.USER:
            return (account, direct)
        case PrincipalType.ROLE_SESSION | PrincipalType.SERVICE_LINKED_ROLE:
            return (account, frozenset({MatchKind.ROLE_OF_SESSION}), direct)
        case PrincipalType.FEDERATED_USER:
            issuer = account_named(principal.issuer_arn or "")
            if issuer is not None:  # the root user issued it: the account is the layer
                return (account, direct)
            return (account, frozenset({MatchKind.USER_OF_SESSION}), direct)
        case PrincipalType.SERVICE | PrincipalType.ANONYMOUS:
            return (direct,)


def evaluate_principal(
    statement: Statement, principal: Principal, setting: Setting
) -> tuple[ElementResult | None, frozenset[MatchKind]]:
    """The element's answer and how it named the caller; None where the policy type has no principals."""
    if statement.not_principals is not None:
        return _evaluate_not_principal(statement.not_principals, principal, setting)
    if statement.principals is None:
        return None, frozenset({MatchKind.DIRECT})
    kinds = {match_entry(entry, principal) for entry in statement.principals} - {None}
    if statement.effect is Effect.DENY and not setting.choices.deny_on_user_reaches_federated_sessions:
        kinds -= {MatchKind.USER_OF_SESSION}
    found = frozenset(kind for kind in kinds if kind is not None)
    result = ElementResult(
        Element.PRINCIPAL, Truth.of(bool(found)), _shown(statement.principals), _seen(principal)
    )
    return result, found


def _evaluate_not_principal(
    entries: tuple[PrincipalEntry, ...], principal: Principal, setting: Setting
) -> tuple[ElementResult, frozenset[MatchKind]]:
    note = None
    if setting.has_boundary:
        exempt, note = False, "a caller with a permissions boundary is always denied by NotPrincipal"
    elif any(entry.value == "*" and entry.kind in ("*", "AWS") for entry in entries):
        exempt = True
    else:
        listed = {match_entry(entry, principal) for entry in entries}
        chain = [bool(kinds & listed) for kinds in layers(principal)]
        exempt = all(chain) if setting.choices.not_principal_needs_the_whole_chain else any(chain)
        if any(chain) and not exempt:
            note = "every layer must be listed: account, role and session, or account and user"
    result = ElementResult(
        Element.NOT_PRINCIPAL, Truth.of(not exempt), _shown(entries), _seen(principal), note=note
    )
    return result, frozenset() if exempt else frozenset({MatchKind.DIRECT})


def _shown(entries: tuple[PrincipalEntry, ...]) -> tuple[str, ...]:
    return tuple("*" if entry.kind == "*" else f"{entry.kind}: {entry.value}" for entry in entries)


def _seen(principal: Principal) -> tuple[str, ...]:
    names = (principal.arn, principal.role_arn, principal.issuer_arn, principal.federated_provider)
    return tuple(name for name in names if name)
