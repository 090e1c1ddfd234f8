"""Access keys of users and of the account's root: two each, the secret shown once and kept sealed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.access_key_ids import LONG_TERM, new_access_key_id
from rolecall.services.call import Call, Operation
from rolecall.services.iam.entities import second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import ACCESS_KEYS_PER_USER
from rolecall.services.iam.users import named_or_calling
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

ROOT_ITEM: Final = 0
ROOT_NAME: Final = "<root_account>"


def _owner(call: Call, reader: Reader) -> tuple[int, str]:
    """Item id and name of the user that keys are asked for; root has no item."""
    user: Item | None = named_or_calling(call, reader)
    return (ROOT_ITEM, ROOT_NAME) if user is None else (user.id, user.name)


def _named(name: str) -> dict[str, str]:
    """Keys of root carry no user name."""
    return {} if name == ROOT_NAME else {"UserName": name}


def _key(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The key that the request names, if it is the named user's."""
    owner, _ = _owner(call, reader)
    key_id = call.parameters["AccessKeyId"]
    row = reader.access_key(key_id)
    if row is None or (row["account"], row["item_id"]) != (call.account, owner):
        raise fault("no access key", id=key_id)
    return row


def create_access_key(call: Call, unit: Unit) -> Mapping[str, Any]:
    owner, name = _owner(call, unit)
    if len(unit.access_keys(call.account, owner)) >= ACCESS_KEYS_PER_USER:
        raise fault("quota", quota="AccessKeysPerUser", limit=ACCESS_KEYS_PER_USER)
    key_id = new_access_key_id(call.platform, LONG_TERM, call.account)
    secret = call.platform.new_secret()
    now = second(call.now)
    unit.add_access_key(
        {
            "access_key_id": key_id,
            "account": call.account,
            "item_id": owner,
            "sealed_secret": call.platform.seal_secret(key_id, secret),
            "status": "Active",
            "created": now,
        }
    )
    return {
        "AccessKey": {
            **_named(name),
            "AccessKeyId": key_id,
            "Status": "Active",
            "SecretAccessKey": secret,
            "CreateDate": now,
        }
    }


def update_access_key(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.change_access_key(_key(call, unit)["access_key_id"], status=call.parameters["Status"])
    return {}


def delete_access_key(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.remove_access_key(_key(call, unit)["access_key_id"])
    return {}


def list_access_keys(call: Call, reader: Reader) -> Mapping[str, Any]:
    owner, name = _owner(call, reader)
    rows = sorted(reader.access_keys(call.account, owner), key=lambda row: str(row["access_key_id"]))
    found, tail = page(call, rows, lambda row: str(row["access_key_id"]))
    keys = [
        {
            **_named(name),
            "AccessKeyId": row["access_key_id"],
            "Status": row["status"],
            "CreateDate": row["created"],
        }
        for row in found
    ]
    return {"AccessKeyMetadata": keys, **tail}


def get_access_key_last_used(call: Call, reader: Reader) -> Mapping[str, Any]:
    key_id = call.parameters["AccessKeyId"]
    row = reader.access_key(key_id)
    if row is None or row["account"] != call.account:
        raise fault("no key of the caller", caller=call.caller.principal.arn, id=key_id)
    owner = reader.item_by_id(row["item_id"]) if row["item_id"] != ROOT_ITEM else None
    used: dict[str, Any] = {
        "ServiceName": row["last_used_service"] or "N/A",
        "Region": row["last_used_region"] or "N/A",
    }
    if row["last_used_at"] is not None:
        used["LastUsedDate"] = row["last_used_at"]
    return {**({} if owner is None else {"UserName": owner.name}), "AccessKeyLastUsed": used}


OPERATIONS: Final = {
    "CreateAccessKey": Operation(handler=create_access_key, writes=True),
    "UpdateAccessKey": Operation(handler=update_access_key, writes=True),
    "DeleteAccessKey": Operation(handler=delete_access_key, writes=True),
    "ListAccessKeys": Operation(handler=list_access_keys, writes=False),
    "GetAccessKeyLastUsed": Operation(handler=get_access_key_last_used, writes=False),
}
