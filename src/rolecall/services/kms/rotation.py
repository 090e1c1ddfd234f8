"""Rotation: a key gets new material to encrypt with and keeps the old to decrypt with.

RotateKeyOnDemand does so at once. Automatic rotation is a setting that is kept and shown; its shortest period is
90 days, and nothing is rotated by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.kms import lookups, materials
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.paging import whole
from rolecall.store.ports import Reader, Unit

PERIOD: Final = 365  # days
ON_DEMAND: Final = 25  # rotations of one key


def enable_key_rotation(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = lookups.usable(lookups.changeable(call, unit))
    period = int(call.parameters.get("RotationPeriodInDays") or PERIOD)
    body = {**item.body, "RotationPeriodInDays": period, "RotatesSince": call.now.timestamp()}
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
    return {}


def disable_key_rotation(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = lookups.usable(lookups.changeable(call, unit))
    body = {
        name: value for name, value in item.body.items() if name not in ("RotationPeriodInDays", "RotatesSince")
    }
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
    return {}


def get_key_rotation_status(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = lookups.find(call, reader)
    period = item.body.get("RotationPeriodInDays")
    if period is None or item.status == lookups.PENDING:
        return {"KeyRotationEnabled": False, "KeyId": item.arn}
    since = datetime.fromtimestamp(item.body["RotatesSince"], UTC)
    return {
        "KeyRotationEnabled": True,
        "KeyId": item.arn,
        "RotationPeriodInDays": period,
        "NextRotationDate": since + timedelta(days=period),
    }


def rotate_key_on_demand(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = lookups.usable(lookups.changeable(call, unit))
    held = item.body["_materials"]
    if len(held) > ON_DEMAND:
        raise refuse("too many rotations", limit=ON_DEMAND)
    body = {**item.body, "_materials": [*held, materials.new(call.platform, item.name, call.now)]}
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
    return {"KeyId": item.arn}


def list_key_rotations(call: Call, reader: Reader) -> Mapping[str, Any]:
    """All at once: a key has no more rotations than a page."""
    item = lookups.find(call, reader)
    if call.parameters.get("Marker"):
        raise refuse("bad marker")
    rotations = [
        {
            "KeyId": item.arn,
            "KeyMaterialId": material["id"],
            "RotationDate": datetime.fromtimestamp(material["since"], UTC),
            "RotationType": "ON_DEMAND",
        }
        for material in item.body["_materials"][1:]
    ]
    return whole({"Rotations": rotations})


OPERATIONS: Final = {
    "EnableKeyRotation": Operation(enable_key_rotation, writes=True),
    "DisableKeyRotation": Operation(disable_key_rotation, writes=True),
    "GetKeyRotationStatus": Operation(get_key_rotation_status, writes=False),
    "RotateKeyOnDemand": Operation(rotate_key_on_demand, writes=True),
    "ListKeyRotations": Operation(list_key_rotations, writes=False),
}
