"""Keys: how they are named, and which of them a request is about."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from rolecall.services.call import Call
from rolecall.services.kms.errors import refuse
from rolecall.store.ports import Reader
from rolecall.store.records import Item

SERVICE: Final = "kms"
KEY: Final = "key"
ALIAS: Final = "alias"
KEY_ID: Final = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
ARN: Final = re.compile(r"arn:[a-z0-9-]+:kms:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):(?P<rest>.+)")

ENABLED: Final = "Enabled"
DISABLED: Final = "Disabled"
PENDING: Final = "PendingDeletion"
BY_AWS: Final = "AWS"


def key_arn(partition: str, region: str, account: str, key_id: str) -> str:
    return f"arn:{partition}:{SERVICE}:{region}:{account}:{KEY}/{key_id}"


def alias_arn(partition: str, region: str, account: str, name: str) -> str:
    return f"arn:{partition}:{SERVICE}:{region}:{account}:{name}"


def living(reader: Reader, now: datetime, arn: str) -> Item | None:
    """The key with this ARN; None when there is none, or its time is over."""
    item = reader.item_by_arn(arn)
    if item is None or (item.service, item.type) != (SERVICE, KEY):
        return None
    gone = deletion(item)
    return None if gone is not None and gone <= now else item


def deletion(item: Item) -> datetime | None:
    """When a key will be gone; None when that is not planned."""
    seconds = item.body.get("DeletionDate")
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def find(call: Call, reader: Reader, member: str = "KeyId") -> Item:
    """The key that a request names; preparation has made an ARN of every other form."""
    arn = str(call.parameters[member])
    item = living(reader, call.now, arn)
    if item is None:
        raise refuse("no such key", arn=arn)
    return item


def usable(item: Item) -> Item:
    """The key, if it may be used; refused when it is switched off or about to go."""
    if item.status == DISABLED:
        raise refuse("disabled", arn=item.arn)
    if item.status == PENDING:
        raise refuse("pending deletion", arn=item.arn)
    return item


def changeable(call: Call, reader: Reader, *, pending: bool = False) -> Item:
    """A key that a customer may change. pending: also when it is about to go."""
    item = find(call, reader)
    if item.body["KeyManager"] == BY_AWS:
        raise refuse("managed by AWS", arn=item.arn)
    if item.status == PENDING and not pending:
        raise refuse("pending deletion", arn=item.arn)
    return item
