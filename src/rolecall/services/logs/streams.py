"""Log streams and what is written to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.logs import groups
from rolecall.services.logs.errors import refuse
from rolecall.services.logs.groups import SERVICE, STREAM, millis
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing, LogEvent

# PutLogEvents, API Reference: constraints of a batch.
MOST_BYTES: Final = 1_048_576
OVERHEAD: Final = 26  # what an event counts beside its message
DAY: Final = 24 * 60 * 60 * 1000
TOO_NEW: Final = 2 * 60 * 60 * 1000
TOO_OLD: Final = 14 * DAY
SEQUENCE: Final = "49590302938177128364412637541837401280913384637839097858"  # opaque, and never looked at


def find(call: Call, reader: Reader, group: Item) -> Item:
    """The stream that a request names."""
    name = str(call.parameters["logStreamName"])
    item = reader.item(group.account, SERVICE, STREAM, name, region=group.region, parent=group.name)
    if item is None:
        raise refuse("no such stream")
    return item


def create_log_stream(call: Call, unit: Unit) -> Mapping[str, Any]:
    group = groups.find(call, unit)
    name = str(call.parameters["logStreamName"])
    if ":" in name or "*" in name:
        raise refuse("stream name")
    if unit.item(group.account, SERVICE, STREAM, name, region=group.region, parent=group.name) is not None:
        raise refuse("stream taken")
    unit.add_item(
        Item(
            account=group.account,
            region=group.region,
            service=SERVICE,
            type=STREAM,
            name=name,
            parent=group.name,
            arn=f"{group.arn}:{STREAM}:{name}",
            created=call.now,
            modified=call.now,
            body={},
        )
    )
    return {}


def delete_log_stream(call: Call, unit: Unit) -> Mapping[str, Any]:
    stream = find(call, unit, groups.find(call, unit))
    unit.remove_log_events(stream.id)
    unit.remove_item(stream.id)
    return {}


def put_log_events(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Events that are too old or too new are left out and told; the others of the batch are kept."""
    group = groups.find(call, unit)
    stream = find(call, unit, group)
    events = call.parameters["logEvents"]
    _check_batch(events)
    now = millis(call.now)
    days = group.body["retentionInDays"]
    expired = 0 if days is None else now - days * DAY
    accepted: list[LogEvent] = []
    rejected: dict[str, int] = {}
    for number, event in enumerate(events):
        time = int(event["timestamp"])
        if time > now + TOO_NEW:
            rejected.setdefault("tooNewLogEventStartIndex", number)
        elif time < now - TOO_OLD:
            rejected["tooOldLogEventEndIndex"] = number + 1
        elif time < expired:
            rejected["expiredLogEventEndIndex"] = number + 1
        else:
            accepted.append(LogEvent(stream=stream.id, time=time, ingested=now, message=str(event["message"])))
    unit.add_log_events(accepted)
    if accepted:
        _note(call, unit, stream, accepted, now)
    answer: dict[str, Any] = {"nextSequenceToken": SEQUENCE}
    return answer | ({"rejectedLogEventsInfo": rejected} if rejected else {})


def describe_log_streams(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    group = groups.find(call, reader)
    prefix = given.get("logStreamNamePrefix")
    by_time = given.get("orderBy") == "LastEventTime"
    if by_time and prefix:
        raise refuse("prefix with time")
    listing = Listing(
        account=group.account,
        service=SERVICE,
        type=STREAM,
        region=group.region,
        parent=group.name,
        name_contains=prefix,
        sort="modified" if by_time else "name",
        descending=bool(given.get("descending")),
    )
    items, more = groups.page(call, reader, listing, lambda name: name.startswith(prefix or ""))
    return {"logStreams": [_shown(item) for item in items], **more}


def _check_batch(events: Any) -> None:
    size, last = 0, None
    for event in events:
        own = len(str(event["message"]).encode()) + OVERHEAD
        if own > MOST_BYTES:
            raise refuse("event too large", size=own, limit=MOST_BYTES)
        size += own
        if last is not None and event["timestamp"] < last:
            raise refuse("order")
        last = event["timestamp"]
    if size > MOST_BYTES:
        raise refuse("too large", size=size, limit=MOST_BYTES)
    if events and events[-1]["timestamp"] - events[0]["timestamp"] > DAY:
        raise refuse("span")


def _note(call: Call, unit: Unit, stream: Item, accepted: list[LogEvent], now: int) -> None:
    """Keep what a listing shows of a stream. Its time of change is that of its last event: lists order by it."""
    first = min(accepted[0].time, stream.body.get("firstEventTimestamp", accepted[0].time))
    last = max(accepted[-1].time, stream.body.get("lastEventTimestamp", 0))
    body = {
        **stream.body,
        "firstEventTimestamp": first,
        "lastEventTimestamp": last,
        "lastIngestionTime": now,
    }
    modified = call.now + timedelta(milliseconds=last - millis(call.now))
    unit.change_item(msgspec.structs.replace(stream, body=body, modified=modified))


def _shown(item: Item) -> dict[str, Any]:
    return {
        "logStreamName": item.name,
        "creationTime": millis(item.created),
        "arn": item.arn,
        "uploadSequenceToken": SEQUENCE,
        "storedBytes": 0,
        **item.body,
    }


OPERATIONS: Final = {
    "CreateLogStream": Operation(create_log_stream, writes=True),
    "DeleteLogStream": Operation(delete_log_stream, writes=True),
    "DescribeLogStreams": Operation(describe_log_streams, writes=False),
    "PutLogEvents": Operation(put_log_events, writes=True),
}
