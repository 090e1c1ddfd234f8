"""PutRecord, UpdateRecord, DeleteRecord, BatchWriteRecord.

A record with a later event time takes the place of the one that is held; one with the same or an earlier time is
history, which belongs to the offline store alone. A deletion follows the same rule, and leaves a mark (soft) or
nothing (hard).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_featurestore_runtime import groups
from rolecall.services.sagemaker_featurestore_runtime.groups import ONLINE, refused
from rolecall.services.sagemaker_featurestore_runtime.records import Record, keep, stored
from rolecall.store.ports import Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError


def put(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    group = groups.named(call, unit, str(given["FeatureGroupName"]))
    _put(call, unit, group, given["Record"], given.get("TargetStores"), given.get("TtlDuration"))
    return {}


def _put(
    call: Call,
    unit: Unit,
    group: Item,
    record: Sequence[Mapping[str, Any]],
    targets: object,
    *durations: object,
) -> None:
    values = groups.checked(group, record)
    identifier = _needed(group, values, "RecordIdentifierFeatureName")
    when = groups.event_time(group, _needed(group, values, "EventTimeFeatureName"))
    if ONLINE not in groups.stores(group, targets):
        return
    made = Record(identifier, str(when), values, _expiry(when, groups.lifetime(group, *durations)))
    held = stored(call, unit, group, identifier)
    if held is None or made.newer_than(held[1]):
        keep(call, unit, group, made)


def _needed(group: Item, values: Mapping[str, str | list[str]], member: str) -> str:
    name = str(group.body[member])
    value = values.get(name)
    if not isinstance(value, str) or not value:
        raise refused(f"The record has no value for {name}, the {member} of feature group {group.name}.")
    return value


def _expiry(when: Decimal, lifetime: int | None) -> str | None:
    return None if lifetime is None else str(when + lifetime)


def batch_write(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Each entry by itself: what is wrong with one is told beside what became of the others."""
    errors: list[dict[str, Any]] = []
    for entry in call.parameters["Entries"]:
        try:
            group = groups.named(call, unit, str(entry["FeatureGroupName"]))
            durations = (entry.get("TtlDuration"), call.parameters.get("TtlDuration"))
            _put(call, unit, group, entry["Record"], entry.get("TargetStores"), *durations)
        except AwsError as error:
            errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": error.message})
    return {"Errors": errors, "UnprocessedEntries": []}


def update(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    group = groups.online_store(groups.named(call, unit, str(given["FeatureGroupName"])))
    if groups.storage(group) not in groups.UPDATABLE:
        kinds = " and ".join(groups.UPDATABLE)
        raise refused(f"UpdateRecord needs an online store of type {kinds}; {group.name} has Standard.")
    identifier = str(given["RecordIdentifierValueAsString"])
    new = groups.checked(group, given["Features"])
    key = str(group.body["RecordIdentifierFeatureName"])
    if new.get(key, identifier) != identifier:
        raise refused(f"The value of {key} cannot be changed.")
    if ONLINE not in groups.stores(group, given.get("TargetStores")):
        return {}
    held = stored(call, unit, group, identifier)
    if held is None or held[1].deleted:
        raise groups.not_found(f"Feature group {group.name} has no record {identifier}.")
    before = held[1]
    time_feature = str(group.body["EventTimeFeatureName"])
    time, expires = before.time, before.expires
    if time_feature in new:
        when = groups.event_time(group, new[time_feature])
        if when < Decimal(before.time):
            text = f"The event time is older than that of record {identifier}."
            raise AwsError("ConflictException", text, 409)
        if before.expires is not None:
            expires = str(Decimal(before.expires) - Decimal(before.time) + when)
        time = str(when)
        if given.get("TtlDuration"):
            expires = _expiry(when, groups.lifetime(group, given["TtlDuration"]))
    elif given.get("TtlDuration"):
        raise refused(f"TtlDuration needs a value for {time_feature}.")
    keep(call, unit, group, Record(identifier, time, {**before.values, **new}, expires))
    return {}


def delete(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    group = groups.named(call, unit, str(given["FeatureGroupName"]))
    identifier = str(given["RecordIdentifierValueAsString"])
    when = groups.event_time(group, given["EventTime"])
    if ONLINE not in groups.stores(group, given.get("TargetStores")):
        return {}
    held = stored(call, unit, group, identifier)
    hard = given.get("DeletionMode") == "HardDelete"
    mark = Record(identifier, str(when), {}, deleted=True)
    if held is not None and not mark.newer_than(held[1]):
        if hard:
            raise refused(f"The event time is not later than that of record {identifier}.")
        return {}
    if hard:
        if held is not None:
            unit.remove_item(held[0].id)
    elif held is not None:
        keep(call, unit, group, msgspec.structs.replace(mark, expires=held[1].expires))
    return {}


OPERATIONS: Final[Mapping[str, Operation]] = {
    "PutRecord": Operation(put, writes=True),
    "BatchWriteRecord": Operation(batch_write, writes=True),
    "UpdateRecord": Operation(update, writes=True),
    "DeleteRecord": Operation(delete, writes=True),
}
