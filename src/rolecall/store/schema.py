"""The tables, once for SQLite and PostgreSQL. Migrations make them (migrations/versions); a test holds both equal.

Times are whole microseconds since 1970 (UTC) and JSON is text: both engines then compare, sort and give back the
same values, and nothing is converted on the way. Text sorts by code point on both.

`item`, `link` and `tag` are history: a row is valid from the revision `valid_from` until before `valid_to` (null:
it lives). Only the body, names, status and times of a living item change in place.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Sequence,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

HEAD: Final = "0002"  # the newest migration; openers of a database at this revision need no Alembic

metadata = MetaData()


def _text() -> TypeEngine[str]:
    return String().with_variant(String(collation="C"), "postgresql")


def _serial() -> TypeEngine[int]:
    # SQLite numbers rows by itself only when the column is spelled INTEGER.
    return BigInteger().with_variant(Integer(), "sqlite")


def _word(name: str) -> Column[str]:
    return Column(name, _text(), nullable=False)


def _when(name: str, *, nullable: bool = False) -> Column[int]:
    return Column(name, BigInteger(), nullable=nullable)


# PostgreSQL numbers units of work by a sequence; SQLite has one writer, which counts in `version`.
revision_sequence = Sequence("revision", metadata=metadata)

item = Table(
    "item",
    metadata,
    Column("id", _serial(), primary_key=True),
    _word("account"),
    _word("region"),
    _word("service"),
    _word("type"),
    _word("name"),
    _word("folded_name"),
    Column("folds", SmallInteger(), nullable=False),  # 1: the name is judged without case
    _word("parent"),
    _word("arn"),
    _word("unique_id"),
    _word("path"),
    _word("status"),
    _when("created"),
    _when("modified"),
    _when("next_at", nullable=True),
    Column("body", Text(), nullable=False),
    Column("valid_from", BigInteger(), nullable=False),
    Column("valid_to", BigInteger()),
)

link = Table(
    "link",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("item_id", BigInteger(), ForeignKey("item.id"), nullable=False),
    _word("relation"),
    _word("name"),
    _word("target"),
    _when("created"),
    Column("valid_from", BigInteger(), nullable=False),
    Column("valid_to", BigInteger()),
)

tag = Table(
    "tag",
    metadata,
    Column("id", _serial(), primary_key=True),
    Column("item_id", BigInteger(), ForeignKey("item.id"), nullable=False),
    _word("key"),
    _word("value"),
    Column("position", BigInteger(), nullable=False),  # kept when a value is replaced
    Column("valid_from", BigInteger(), nullable=False),
    Column("valid_to", BigInteger()),
)

document = Table(
    "document",
    metadata,
    Column("digest", _text(), primary_key=True),
    Column("text", Text(), nullable=False),
)

version = Table(
    "version",
    metadata,
    Column("scope", _text(), primary_key=True),
    Column("number", BigInteger(), nullable=False),
)

access_key = Table(
    "access_key",
    metadata,
    Column("access_key_id", _text(), primary_key=True),
    _word("account"),
    Column("item_id", BigInteger(), nullable=False),  # 0: the account's root user, which is no item
    Column("sealed_secret", LargeBinary(), nullable=False),
    _word("status"),
    _when("created"),
    _when("last_used_at", nullable=True),
    Column("last_used_service", _text()),
    Column("last_used_region", _text()),
)

setting = Table(
    "setting",
    metadata,
    Column("key", _text(), primary_key=True),
    Column("value", Text(), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("sequence", _serial(), primary_key=True),
    _word("event_id"),
    _word("request_id"),
    _when("time"),
    _word("account"),
    _word("source"),
    _word("name"),
    _word("principal"),
    _word("error_code"),
    Column("read_only", SmallInteger(), nullable=False),
    Column("event", Text(), nullable=False),
    Column("decisions", Text(), nullable=False),
)

# Lines of text in the order of their time: log streams. Times are milliseconds, as their writers give them.
log_event = Table(
    "log_event",
    metadata,
    Column("sequence", _serial(), primary_key=True),
    Column("stream", BigInteger(), nullable=False),  # the id of the stream's item
    _when("time"),
    _when("ingested"),
    Column("message", Text(), nullable=False),
)
Index("log_event_order", log_event.c.stream, log_event.c.time, log_event.c.sequence)


def live(table: Table, *columns: str, name: str, unique: bool = False) -> Index:
    """An index over the living rows only, so that history costs the present nothing."""
    alive = table.c.valid_to.is_(None)
    return Index(name, *(table.c[c] for c in columns), unique=unique, sqlite_where=alive, postgresql_where=alive)


_KIND: Final = ("account", "service", "type", "region")

# Orders of a listing → the columns it goes through. A status filter puts `status` in front; sorting by status is
# the same index as filtering by status and sorting by name.
ORDERS: Final = {
    "name": ("name", "id"),
    "created": ("created", "id"),
    "modified": ("modified", "id"),
    "status": ("status", "name", "id"),
}


def listing_index(order: str, *, in_parent: bool, by_status: bool) -> str:
    """The index that serves this order of a listing."""
    column = "name" if order == "status" else order
    status = "status_" if by_status or order == "status" else ""
    return f"item_{'child' if in_parent else 'any'}_{status}{column}"


live(item, *_KIND, "parent", "folded_name", name="item_live_name", unique=True)
live(item, "arn", name="item_live_arn", unique=True)
_has_unique_id = item.c.valid_to.is_(None) & (item.c.unique_id != "")
Index(
    "item_live_unique_id",
    item.c.unique_id,
    unique=True,
    sqlite_where=_has_unique_id,
    postgresql_where=_has_unique_id,
)
_moves = item.c.valid_to.is_(None) & item.c.next_at.is_not(None)
Index("item_due", item.c.next_at, item.c.id, sqlite_where=_moves, postgresql_where=_moves)
for _parent in ((), ("parent",)):
    for _status in ((), ("status",)):
        for _order in ("name", "created", "modified"):
            live(
                item,
                *_KIND,
                *_parent,
                *_status,
                _order,
                "id",
                name=listing_index(_order, in_parent=bool(_parent), by_status=bool(_status)),
            )

live(link, "item_id", "relation", "name", name="link_live", unique=True)
live(link, "relation", "target", "id", name="link_live_target")
live(tag, "item_id", "key", name="tag_live", unique=True)
Index("access_key_holder", access_key.c.account, access_key.c.item_id)
Index("audit_request", audit.c.request_id)
Index("audit_event", audit.c.event_id)
Index("audit_time", audit.c.account, audit.c.time, audit.c.sequence)
for _column in ("name", "principal", "source"):
    Index(f"audit_{_column}", audit.c.account, audit.c[_column], audit.c.time, audit.c.sequence)
