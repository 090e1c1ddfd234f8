"""The feature group of a request, and whether values fit its features."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from rolecall.services.call import Call
from rolecall.services.sagemaker_items import found
from rolecall.store.ports import Reader
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

ONLINE: Final = "OnlineStore"
OFFLINE: Final = "OfflineStore"
# 2024-01-31T12:00:00Z, with up to nine digits of a second.
ISO: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z")
FARTHEST: Final = 10**15  # seconds from 1970 that no event time is away: thirty million years
SECONDS: Final = {"Seconds": 1, "Minutes": 60, "Hours": 3600, "Days": 86_400, "Weeks": 604_800}
UPDATABLE: Final = ("Standard_V2", "InMemory")


def refused(message: str) -> AwsError:
    return AwsError("ValidationError", f"Validation Error: {message}", 400)


def not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFound", message, 404)


def named(call: Call, reader: Reader, name: str) -> Item:
    """The feature group of a name or ARN. Operations that change records know no error for a missing one."""
    group = found(call, reader, "feature-group", name)
    if group is None:
        text = f"Feature group {name} not found."
        changing = ("PutRecord", "DeleteRecord", "BatchGetRecord")
        raise refused(text) if call.operation in changing else not_found(text)
    if group.status != "Created":
        raise refused(f"Feature group {name} is {group.status}: records need one that is Created.")
    return group


def online(group: Item) -> bool:
    return bool((group.body.get("OnlineStoreConfig") or {}).get("EnableOnlineStore"))


def storage(group: Item) -> str:
    return str((group.body.get("OnlineStoreConfig") or {}).get("StorageType") or "Standard")


def online_store(group: Item) -> Item:
    """The group, where it has an online store to read from."""
    if not online(group):
        raise refused(f"Feature group {group.name} has no online store.")
    return group


def stores(group: Item, wanted: object) -> frozenset[str]:
    """Where a record goes: the named stores, or all that the group has; refused where it lacks one."""
    held = {ONLINE} if online(group) else set()
    if group.body.get("OfflineStoreConfig"):
        held.add(OFFLINE)
    named_stores = {str(one) for one in wanted} if isinstance(wanted, list | tuple) else set()
    missing = named_stores - held
    if missing:
        raise refused(f"Feature group {group.name} has no {min(missing)}.")
    return frozenset(named_stores or held)


def checked(group: Item, record: Sequence[Mapping[str, Any]]) -> dict[str, str | list[str]]:
    """The values of a record by feature, each known to the group, of its type and given once."""
    features = {str(one["FeatureName"]): one for one in group.body["FeatureDefinitions"]}
    values: dict[str, str | list[str]] = {}
    for one in record:
        name = str(one["FeatureName"])
        if name not in features:
            raise refused(f"Feature {name} is not defined in feature group {group.name}.")
        if name in values:
            raise refused(f"Feature {name} is given more than once.")
        values[name] = _value(features[name], one)
    return values


def _value(feature: Mapping[str, Any], given: Mapping[str, Any]) -> str | list[str]:
    name, kind = feature["FeatureName"], feature["FeatureType"]
    text, texts = given.get("ValueAsString"), given.get("ValueAsStringList")
    if (text is None) == (texts is None):
        raise refused(f"Feature {name} needs either ValueAsString or ValueAsStringList.")
    if (texts is not None) != bool(feature.get("CollectionType")):
        raise refused(f"Feature {name} is {'no' if texts is not None else 'a'} collection.")
    for value in [text] if texts is None else texts:
        if not _fits(str(value), str(kind)):
            raise refused(f"The value of feature {name} is not of type {kind}.")
    return str(text) if texts is None else [str(value) for value in texts]


def _fits(value: str, kind: str) -> bool:
    if kind == "String":
        return True
    try:
        number = Decimal(value)
    except InvalidOperation:
        return False
    return number.is_finite() and (kind == "Fractional" or number == number.to_integral_value())


def event_time(group: Item, value: object) -> Decimal:
    """An event time in seconds since 1970: a number, or an instant as ISO 8601 writes it."""
    name = group.body["EventTimeFeatureName"]
    kind = next(one["FeatureType"] for one in group.body["FeatureDefinitions"] if one["FeatureName"] == name)
    text = str(value)
    if kind != "String":
        if not _fits(text, "Fractional") or abs(Decimal(text)) >= FARTHEST:
            raise refused(f"The event time {text!r} is no number of seconds.")
        return Decimal(text)
    found_time = ISO.fullmatch(text)
    try:
        if found_time is None:
            raise ValueError(text)
        whole = datetime.strptime(found_time[1], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)
    except ValueError:
        raise refused(
            f"The event time {text!r} is not of the form yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ."
        ) from None
    return Decimal(math.floor(whole.timestamp())) + Decimal(found_time[2] or 0)


def lifetime(group: Item, *durations: object) -> int | None:
    """Seconds that a record lives after its time: the first duration given or the group's; None: for ever."""
    of_group = (group.body.get("OnlineStoreConfig") or {}).get("TtlDuration")
    for one in (*durations, of_group):
        if isinstance(one, Mapping) and one.get("Unit") and one.get("Value"):
            return SECONDS[str(one["Unit"])] * int(one["Value"])
    return None
