"""Reading events: one stream page by page in either direction, or a whole group through a filter.

A token of GetLogEvents is a place between two events, so it stays good while events arrive. At the end of a stream
the answer gives back the token that was sent: that is how clients know that they are through.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.logs import groups, streams
from rolecall.services.logs.errors import refuse
from rolecall.services.logs.filter_patterns import compiled
from rolecall.services.logs.groups import SERVICE, STREAM
from rolecall.store.ports import Reader
from rolecall.store.records import Item, LogEvent, LogListing

MOST: Final = 10_000  # events of a page
MOST_BYTES: Final = 1_048_576
TOKEN: Final = re.compile(r"([fb])/(\d{28})(\d{28})/s")
BEGINNING: Final = (0, 0)
END: Final = (10**28 - 1, 10**28 - 1)
BATCH: Final = 500

Place = tuple[int, int]  # (time, sequence) of an event


def get_log_events(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    stream = streams.find(call, reader, groups.find(call, reader))
    forward, place = _position(given.get("nextToken"), bool(given.get("startFromHead")))
    limit = int(given.get("limit") or MOST)
    listing = LogListing(
        stream=stream.id,
        since=given.get("startTime"),
        until=given.get("endTime"),
        after=_bounded(place),
        descending=not forward,
        limit=limit,
    )
    found = _page(reader.log_events(listing))
    if not forward:
        found.reverse()
    first, last = (_place(found[0]), _place(found[-1])) if found else (place or END, place or END)
    return {
        "events": [_event(event) for event in found],
        "nextForwardToken": _token("f", last),
        "nextBackwardToken": _token("b", first),
    }


def filter_log_events(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Events of all chosen streams together, in the order of their time."""
    given = call.parameters
    if given.get("logStreamNames") and given.get("logStreamNamePrefix"):
        raise refuse("names and prefix")
    since, until = given.get("startTime"), given.get("endTime")
    if since is not None and until is not None and until < since:
        raise refuse("bad times")
    group = groups.find(call, reader)
    fits = compiled(given.get("filterPattern") or "")
    limit = int(given.get("limit") or MOST)
    token = given.get("nextToken")
    after = _opened(token, "f") if token else None
    chosen = {stream.id: stream for stream in _chosen(call, reader, group)}
    # endTime counts in here; GetLogEvents leaves it out.
    last = None if until is None else int(until) + 1
    lines = heapq.merge(*(_lines(reader, stream, since, last, after) for stream in chosen), key=_place)
    found: list[LogEvent] = []
    for line in lines:
        if not fits(line.message):
            continue
        if len(found) == limit:
            return _filtered(found, chosen) | {"nextToken": _token("f", _place(found[-1]))}
        found.append(line)
    return _filtered(found, chosen)


def _chosen(call: Call, reader: Reader, group: Item) -> Iterator[Item]:
    names, prefix = call.parameters.get("logStreamNames"), call.parameters.get("logStreamNamePrefix")
    if not names:
        yield from (stream for stream in groups.streams(reader, group) if stream.name.startswith(prefix or ""))
        return
    for name in names:
        stream = reader.item(group.account, SERVICE, STREAM, str(name), region=group.region, parent=group.name)
        if stream is None:
            raise refuse("no such stream")
        yield stream


def _lines(
    reader: Reader, stream: int, since: int | None, until: int | None, after: Place | None
) -> Iterator[LogEvent]:
    """The lines of one stream, read as they are needed."""
    while True:
        page = reader.log_events(
            LogListing(stream=stream, since=since, until=until, after=_bounded(after), limit=BATCH)
        )
        yield from page
        if len(page) < BATCH:
            return
        after = _place(page[-1])


def _filtered(found: list[LogEvent], chosen: Mapping[int, Item]) -> dict[str, Any]:
    events = [
        {
            **_event(event),
            "logStreamName": chosen[event.stream].name,
            "eventId": f"{event.time:028}{event.sequence:028}",
        }
        for event in found
    ]
    return {"events": events, "searchedLogStreams": []}


def _page(events: tuple[LogEvent, ...]) -> list[LogEvent]:
    """As many events as an answer holds."""
    size = 0
    kept: list[LogEvent] = []
    for event in events:
        size += len(event.message.encode()) + streams.OVERHEAD
        if kept and size > MOST_BYTES:
            break
        kept.append(event)
    return kept


def _event(event: LogEvent) -> dict[str, Any]:
    return {"timestamp": event.time, "message": event.message, "ingestionTime": event.ingested}


def _place(event: LogEvent) -> Place:
    return event.time, event.sequence


def _position(token: str | None, from_head: bool) -> tuple[bool, Place | None]:
    """The direction of a page and the place that it begins beyond."""
    if token is None:
        return from_head, None
    match = TOKEN.fullmatch(token)
    if match is None:
        raise refuse("bad token")
    return match[1] == "f", (int(match[2]), int(match[3]))


def _opened(token: str, direction: str) -> Place:
    match = TOKEN.fullmatch(token)
    if match is None or match[1] != direction:
        raise refuse("bad token")
    return int(match[2]), int(match[3])


def _token(direction: str, place: Place) -> str:
    return f"{direction}/{place[0]:028}{place[1]:028}/s"


def _bounded(place: Place | None) -> Place | None:
    """A place in numbers that every database has."""
    return None if place is None else (min(place[0], 2**62), min(place[1], 2**62))


OPERATIONS: Final = {
    "FilterLogEvents": Operation(filter_log_events, writes=False),
    "GetLogEvents": Operation(get_log_events, writes=False),
}
