"""POST /_rolecall/import: a part of an account's authorization details.

The root user of the server's first account is its operator's: it imports into every account, whatever control
policies say, and may change what AWS's policies say, which all accounts share. The root user of another account
imports into its own account only, and only where no control policy binds it.

A part is one unit of work. Parts come in the order of what they rest on (policies, groups, users, roles); at the
end the names of roles whose trust policies name principals of later parts are sent once more, to be settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rolecall.authorization.caller import Caller
from rolecall.decision.request import PrincipalType
from rolecall.services import accounts
from rolecall.services.iam.imported_values import CannotImport
from rolecall.services.iam.importing import Import
from rolecall.services.organization import control_policies
from rolecall.store.ports import Unit
from rolecall.wire.errors import AwsError


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """details: members of GetAccountAuthorizationDetails' answer. settle: names of roles. account: whose they are;
    "": the caller's."""

    account: str = ""
    details: dict[str, list[dict[str, Any]]] = {}
    settle: list[str] = []


class Importer(msgspec.Struct, frozen=True):
    """Into which account a part goes, and whether the operator sends it."""

    account: str
    operates: bool


def read_part(body: bytes, caller: Caller, first_account: str) -> tuple[Part, Importer]:
    """The part in a request, which only a root user may send, and where it goes."""
    own = caller.principal.account
    if caller.principal.type is not PrincipalType.ROOT or caller.session is not None:
        raise AwsError("AccessDenied", "only the root user of an account imports into it", 403)
    try:
        part = msgspec.json.decode(body, type=Part)
    except msgspec.MsgspecError as problem:
        raise AwsError("SerializationException", f"this is no part of an account's details: {problem}") from None
    importer = Importer(part.account or own, own == first_account)
    if importer.account != own and not importer.operates:
        raise AwsError(
            "AccessDenied", f"only the root user of account {first_account} imports into other accounts", 403
        )
    return part, importer


def work(part: Part, importer: Importer) -> Callable[[Unit], Mapping[str, Any]]:
    """The unit of work that applies a part; gives what was made, changed and left alone."""

    def apply(unit: Unit) -> Mapping[str, Any]:
        _check(unit, importer)
        one = Import(unit, importer.account, changes_aws=importer.operates)
        try:
            tally = one.apply(part.details)
            one.settle(part.settle)
        except CannotImport as problem:
            raise AwsError("CannotImport", str(problem)) from None
        except (KeyError, TypeError, ValueError) as problem:
            said = f"lacks {problem}" if isinstance(problem, KeyError) else str(problem)
            raise AwsError("CannotImport", f"an entity of the details cannot be read: {said}") from None
        return msgspec.structs.asdict(tally)

    return apply


def _check(unit: Unit, importer: Importer) -> None:
    if accounts.find(unit, importer.account) is None:
        raise AwsError("CannotImport", f"the server has no account {importer.account}")
    above = control_policies(unit, importer.account)
    if above.closed and not importer.operates:
        raise AwsError("AccessDenied", f"account {importer.account} is closed", 403)
    if above.scps and not above.management_account and not importer.operates:
        raise AwsError(
            "AccessDenied",
            f"control policies bind the root user of account {importer.account}: the root user of the first "
            "account imports into it",
            403,
        )
