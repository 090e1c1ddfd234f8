"""What can be asked of a snapshot (ports.Reader), by one statement each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from rolecall.store import statements as sql
from rolecall.store.listing import audit_page, items_page
from rolecall.store.log_lines import log_events
from rolecall.store.records import (
    AuditListing,
    AuditPage,
    AuditRecord,
    Item,
    Link,
    Listing,
    LogEvent,
    LogListing,
    Page,
)
from rolecall.store.rows import audit_of, item_of, key_of, link_of, to_datetime, to_micros
from rolecall.store.session import Session, Statement

T = TypeVar("T")


class SqlReader:
    def __init__(self, session: Session) -> None:
        self._session = session

    def item(
        self, account: str, service: str, type: str, name: str, *, region: str = "", parent: str = ""
    ) -> Item | None:
        place = {
            "account": account,
            "service": service,
            "type": type,
            "region": region,
            "parent": parent,
            "folded_name": name,
        }
        row = self._session.first(sql.ITEM_BY_FOLDED_NAME, place)
        if row is None:
            lower = name.lower()
            if lower != name:
                row = self._session.first(sql.ITEM_BY_LOWER_NAME, place | {"folded_name": lower})
        return None if row is None else item_of(row)

    def item_by_arn(self, arn: str) -> Item | None:
        return self._item(sql.ITEM_BY_ARN, {"arn": arn})

    def item_by_unique_id(self, unique_id: str) -> Item | None:
        return self._item(sql.ITEM_BY_UNIQUE_ID, {"unique_id": unique_id})

    def item_by_id(self, id: int) -> Item | None:
        return self._item(sql.ITEM_BY_ID, {"id": id})

    def _item(self, statement: Statement, values: Mapping[str, Any]) -> Item | None:
        row = self._session.first(statement, values)
        return None if row is None else item_of(row)

    def items(self, listing: Listing) -> Page:
        return items_page(self._session, listing)

    def count(self, account: str, service: str, type: str, *, region: str = "", parent: str | None = "") -> int:
        kind: dict[str, Any] = {"account": account, "service": service, "type": type, "region": region}
        if parent is None:
            row = self._session.first(sql.COUNT_ANYWHERE, kind)
        else:
            row = self._session.first(sql.COUNT_IN_PARENT, kind | {"parent": parent})
        return 0 if row is None else int(row[0])

    def census(self, service: str) -> tuple[tuple[str, str, int], ...]:
        return tuple((row[0], row[1], int(row[2])) for row in self._session.all(sql.CENSUS, {"service": service}))

    def links(self, item_id: int, relation: str | None = None) -> tuple[Link, ...]:
        if relation is None:
            rows = self._session.all(sql.LINKS_OF, {"item_id": item_id})
        else:
            rows = self._session.all(sql.LINKS_OF_RELATION, {"item_id": item_id, "relation": relation})
        return tuple(map(link_of, rows))

    def linked_to(self, relation: str, target: str) -> tuple[Link, ...]:
        rows = self._session.all(sql.LINKS_TO, {"relation": relation, "target": target})
        return tuple(map(link_of, rows))

    def tags(self, item_id: int) -> dict[str, str]:
        return {key: value for key, value, _ in self._session.all(sql.TAGS_OF, {"item_id": item_id})}

    def document(self, digest: str) -> str | None:
        row = self._session.first(sql.DOCUMENT, {"digest": digest})
        return None if row is None else str(row[0])

    def version(self, scope: str) -> int:
        row = self._session.first(sql.VERSION, {"scope": scope})
        return 0 if row is None else int(row[0])

    def access_key(self, access_key_id: str) -> Mapping[str, Any] | None:
        row = self._session.first(sql.ACCESS_KEY, {"access_key_id": access_key_id})
        return None if row is None else key_of(row)

    def access_keys(self, account: str, item_id: int) -> tuple[Mapping[str, Any], ...]:
        rows = self._session.all(sql.ACCESS_KEYS_OF, {"account": account, "item_id": item_id})
        return tuple(map(key_of, rows))

    def access_keys_after(self, access_key_id: str, limit: int) -> tuple[Mapping[str, Any], ...]:
        rows = self._session.all(sql.ACCESS_KEYS_AFTER, {"access_key_id": access_key_id, "limit": limit})
        return tuple(map(key_of, rows))

    def setting(self, key: str) -> str | None:
        row = self._session.first(sql.SETTING, {"key": key})
        return None if row is None else str(row[0])

    def next_due(self) -> datetime | None:
        row = self._session.first(sql.NEXT_DUE, {})
        return None if row is None or row[0] is None else to_datetime(row[0])

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Nothing is kept: a unit of work sees its own changes, and a snapshot of PostgreSQL is read once."""
        return make()

    def due(self, now: datetime, limit: int = 100) -> tuple[Item, ...]:
        rows = self._session.all(sql.ITEM_DUE, {"now": to_micros(now), "limit": limit})
        return tuple(map(item_of, rows))

    def log_events(self, listing: LogListing) -> tuple[LogEvent, ...]:
        return log_events(self._session, listing)

    def audit_by_request(self, request_id: str) -> AuditRecord | None:
        row = self._session.first(sql.AUDIT_BY_REQUEST, {"request_id": request_id})
        return None if row is None else audit_of(row)

    def audit(self, listing: AuditListing) -> AuditPage:
        return audit_page(self._session, listing)
