"""Pages of items and of the audit trail: keyset pagination, each order served from an index of its own.

A page goes on after the last row of the one before, by the values of that row, so it costs the same wherever it
is and however many items there are. Equality filters and the range of the sort column are index conditions.
What is left (`name_contains`, `path_prefix`, a time range of another column than the sort's) is tested on the rows
the index gives, until the page is full.

A token holds the last row's values and a fingerprint of the listing: it goes on only with the same filters.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from functools import cache
from typing import Any, Final

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, tuple_

from rolecall.store.errors import BadPageToken
from rolecall.store.records import AuditListing, AuditPage, Listing, Page
from rolecall.store.rows import AUDIT_COLUMNS, ITEM_COLUMNS, audit_of, item_of, to_micros
from rolecall.store.schema import ORDERS, audit, item, listing_index
from rolecall.store.session import Row, Session, Statement
from rolecall.store.statements import KIND, alive, columns, same

# Filters of a listing: field → the condition it adds.
_FILTERS: Final[dict[str, ColumnElement[bool]]] = {
    "parent": item.c.parent == bindparam("parent"),
    "status": item.c.status == bindparam("status"),
    "name_contains": func.replace(func.lower(item.c.name), bindparam("name_contains"), literal_column("''"))
    != func.lower(item.c.name),
    "name_from": item.c.name >= bindparam("name_from"),
    "name_until": item.c.name < bindparam("name_until"),
    "path_prefix": func.substr(item.c.path, literal_column("1"), func.length(bindparam("path_prefix")))
    == bindparam("path_prefix"),
    "created_after": item.c.created > bindparam("created_after"),
    "created_before": item.c.created < bindparam("created_before"),
    "modified_after": item.c.modified > bindparam("modified_after"),
    "modified_before": item.c.modified < bindparam("modified_before"),
}


@cache
def _statement(order: str, descending: bool, follows: bool, filters: frozenset[str]) -> Statement:
    """The SQL of one shape of listing (there are few in use)."""
    by = [item.c[name] for name in ORDERS[order]]
    query = select(*columns(item, ITEM_COLUMNS)).where(alive(item), *same(item, *KIND))
    query = query.where(*(_FILTERS[name] for name in sorted(filters)))
    if follows:
        last = tuple_(*(bindparam(f"last_{column.name}") for column in by))
        query = query.where(tuple_(*by) < last if descending else tuple_(*by) > last)
    query = query.order_by(*(column.desc() if descending else column for column in by))
    index = listing_index(order, in_parent="parent" in filters, by_status="status" in filters)
    return Statement(query.limit(bindparam("limit")), sqlite_index=index)


def items_page(session: Session, listing: Listing) -> Page:
    order = listing.sort
    if order not in ORDERS:
        raise ValueError(f"no order {order!r}; there are {', '.join(ORDERS)}")
    if order == "status" and listing.status is not None:
        order = "name"  # among items of one status only their names are left to order
    columns_of_order = ORDERS[order]
    if listing.limit < 1:
        raise ValueError("a page has at least one item")
    values: dict[str, Any] = {name: getattr(listing, name) for name in KIND}
    filters = set()
    for name in _FILTERS:
        wanted = getattr(listing, name)
        if wanted is not None and not (wanted == "" and name in ("name_contains", "path_prefix")):
            filters.add(name)
            values[name] = to_micros(wanted) if name.endswith(("_after", "_before")) else wanted
    if "name_contains" in filters:
        values["name_contains"] = values["name_contains"].lower()
    fingerprint = _fingerprint((listing.sort, listing.descending, sorted(values.items())))
    if listing.after is not None:
        last = _last_row(listing.after, fingerprint, len(columns_of_order))
        values |= {f"last_{name}": value for name, value in zip(columns_of_order, last, strict=True)}
    values["limit"] = listing.limit + 1
    statement = _statement(order, listing.descending, listing.after is not None, frozenset(filters))
    rows = session.all(statement, values)
    items = tuple(map(item_of, rows[: listing.limit]))
    if len(rows) <= listing.limit:
        return Page(items)
    positions = [ITEM_COLUMNS.index(name) for name in columns_of_order]
    return Page(items, _token(fingerprint, [rows[listing.limit - 1][position] for position in positions]))


_AUDIT_FILTERS: Final[dict[str, ColumnElement[bool]]] = {
    "event_id": audit.c.event_id == bindparam("event_id"),
    "name": audit.c.name == bindparam("name"),
    "principal": audit.c.principal == bindparam("principal"),
    "principal_prefix": func.substr(
        audit.c.principal, literal_column("1"), func.length(bindparam("principal_prefix"))
    )
    == bindparam("principal_prefix"),
    "source": audit.c.source == bindparam("source"),
    "read_only": audit.c.read_only == bindparam("read_only"),
    "since": audit.c.time >= bindparam("since"),
    "until": audit.c.time <= bindparam("until"),
}


@cache
def _audit_statement(follows: bool, filters: frozenset[str]) -> Statement:
    query = select(*columns(audit, AUDIT_COLUMNS), audit.c.sequence).where(*same(audit, "account"))
    query = query.where(*(_AUDIT_FILTERS[name] for name in sorted(filters)))
    if follows:
        last = tuple_(bindparam("last_time"), bindparam("last_sequence"))
        query = query.where(tuple_(audit.c.time, audit.c.sequence) < last)
    return Statement(query.order_by(audit.c.time.desc(), audit.c.sequence.desc()).limit(bindparam("limit")))


def audit_page(session: Session, listing: AuditListing) -> AuditPage:
    if listing.limit < 1:
        raise ValueError("a page has at least one record")
    values: dict[str, Any] = {"account": listing.account}
    for name in _AUDIT_FILTERS:
        wanted = getattr(listing, name)
        if wanted is not None:
            values[name] = to_micros(wanted) if name in ("since", "until") else wanted
    if "read_only" in values:
        values["read_only"] = int(values["read_only"])
    filters = frozenset(values) - {"account"}
    fingerprint = _fingerprint(("audit", sorted(values.items())))
    if listing.after is not None:
        values["last_time"], values["last_sequence"] = _last_row(listing.after, fingerprint, 2)
    values["limit"] = listing.limit + 1
    rows = session.all(_audit_statement(listing.after is not None, filters), values)
    records = tuple(audit_of(row) for row in rows[: listing.limit])
    if len(rows) <= listing.limit:
        return AuditPage(records)
    time, sequence = AUDIT_COLUMNS.index("time"), len(AUDIT_COLUMNS)
    end = rows[listing.limit - 1]
    return AuditPage(records, _token(fingerprint, [end[time], end[sequence]]))


def _fingerprint(listing: object) -> bytes:
    return hashlib.blake2b(repr(listing).encode("utf-8", "surrogatepass"), digest_size=6).digest()


def _token(fingerprint: bytes, last: list[object]) -> str:
    return base64.urlsafe_b64encode(fingerprint + msgspec.msgpack.encode(last)).decode().rstrip("=")


def _last_row(token: str, fingerprint: bytes, width: int) -> Row:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        last: list[str | int] = msgspec.msgpack.decode(raw[len(fingerprint) :], type=list[str | int])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise BadPageToken("not a page token") from None
    if raw[: len(fingerprint)] != fingerprint or len(last) != width:
        raise BadPageToken("the page token belongs to another listing")
    return tuple(last)
