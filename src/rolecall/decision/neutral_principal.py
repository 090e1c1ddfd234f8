"""Who asks, in a neutral request: the `principal` object, and that its parts speak of one and the same caller.

A role that is not the session's, or an ARN of another kind than the type says, would be decided as somebody else;
so each is an error that names the field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from rolecall.decision.applicability import ASSUME_ROLE_ACTIONS, ON_A_ROLE
from rolecall.decision.derived_keys import role_arn_of_session
from rolecall.decision.neutral_fields import Fields, NeutralError
from rolecall.decision.request import Principal, PrincipalType
from rolecall.policy.arn import parse_arn
from rolecall.policy.json_reader import Node

FIELDS: Final = (
    "arn",
    "account",
    "type",
    "role_arn",
    "issuer_arn",
    "unique_id",
    "tags",
    "management_account",
)


class Form(Struct, frozen=True):
    """How a principal's ARN ends, after the account; shown: as a person writes it."""

    service: str
    own_part: re.Pattern[str]
    shown: str

    def fits(self, text: str) -> bool:
        arn = parse_arn(text)
        return (
            arn is not None
            and (arn.service, arn.region) == (self.service, "")
            and ACCOUNT_ID.fullmatch(arn.account) is not None
            and self.own_part.fullmatch(arn.resource) is not None
        )


ACCOUNT_ID: Final = re.compile(r"[0-9]{12}")
ROOT: Final = Form("iam", re.compile(r"root"), "root")
USER: Final = Form("iam", re.compile(r"user/(?:.*/)?[^/]+"), "user/NAME")
SESSION: Final = Form("sts", re.compile(r"assumed-role/[^/]+/[^/]+"), "assumed-role/ROLE/SESSION")
FEDERATED_USER: Final = Form("sts", re.compile(r"federated-user/[^/]+"), "federated-user/NAME")

FORMS: Final[Mapping[PrincipalType, Form]] = {
    PrincipalType.ROOT: ROOT,
    PrincipalType.USER: USER,
    PrincipalType.ROLE_SESSION: SESSION,
    PrincipalType.SERVICE_LINKED_ROLE: SESSION,
    PrincipalType.FEDERATED_USER: FEDERATED_USER,
}
# Those without an ARN.
NAMES: Final[Mapping[PrincipalType, re.Pattern[str]]] = {
    PrincipalType.SERVICE: re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
    PrincipalType.ANONYMOUS: re.compile(r"\*"),
}
ANONYMOUS_ACCOUNT: Final = "anonymous"
# The calls that an identity provider vouches for; AssumeRole itself is signed.
VOUCHED: Final = (ASSUME_ROLE_ACTIONS | ON_A_ROLE) - {"assumerole"}


def read_principal(node: Node | None, action: str, context: Mapping[str, Sequence[str]]) -> Principal:
    """The caller; raises NeutralError. context: as given, for the provider that vouches for an unsigned call."""
    if node is None:
        raise NeutralError("principal: missing")
    fields = Fields(node, "principal", FIELDS)
    arn, named = fields.required("arn"), fields.required("type")
    try:
        kind = PrincipalType(named)
    except ValueError:
        known = ", ".join(each.value for each in PrincipalType)
        raise NeutralError(f"principal.type: unknown type {named!r:.80}, expected one of {known}") from None
    account = _account(kind, arn, fields.text("account"))
    role_arn, issuer_arn = fields.text("role_arn"), fields.text("issuer_arn")
    if FORMS.get(kind) is SESSION:
        role_arn = _role_of_session(arn, role_arn)
    if kind is PrincipalType.FEDERATED_USER and issuer_arn is not None:
        _check_issuer(issuer_arn, account)
    return Principal(
        arn=arn,
        account=account,
        type=kind,
        role_arn=role_arn,
        issuer_arn=issuer_arn,
        unique_id=fields.text("unique_id"),
        management_account=fields.flag("management_account"),
        tags=fields.tags("tags"),
        federated_provider=_provider(kind, action, context),
    )


def _account(kind: PrincipalType, text: str, given: str | None) -> str:
    form = FORMS.get(kind)
    if form is None:
        if not NAMES[kind].fullmatch(text):
            raise NeutralError(f"principal.arn: {text!r:.120} cannot be of type {kind.value}")
        return given or (ANONYMOUS_ACCOUNT if kind is PrincipalType.ANONYMOUS else "")
    arn = parse_arn(text)
    if arn is None or not form.fits(text):
        wanted = f"arn:aws:{form.service}::ACCOUNT:{form.shown}"
        raise NeutralError(f"principal.arn: a {kind.value} has an ARN like {wanted}, found {text!r:.120}")
    if given is not None and given != arn.account:
        raise NeutralError(f"principal.account: {given!r:.40} is not the account of {text!r:.120}")
    return arn.account


def _role_of_session(session_arn: str, given: str | None) -> str:
    """The role's ARN with its path. The session's ARN tells the role's account and name, but no path."""
    plain = role_arn_of_session(session_arn)
    assert plain is not None, "the form of the session's ARN has been checked"
    if given is None:
        return plain
    role, named = parse_arn(given), parse_arn(plain)
    if (
        role is None
        or named is None
        or (role.service, role.account) != (named.service, named.account)
        or not role.resource.startswith("role/")
        or role.resource.rpartition("/")[2] != named.resource.rpartition("/")[2]
    ):
        raise NeutralError(f"principal.role_arn: {given!r:.120} is not the role of {session_arn!r:.120}")
    return given


def _check_issuer(given: str, account: str) -> None:
    issuer = parse_arn(given)
    if issuer is None or issuer.account != account or not (USER.fits(given) or ROOT.fits(given)):
        raise NeutralError(f"principal.issuer_arn: expected a user or the root of {account}, found {given!r:.120}")


def _provider(kind: PrincipalType, action: str, given: Mapping[str, Sequence[str]]) -> str | None:
    """Who vouches for the caller of AssumeRoleWithSAML and AssumeRoleWithWebIdentity."""
    service, _, name = action.lower().partition(":")
    if kind is not PrincipalType.ANONYMOUS or service != "sts" or name not in VOUCHED:
        return None
    seen = next((values for key, values in given.items() if key.lower() == "aws:federatedprovider"), ())
    return seen[0] if len(seen) == 1 else None
