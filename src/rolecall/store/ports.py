"""What a unit of work offers. `Reader` is a consistent snapshot; `Unit` adds writes of one transaction; `Store`
gives both out.

Implemented in reader.py and unit.py over SQLAlchemy Core, and in sqlite.py and postgresql.py.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol, TypeVar

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

T = TypeVar("T")


class Reader(Protocol):
    def item(
        self, account: str, service: str, type: str, name: str, *, region: str = "", parent: str = ""
    ) -> Item | None:
        """The live item with this name, or None. Case counts unless the item was added with a folded name."""

    def item_by_arn(self, arn: str) -> Item | None: ...

    def item_by_unique_id(self, unique_id: str) -> Item | None: ...

    def item_by_id(self, id: int) -> Item | None: ...

    def items(self, listing: Listing) -> Page: ...

    def count(
        self, account: str, service: str, type: str, *, region: str = "", parent: str | None = ""
    ) -> int: ...

    def census(self, service: str) -> tuple[tuple[str, str, int], ...]:
        """How many live items of a service there are, of all accounts, by type and status."""

    def links(self, item_id: int, relation: str | None = None) -> tuple[Link, ...]:
        """Live links of an item, by relation, name."""

    def linked_to(self, relation: str, target: str) -> tuple[Link, ...]:
        """Live links that point at a target, in the order they were opened."""

    def tags(self, item_id: int) -> dict[str, str]:
        """Live tags in the order they were first set."""

    def document(self, digest: str) -> str | None: ...

    def version(self, scope: str) -> int:
        """How often a scope was touched: "account:<id>", "organization", or an ARN. 0: never."""

    def access_key(self, access_key_id: str) -> Mapping[str, Any] | None:
        """Row of an access key: access_key_id, account, item_id (0: root), sealed_secret (bytes), status,
        created, last_used_at, last_used_service, last_used_region."""

    def access_keys_after(self, access_key_id: str, limit: int) -> tuple[Mapping[str, Any], ...]:
        """Keys of all accounts in the order of their ids, from behind the one given ("": the first)."""

    def access_keys(self, account: str, item_id: int) -> tuple[Mapping[str, Any], ...]: ...

    def setting(self, key: str) -> str | None: ...

    def due(self, now: datetime, limit: int = 100) -> tuple[Item, ...]:
        """Items whose next_at has come."""

    def log_events(self, listing: LogListing) -> tuple[LogEvent, ...]:
        """Lines of log streams."""

    def next_due(self) -> datetime | None:
        """When the next item moves on by itself; None: none does."""

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of this snapshot alone, kept under the key while nothing is committed. In a unit of
        work it is made every time."""

    def audit_by_request(self, request_id: str) -> AuditRecord | None:
        """The first record of a request."""

    def audit(self, listing: AuditListing) -> AuditPage: ...


class Unit(Reader, Protocol):
    """Every change touches the version of the account it is in (`touch` for more). A scope moves by one per unit,
    and the unit itself sees it moved. Changes of an item or key that does not live raise store.errors.NotFound."""

    revision: int

    def add_item(self, item: Item, tags: Mapping[str, str] | None = None) -> Item:
        """Insert; raises store.errors.NameTaken when a live item has the name, ARN or unique id (nothing has
        changed then, and the unit may go on). Gives it back with id and as it will be read."""

    def change_item(self, item: Item) -> Item:
        """Replace body, status, name, parent, path, arn, unique id and times of item.id; gives it back as it will
        be read. Raises NameTaken as `add_item` does."""

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

    def change_access_key(self, access_key_id: str, **changes: Any) -> None:
        """Changes of last_used_* alone do not touch the account: nothing decided rests on them."""

    def remove_access_key(self, access_key_id: str) -> None: ...

    def put_setting(self, key: str, value: str) -> None: ...

    def add_log_events(self, events: Iterable[LogEvent]) -> None:
        """Write lines. No version moves: nothing is decided on them."""

    def remove_log_events(self, stream: int, before: int | None = None) -> None:
        """Take away a stream's lines, or those before a time."""

    def record(self, record: AuditRecord) -> None:
        """Write an audit record in this transaction."""

    def clear(self) -> None:
        """Forget everything: items, access keys, settings, the trail. Every version moves on, so that whoever
        remembers something by a version sees that it is over; documents stay, because a text is what its digest
        says."""


class Store(Protocol):
    """An open database. Leave a read before asking for a unit of work (store.errors.ReadStillOpen)."""

    def read(self) -> AbstractContextManager[Reader]:
        """A consistent snapshot. Keep it short, and do not await inside it."""

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run a unit of work in a writer's thread; comes back after the commit. What `work` raises is raised here,
        and nothing of it is kept. `work` may run more than once (PostgreSQL repeats a unit that lost a race), so
        it changes nothing but the unit. Cancelling the caller does not cancel the unit."""

    def write_sync(self, work: Callable[[Unit], T]) -> T: ...

    def record_later(self, record: AuditRecord) -> None:
        """Write an audit record of a read or a denial with a delay of at most LATE_DELAY; lost when the process is
        killed before. Raises store.errors.StoreOverloaded when too many are waiting."""

    def note_key_use(self, access_key_id: str, at: datetime, service: str, region: str) -> None:
        """Remember the last use of an access key, written as late records are."""

    def put_setting_later(self, key: str, value: str) -> None:
        """Put a setting that nothing is decided on, written as late records are; the last of several counts."""

    def on_hint(self, listener: Callable[[str], None]) -> None:
        """Call a function, in a thread of the store's, with scopes that other gateways moved. A hint may be late
        or lost: nothing is decided on what it did not say."""

    def waiting(self) -> tuple[int, int]:
        """How many units of work and how many late records wait to be written."""

    def trouble(self) -> str | None:
        """Why the last attempt to write failed; None when it succeeded."""

    def forget_late(self) -> None:
        """Drop what waits to be written late."""

    def data_version(self) -> int | str:
        """A value for caches: while it stays equal, nothing was committed, by whichever process. Ask for it before
        the read that fills the cache."""

    def close(self) -> None:
        """Finish what is queued, write late records, release the database."""
