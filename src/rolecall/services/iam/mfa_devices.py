"""Virtual MFA devices: make, assign to a user, take away. Their codes are checked by `services.mfa_codes`."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from rolecall.services import mfa_codes
from rolecall.services.call import Call, Operation
from rolecall.services.iam import tags, users
from rolecall.services.iam.access_keys import ROOT_NAME
from rolecall.services.iam.entities import USER, arn_of, change_body, check_name, check_path, every, find, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.lookups import mfa_device
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import MFA_DEVICES_PER_USER
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

RELATION: Final = "mfa-device"
SEED_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
SEED_LENGTH: Final = 64
ISSUER: Final = "rolecall"

# Enabling and resyncing takes codes of a clock that may be a day off.
PATIENCE: Final = 24 * 60 * 60 // mfa_codes.PERIOD


def create_virtual_mfa_device(call: Call, unit: Unit) -> Mapping[str, Any]:
    name = check_name(call.parameters["VirtualMFADeviceName"], "virtualMFADeviceName", 226)
    path = check_path(call.parameters.get("Path"))
    if unit.item_by_arn(arn_of(call, "mfa", path, name)) is not None:
        raise fault("MFA device exists")
    seed = call.platform.new_id("", SEED_LENGTH, SEED_LETTERS)
    now = second(call.now)
    serial = arn_of(call, "mfa", path, name)
    new_tags = tags.requested(call)
    try:
        device = unit.add_item(
            Item(
                account=call.account,
                service="iam",
                type="mfa",
                name=name,
                folded_name=name.lower(),
                parent=path,  # names are unique within their path
                arn=serial,
                path=path,
                created=now,
                modified=now,
                body=mfa_codes.sealed(call.platform, serial, seed),
            ),
            new_tags,
        )
    except NameTaken:
        raise fault("MFA device exists") from None
    view: dict[str, Any] = {
        "SerialNumber": device.arn,
        "Base32StringSeed": seed.encode(),
        "QRCodePNG": _picture(name, _account_name(call, unit), seed),
    }
    return {"VirtualMFADevice": tags.with_tags(view, new_tags)}


def _picture(device: str, account: str, seed: str) -> bytes:
    """The QR code that an authenticator app scans, as PNG."""
    import segno  # only here: nothing else of the server needs it

    label = quote(f"{device}@{account}", safe="@")
    png = io.BytesIO()
    address = f"otpauth://totp/{label}?secret={seed}&issuer={ISSUER}"
    segno.make(address, error="m", micro=False).save(png, kind="png", scale=4)
    return png.getvalue()


def _account_name(call: Call, reader: Reader) -> str:
    """The account's alias where it has one."""
    return next((alias.name for alias in every(reader, call.account, "account-alias")), call.account)


def delete_virtual_mfa_device(call: Call, unit: Unit) -> Mapping[str, Any]:
    device = mfa_device(call, unit)
    if "User" in device.body:
        raise fault("MFA device assigned")
    unit.remove_item(device.id)
    return {}


def list_virtual_mfa_devices(call: Call, reader: Reader) -> Mapping[str, Any]:
    status = call.parameters.get("AssignmentStatus") or "Any"
    wanted = {"Any": (True, False), "Assigned": (True,), "Unassigned": (False,)}[status]
    devices = (
        device for device in every(reader, call.account, "mfa", parent=None) if ("User" in device.body) in wanted
    )
    found, tail = page(call, sorted(devices, key=_serial), _serial)
    return {"VirtualMFADevices": [_virtual(device, reader) for device in found], **tail}


def _serial(device: Item) -> str:
    return device.arn


def _virtual(device: Item, reader: Reader) -> dict[str, Any]:
    view: dict[str, Any] = {"SerialNumber": device.arn}
    owner = reader.item_by_unique_id(device.body["User"]) if "User" in device.body else None
    if owner is not None:
        view["EnableDate"] = enabled(device)
        if owner.type == "user":
            view["User"] = users.brief(owner)
    return view


def enabled(device: Item) -> datetime:
    return datetime.fromisoformat(device.body["EnableDate"])


def _last_period(call: Call, device: Item) -> int:
    """The period of the second of two codes that follow each other."""
    seed = mfa_codes.seed_of(call.platform, device)
    codes = call.parameters["AuthenticationCode1"], call.parameters["AuthenticationCode2"]
    last = mfa_codes.last_of_two(seed, *codes, call.now, PATIENCE)
    if last is None:
        raise fault("bad code")
    return last


def enable_mfa_device(call: Call, unit: Unit) -> Mapping[str, Any]:
    user, device = find(call, unit, USER), mfa_device(call, unit)
    if "User" in device.body:
        raise fault("MFA device in use")
    if len(unit.links(user.id, RELATION)) >= MFA_DEVICES_PER_USER:
        raise fault("quota", quota="MFADevicesPerUser", limit=MFA_DEVICES_PER_USER)
    last = _last_period(call, device)
    unit.link(user.id, RELATION, device.arn, name=device.arn)
    change_body(call, unit, device, User=user.unique_id, EnableDate=second(call.now).isoformat(), LastCounter=last)
    return {}


def resync_mfa_device(call: Call, unit: Unit) -> Mapping[str, Any]:
    user, device = find(call, unit, USER), mfa_device(call, unit)
    _check_owner(user, device)
    change_body(call, unit, device, LastCounter=_last_period(call, device))
    return {}


def deactivate_mfa_device(call: Call, unit: Unit) -> Mapping[str, Any]:
    user, device = users.named_or_calling_owner(call, unit), mfa_device(call, unit)
    _check_owner(user, device)
    unit.unlink(user.id, RELATION, target=device.arn)
    change_body(call, unit, device, User=None, EnableDate=None)
    return {}


def _check_owner(user: Item, device: Item) -> None:
    if device.body.get("User") != user.unique_id:
        raise fault("no MFA device of user", serial=device.arn, name=user.name)


def get_mfa_device(call: Call, reader: Reader) -> Mapping[str, Any]:
    user, device = users.named_or_calling_owner(call, reader), mfa_device(call, reader)
    _check_owner(user, device)
    return _assigned(user, device)


def _assigned(user: Item, device: Item) -> dict[str, Any]:
    name = user.name if user.type == "user" else ROOT_NAME
    return {"UserName": name, "SerialNumber": device.arn, "EnableDate": enabled(device)}


def list_mfa_devices(call: Call, reader: Reader) -> Mapping[str, Any]:
    user = users.named_or_calling_owner(call, reader)
    serials = sorted(link.target for link in reader.links(user.id, RELATION))
    found, tail = page(call, serials, str)
    devices = (reader.item_by_arn(serial) for serial in found)
    return {"MFADevices": [_assigned(user, device) for device in devices if device is not None], **tail}


OPERATIONS: Final = {
    "CreateVirtualMFADevice": Operation(handler=create_virtual_mfa_device, writes=True),
    "DeleteVirtualMFADevice": Operation(handler=delete_virtual_mfa_device, writes=True),
    "ListVirtualMFADevices": Operation(handler=list_virtual_mfa_devices, writes=False),
    "EnableMFADevice": Operation(handler=enable_mfa_device, writes=True),
    "ResyncMFADevice": Operation(handler=resync_mfa_device, writes=True),
    "DeactivateMFADevice": Operation(handler=deactivate_mfa_device, writes=True),
    "GetMFADevice": Operation(handler=get_mfa_device, writes=False),
    "ListMFADevices": Operation(handler=list_mfa_devices, writes=False),
}
