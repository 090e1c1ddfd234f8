"""One-time codes in STS calls: whether the code fits, and that it fits once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from rolecall.authorization.caller import Caller
from rolecall.decision.request import PrincipalType
from rolecall.services.call import Platform
from rolecall.services.mfa_codes import counter_of, seed_of
from rolecall.services.sts.errors import fault
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item


def verified(
    parameters: Mapping[str, Any], caller: Caller, reader: Reader, now: datetime, platform: Platform
) -> tuple[Item, int] | None:
    """The device and period of the code in a request; None when the request has neither serial nor code."""
    serial, code = parameters.get("SerialNumber"), parameters.get("TokenCode")
    if not serial and not code:
        return None
    if not serial or not code:
        raise fault("half of MFA")
    device, owner = reader.item_by_arn(serial), _owner(caller)
    # Whoever has no devices of their own (a role session) must not get by with one that is nobody's.
    if owner is None or device is None or device.type != "mfa" or device.body.get("User") != owner:
        raise fault("wrong device")
    counter = counter_of(seed_of(platform, device), code, now, after=device.body.get("LastCounter", -1))
    if counter is None:
        raise fault("wrong code")
    return device, counter


def spend(unit: Unit, device: Item, counter: int) -> None:
    """A code is good once."""
    unit.change_item(msgspec.structs.replace(device, body={**device.body, "LastCounter": counter}))


def _owner(caller: Caller) -> str | None:
    """Whose devices count: a user's own, or the account's for its root."""
    principal = caller.principal
    if principal.type is PrincipalType.ROOT:
        return principal.account
    return principal.unique_id if principal.type is PrincipalType.USER else None
