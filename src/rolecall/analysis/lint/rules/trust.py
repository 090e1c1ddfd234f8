"""Trust policies of roles: who may assume, by which action, vouched for by whom?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rolecall.analysis.lint.edits import drop_item, drop_member
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look, speaks_of
from rolecall.analysis.lint.patterns import has_wildcard
from rolecall.analysis.lint.rules.elements import REFUSED
from rolecall.analysis.lint.view import Principal, Statement
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import ArrayNode, ObjectNode
from rolecall.policy.trust_rules import DOMAIN, PROVIDER

ROLES_ANYWHERE: Final = "rolesanywhere.amazonaws.com"
ROLES_ANYWHERE_NEEDS: Final = ("sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession")
GITHUB: Final = "token.actions.githubusercontent.com"


def grammar(look: Look) -> Iterator[Finding]:
    """What a trust policy cannot say."""
    if look.kind is not PolicyType.TRUST:
        return
    for statement in look.statements:
        if (place := statement.part("NotPrincipal")) is not None:
            yield look.finding("ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", place)
        for name in ("Resource", "NotResource"):
            if (place := statement.part(name)) is not None:
                edit = drop_member(look.text, statement.node, name)
                fix = Fix(f"remove {name}", (edit,), changes=REFUSED)
                yield look.finding("ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", place, fix=fix)
        for each in statement.principals or ():
            # As an object, {"AWS": "*"}, IAM takes it.
            if each.kind == "*":
                yield look.finding("ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", each.place)


def federation(look: Look) -> Iterator[Finding]:
    """Identity providers, their actions and their conditions."""
    if look.kind is not PolicyType.TRUST:
        return
    for statement in look.statements:
        for each in statement.principals or ():
            if each.kind == "Federated" and not has_wildcard(each.text):
                if not _has_form(each):
                    yield look.finding("INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", each.place)
                    continue
                if statement.allows and is_oidc(each):
                    yield from _oidc(look, statement, each)
        yield from _mismatched(look, statement)


def is_saml(each: Principal) -> bool:
    return each.kind == "Federated" and ":saml-provider/" in each.text


def is_oidc(each: Principal) -> bool:
    return each.kind == "Federated" and not is_saml(each)


def is_own(each: Principal) -> bool:
    """Whether it assumes roles with credentials of AWS."""
    return each.kind != "Federated"


# By which action a kind of principal assumes a role.
FITS: Final[Mapping[str, Callable[[Principal], bool]]] = {
    "sts:assumerolewithsaml": is_saml,
    "sts:assumerolewithwebidentity": is_oidc,
    "sts:assumerole": is_own,
}


def _has_form(each: Principal) -> bool:
    """Whether a federated principal is one; others are judged elsewhere."""
    return is_own(each) or bool(PROVIDER.fullmatch(each.text) or DOMAIN.fullmatch(each.text))


def _mismatched(look: Look, statement: Statement) -> Iterator[Finding]:
    principals = [each for each in statement.principals or () if each.text != "*" and _has_form(each)]
    for value in statement.actions or ():
        fits = FITS.get(value.folded)
        mismatched = [each.text for each in principals if fits is not None and not fits(each)]
        # Several actions on several principals: each principal needs one that fits it.
        if mismatched and len(mismatched) == len(principals):
            values = {"actionName": value.text, "principalNames": ", ".join(mismatched)}
            yield look.finding("MISMATCHED_ACTION_FOR_PRINCIPAL", value.place, values)


def _oidc(look: Look, statement: Statement, each: Principal) -> Iterator[Finding]:
    provider = PROVIDER.fullmatch(each.text)
    name = (provider["name"] if provider else each.text).lower()
    if not any(condition.folded.startswith(f"{name}:") for condition in statement.conditions):
        yield look.finding("MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", each.place)
        return
    if name != GITHUB:
        return
    subjects = statement.on(f"{GITHUB}:sub")
    if not subjects:
        yield look.finding("MISSING_GITHUB_REPO_CONDITION_KEY", each.place)
    for condition in subjects:
        for value in condition.values:
            if has_wildcard(value.text) and not statement.on(f"{GITHUB}:ref"):
                yield look.finding("SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", value.place)


def roles_anywhere(look: Look) -> Iterator[Finding]:
    """The three permissions that Roles Anywhere needs."""
    if look.kind is not PolicyType.TRUST:
        return
    for statement in look.statements:
        for each in statement.principals or ():
            if each.kind == "Service" and each.text == ROLES_ANYWHERE and statement.allows:
                lacking = [name for name in ROLES_ANYWHERE_NEEDS if not speaks_of(statement, name)]
                if lacking:
                    place = statement.part("Action") or statement.place
                    detail = f"Missing: {', '.join(lacking)}."
                    yield look.finding("MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", place, detail=detail)


def sessions(look: Look) -> Iterator[Finding]:
    """A session named beside its role adds nothing."""
    if look.kind is not PolicyType.TRUST:
        return
    for statement in look.statements:
        named = {each.text for each in statement.principals or () if each.kind == "AWS"}
        for each in statement.principals or ():
            parts = each.text.split(":", 5)
            own = parts[5].split("/") if len(parts) == 6 else []
            if each.kind != "AWS" or len(own) != 3 or own[0] != "assumed-role":
                continue
            parent = f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{own[1]}"
            if parent not in named:
                continue
            holder = _list(statement, each)
            fix = None
            if holder is not None:
                index = each.place.path[-1]
                assert isinstance(index, int)
                fix = Fix(f"remove {each.text}", (drop_item(look.text, holder, index),))
            values = {"redundant_principal": each.text, "parent_role": parent}
            yield look.finding("REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", each.place, values, fix=fix)


def _list(statement: Statement, each: Principal) -> ArrayNode | None:
    held = statement.node.get("Principal")
    inner = held.get(each.kind) if isinstance(held, ObjectNode) else None
    return inner if isinstance(inner, ArrayNode) else None


RULES: Final = (grammar, federation, roles_anywhere, sessions)
