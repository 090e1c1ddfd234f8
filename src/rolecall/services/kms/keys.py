"""Keys as operations see them: made, described, listed, switched off and deleted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.kms import key_policies, materials, paging, tags
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.lookups import (
    DISABLED,
    ENABLED,
    KEY,
    PENDING,
    SERVICE,
    changeable,
    deletion,
    find,
    key_arn,
)
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

SYMMETRIC: Final = "SYMMETRIC_DEFAULT"
WINDOW: Final = 30  # days until a key is gone, where none are given
# What a key is made with; anything else is refused.
ONLY: Final[Mapping[str, object]] = {
    "KeySpec": SYMMETRIC,
    "CustomerMasterKeySpec": SYMMETRIC,
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
    "MultiRegion": False,
}


def add(
    call: Call,
    unit: Unit,
    policy: str,
    *,
    description: str = "",
    manager: str = "CUSTOMER",
    key_id: str = "",
    given: Mapping[str, str] | None = None,
) -> Item:
    """Store a new key with its first material and its policy."""
    key_id = key_id or str(uuid.uuid4())
    arn = key_arn(call.partition, call.region, call.account, key_id)
    item = unit.add_item(
        Item(
            account=call.account,
            region=call.region,
            service=SERVICE,
            type=KEY,
            name=key_id,
            arn=arn,
            unique_id=key_id,
            status=ENABLED,
            created=call.now,
            modified=call.now,
            body={
                **ONLY,
                "Description": description,
                "KeyManager": manager,
                "ResourceAliases": [],
                "_materials": [materials.new(call.platform, key_id, call.now)],
            },
        ),
        dict(given or {}),
    )
    key_policies.put(unit, item, policy)
    return item


def metadata(item: Item) -> dict[str, Any]:
    """KeyMetadata, as DescribeKey and CreateKey give it."""
    body = item.body
    made: dict[str, Any] = {
        "AWSAccountId": item.account,
        "KeyId": item.name,
        "Arn": item.arn,
        "CreationDate": item.created,
        "Enabled": item.status == ENABLED,
        "KeyState": item.status,
        "EncryptionAlgorithms": [SYMMETRIC],
        "CurrentKeyMaterialId": materials.current(item)["id"],
        "Description": body["Description"],
        "KeyManager": body["KeyManager"],
        **{name: body[name] for name in ONLY},
    }
    if item.status == PENDING:
        made["DeletionDate"] = deletion(item)
    return made


def create_key(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    if any(given.get(name, only) != only for name, only in ONLY.items()) or given.get("CustomKeyStoreId"):
        raise refuse("unsupported key")
    policy = given.get("Policy") or key_policies.default(call.partition, call.account)
    key_policies.check(call, policy, bypass=bool(given.get("BypassPolicyLockoutSafetyCheck")))
    item = add(
        call,
        unit,
        policy,
        description=given.get("Description") or "",
        given=tags.requested(given.get("Tags")),
    )
    return {"KeyMetadata": metadata(item)}


def describe_key(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"KeyMetadata": metadata(find(call, reader))}


def list_keys(call: Call, reader: Reader) -> Mapping[str, Any]:
    listing = Listing(account=call.account, service=SERVICE, type=KEY, region=call.region)
    items, more = paging.page(call, reader, listing, default=100)
    return {"Keys": [{"KeyId": item.name, "KeyArn": item.arn} for item in items], **more}


def update_key_description(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = changeable(call, unit)
    _change(call, unit, item, Description=call.parameters["Description"])
    return {}


def enable_key(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = changeable(call, unit)
    unit.change_item(msgspec.structs.replace(item, status=ENABLED, modified=call.now))
    return {}


def disable_key(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = changeable(call, unit)
    unit.change_item(msgspec.structs.replace(item, status=DISABLED, modified=call.now))
    return {}


def schedule_key_deletion(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = changeable(call, unit)
    days = int(call.parameters.get("PendingWindowInDays") or WINDOW)
    gone = call.now + timedelta(days=days)
    body = {**item.body, "DeletionDate": gone.timestamp()}
    unit.change_item(msgspec.structs.replace(item, status=PENDING, body=body, modified=call.now))
    return {"KeyId": item.arn, "DeletionDate": gone, "KeyState": PENDING, "PendingWindowInDays": days}


def cancel_key_deletion(call: Call, unit: Unit) -> Mapping[str, Any]:
    """The key stays switched off until somebody switches it on."""
    item = changeable(call, unit, pending=True)
    if item.status != PENDING:
        raise refuse("not pending deletion", arn=item.arn)
    body = {name: value for name, value in item.body.items() if name != "DeletionDate"}
    unit.change_item(msgspec.structs.replace(item, status=DISABLED, body=body, modified=call.now))
    return {"KeyId": item.arn}


def _change(call: Call, unit: Unit, item: Item, **members: Any) -> Item:
    return unit.change_item(msgspec.structs.replace(item, body={**item.body, **members}, modified=call.now))


OPERATIONS: Final = {
    "CreateKey": Operation(create_key, writes=True),
    "DescribeKey": Operation(describe_key, writes=False),
    "ListKeys": Operation(list_keys, writes=False),
    "UpdateKeyDescription": Operation(update_key_description, writes=True),
    "EnableKey": Operation(enable_key, writes=True),
    "DisableKey": Operation(disable_key, writes=True),
    "ScheduleKeyDeletion": Operation(schedule_key_deletion, writes=True),
    "CancelKeyDeletion": Operation(cancel_key_deletion, writes=True),
}
