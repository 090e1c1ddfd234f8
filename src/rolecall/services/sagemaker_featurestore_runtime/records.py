"""A record of the online store: the newest values under one identifier, or the mark that it was deleted.

Records lie in the store as items under their feature group's own number, so that a group which is made again under
an old name begins empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services.call import Call
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SERVICE: Final = "sagemaker-featurestore-runtime"
TYPE: Final = "record"
# Longer identifiers are kept under their digest: indexes do not take texts of any length.
LONGEST: Final = 512
LATEST: Final = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp()


class Record(Struct, frozen=True):
    """time: the event time in seconds. expires: when it is gone; None: never. deleted: a soft deletion."""

    identifier: str
    time: str
    values: Mapping[str, str | list[str]]
    expires: str | None = None
    deleted: bool = False

    def newer_than(self, other: Record) -> bool:
        return Decimal(self.time) > Decimal(other.time)

    def gone(self, now: datetime) -> bool:
        return self.expires is not None and Decimal(self.expires) <= Decimal(str(now.timestamp()))

    def expires_at(self) -> str | None:
        """The end of its life as ISO 8601 writes it, which has years up to 9999."""
        if self.expires is None:
            return None
        return datetime.fromtimestamp(min(float(self.expires), LATEST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def features(self, group: Item, wanted: object = None) -> list[dict[str, Any]]:
        """The values in the group's order of features; wanted: only these."""
        names = [str(one["FeatureName"]) for one in group.body["FeatureDefinitions"]]
        chosen = [str(one) for one in wanted] if isinstance(wanted, list | tuple) and wanted else names
        return [_told(name, self.values[name]) for name in names if name in self.values and name in chosen]


def _told(name: str, value: str | list[str]) -> dict[str, Any]:
    member = "ValueAsString" if isinstance(value, str) else "ValueAsStringList"
    return {"FeatureName": name, member: value}


def stored(call: Call, reader: Reader, group: Item, identifier: str) -> tuple[Item, Record] | None:
    """What is held under an identifier; None for nothing, and for what has expired."""
    item = reader.item(group.account, SERVICE, TYPE, key_of(identifier), region=group.region, parent=str(group.id))
    if item is None:
        return None
    record = record_of(item)
    return None if record.gone(call.now) else (item, record)


def record_of(item: Item) -> Record:
    return msgspec.convert(item.body, Record)


def keep(call: Call, unit: Unit, group: Item, record: Record) -> None:
    """Hold this record under its identifier instead of what was there."""
    body = msgspec.to_builtins(record)
    key = key_of(record.identifier)
    before = unit.item(group.account, SERVICE, TYPE, key, region=group.region, parent=str(group.id))
    status = "deleted" if record.deleted else "live"
    if before is not None:
        unit.change_item(msgspec.structs.replace(before, body=body, status=status, modified=call.now))
        return
    unit.add_item(
        Item(
            account=group.account,
            region=group.region,
            service=SERVICE,
            type=TYPE,
            name=key,
            parent=str(group.id),
            arn=f"{group.arn}/{group.id}/{key}",
            status=status,
            created=call.now,
            modified=call.now,
            body=body,
        )
    )


def key_of(identifier: str) -> str:
    if len(identifier) <= LONGEST:
        return identifier
    return "sha256:" + hashlib.sha256(identifier.encode()).hexdigest()
