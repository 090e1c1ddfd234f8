"""Lines of log streams: written in batches, read by time from one index."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import bindparam, delete, insert, select, tuple_

from rolecall.store.records import LogEvent, LogListing
from rolecall.store.schema import log_event
from rolecall.store.session import Session, Statement

COLUMNS: Final = ("stream", "time", "ingested", "message", "sequence")

ALL: Final = 2**62  # later than any line

INSERT: Final = Statement(insert(log_event).values({name: bindparam(name) for name in COLUMNS[:-1]}))
REMOVE: Final = Statement(
    delete(log_event).where(log_event.c.stream == bindparam("stream"), log_event.c.time < bindparam("before"))
)


@cache
def _query(since: bool, until: bool, follows: bool, descending: bool) -> Statement:
    """One statement for a shape of listing."""
    place = (log_event.c.time, log_event.c.sequence)
    query = select(*(log_event.c[name] for name in COLUMNS)).where(log_event.c.stream == bindparam("stream"))
    if since:
        query = query.where(log_event.c.time >= bindparam("since"))
    if until:
        query = query.where(log_event.c.time < bindparam("until"))
    if follows:
        last = tuple_(bindparam("last_time"), bindparam("last_sequence"))
        query = query.where(tuple_(*place) < last if descending else tuple_(*place) > last)
    order = [column.desc() if descending else column.asc() for column in place]
    return Statement(query.order_by(*order).limit(bindparam("limit")))


def log_events(session: Session, listing: LogListing) -> tuple[LogEvent, ...]:
    """Lines as a listing asks for them."""
    values = {"stream": listing.stream, "limit": listing.limit}
    if listing.since is not None:
        values["since"] = listing.since
    if listing.until is not None:
        values["until"] = listing.until
    if listing.after is not None:
        values["last_time"], values["last_sequence"] = listing.after
    query = _query(
        listing.since is not None, listing.until is not None, listing.after is not None, listing.descending
    )
    return tuple(LogEvent(*row) for row in session.all(query, values))


def add(session: Session, event: LogEvent) -> None:
    session.run(INSERT, {name: getattr(event, name) for name in COLUMNS[:-1]})


def remove(session: Session, stream: int, before: int | None) -> None:
    session.run(REMOVE, {"stream": stream, "before": ALL if before is None else before})
