"""What a unit of work offers. `Reader` is a consistent snapshot; `Unit` adds writes of one transaction.

Implemented in store/unit.py over SQLAlchemy Core for SQLite and PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from rolecall.store.records import AuditRecord, Item, Link, Listing, Page


class Reader(Protocol):
    def item(
        self, account: str, service: str, type: str, name: str, *, region: str = "", parent: str = ""
    ) -> Item | None:
        """The live item with this name (judged by its folded name), or None."""

    def item_by_arn(self, arn: str) -> Item | None: ...

    def item_by_unique_id(self, unique_id: str) -> Item | None: ...

    def item_by_id(self, id: int) -> Item | None: ...

    def items(self, listing: Listing) -> Page: ...

    def count(
        self, account: str, service: str, type: str, *, region: str = "", parent: str | None = ""
    ) -> int: ...

    def links(self, item_id: int, relation: str | None = None) -> tuple[Link, ...]:
        """Live links of an item, by relation, name."""

    def linked_to(self, relation: str, target: str) -> tuple[Link, ...]:
        """Live links that point at a target."""

    def tags(self, item_id: int) -> dict[str, str]:
        """Live tags in the order they were first set."""

    def document(self, digest: str) -> str | None: ...

    def version(self, scope: str) -> int:
        """How often a scope was touched: "account:<id>", "organization", or an ARN. 0: never."""

    def access_key(self, access_key_id: str) -> Mapping[str, Any] | None:
        """Row of an access key: access_key_id, account, item_id (0: root), sealed_secret (bytes), status,
        created, last_used_at, last_used_service, last_used_region."""

    def access_keys(self, account: str, item_id: int) -> tuple[Mapping[str, Any], ...]: ...

    def setting(self, key: str) -> str | None: ...

    def due(self, now: datetime, limit: int = 100) -> tuple[Item, ...]:
        """Items whose next_at has come."""

    def audit_by_request(self, request_id: str) -> AuditRecord | None: ...


class Unit(Reader, Protocol):
    """Every change touches the version of the account it is in (`touch` for more)."""

    revision: int

    def add_item(self, item: Item, tags: Mapping[str, str] | None = None) -> Item:
        """Insert; raises store.errors.NameTaken when a live item has the name or ARN. Gives it back with id."""

    def change_item(self, item: Item) -> Item:
        """Replace body, status, name, path, arn, times of item.id."""

    def remove_item(self, item_id: int) -> None:
        """End the item, its links and tags; its access keys go."""

    def link(self, item_id: int, relation: str, target: str, *, name: str = "") -> Link:
        """Open a link; a live link of the same (item, relation, name) is closed first."""

    def unlink(self, item_id: int, relation: str, *, name: str | None = None, target: str | None = None) -> int:
        """Close live links; says how many."""

    def set_tags(self, item_id: int, tags: Mapping[str, str]) -> None:
        """Add or replace these tags, leave others."""

    def remove_tags(self, item_id: int, keys: Iterable[str]) -> None: ...

    def put_document(self, text: str) -> str:
        """Keep a text; gives its SHA-256 in hex."""

    def touch(self, scope: str) -> None: ...

    def add_access_key(self, row: Mapping[str, Any]) -> None: ...

    def change_access_key(self, access_key_id: str, **changes: Any) -> None: ...

    def remove_access_key(self, access_key_id: str) -> None: ...

    def put_setting(self, key: str, value: str) -> None: ...

    def record(self, record: AuditRecord) -> None:
        """Write an audit record in this transaction."""
