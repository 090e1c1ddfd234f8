"""POST /_rolecall/import: a part of an account's authorization details, for the root user of the account.

A part is one unit of work. Parts come in the order of what they rest on (policies, groups, users, roles); at the
end the names of roles whose trust policies name principals of later parts are sent once more, to be settled.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rolecall.authorization.caller import Caller
from rolecall.decision.request import PrincipalType
from rolecall.services.iam.importing import CannotImport, Import
from rolecall.store.ports import Unit
from rolecall.wire.errors import AwsError


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """details: members of GetAccountAuthorizationDetails' answer. settle: names of roles."""

    details: dict[str, list[dict[str, Any]]] = {}
    settle: list[str] = []


def read_part(body: bytes, caller: Caller) -> Part:
    """The part in a request, which only the account's root may send."""
    if caller.principal.type is not PrincipalType.ROOT or caller.session is not None:
        raise AwsError("AccessDenied", "only the root user of an account imports into it", 403)
    try:
        return msgspec.json.decode(body, type=Part)
    except msgspec.MsgspecError as problem:
        raise AwsError("SerializationException", f"this is no part of an account's details: {problem}") from None


def work(part: Part, account: str) -> Callable[[Unit], Mapping[str, Any]]:
    """The unit of work that applies a part; gives what was made, changed and left alone."""

    def apply(unit: Unit) -> Mapping[str, Any]:
        one = Import(unit, account)
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
