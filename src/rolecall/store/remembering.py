"""A reader that remembers what it read for as long as nothing is committed.

What a snapshot answers depends on nothing but what is committed, so an answer holds while the database's own count
of commits (`PRAGMA data_version`, asked inside the snapshot) stays the same. There is no other way to grow stale:
whoever commits, this process or another, everything remembered is dropped at the next snapshot.

Items are shared between those who ask: nobody changes a body in place.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from rolecall.store.reader import SqlReader
from rolecall.store.records import Item, Link, Listing, Page
from rolecall.store.session import Session

T = TypeVar("T")

# How much is remembered: an answer counts one, and one more for each item of a page.
LIMIT: Final = 8192


class Memory:
    """What was read in the snapshots of one version; a connection has one."""

    def __init__(self) -> None:
        self.answers: dict[Hashable, Any] = {}
        self._version: int | None = None
        self._size = 0

    def at(self, version: int) -> None:
        """A snapshot of this version begins."""
        if version != self._version:
            self.clear()
            self._version = version

    def keep(self, key: Hashable, answer: Any, size: int = 1) -> None:
        self._size += size
        if self._size > LIMIT:
            self.clear()
            self._size = size
        self.answers[key] = answer

    def clear(self) -> None:
        self.answers.clear()
        self._size = 0


_NOTHING: Final = object()


class RememberingReader(SqlReader):
    def __init__(self, session: Session, memory: Memory) -> None:
        super().__init__(session)
        self._memory = memory
        self._answers = memory.answers

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        found = self._answers.get(key, _NOTHING)
        if found is _NOTHING:
            found = make()
            self._memory.keep(key, found)
        answer: T = found
        return answer

    def item(
        self, account: str, service: str, type: str, name: str, *, region: str = "", parent: str = ""
    ) -> Item | None:
        key = ("item", account, service, type, name, region, parent)
        found: Item | None = self._answers.get(key, _NOTHING)
        if found is _NOTHING:
            found = super().item(account, service, type, name, region=region, parent=parent)
            self._memory.keep(key, found)
        return found

    def item_by_arn(self, arn: str) -> Item | None:
        key = ("arn", arn)
        found: Item | None = self._answers.get(key, _NOTHING)
        if found is _NOTHING:
            found = super().item_by_arn(arn)
            self._memory.keep(key, found)
        return found

    def item_by_unique_id(self, unique_id: str) -> Item | None:
        return self.kept(("unique id", unique_id), lambda: SqlReader.item_by_unique_id(self, unique_id))

    def item_by_id(self, id: int) -> Item | None:
        return self.kept(("id", id), lambda: SqlReader.item_by_id(self, id))

    def items(self, listing: Listing) -> Page:
        found: Page | None = self._answers.get(listing)
        if found is None:
            found = super().items(listing)
            self._memory.keep(listing, found, 1 + len(found.items))
        return found

    def count(self, account: str, service: str, type: str, *, region: str = "", parent: str | None = "") -> int:
        return self.kept(
            ("count", account, service, type, region, parent),
            lambda: SqlReader.count(self, account, service, type, region=region, parent=parent),
        )

    def links(self, item_id: int, relation: str | None = None) -> tuple[Link, ...]:
        key = ("links", item_id, relation)
        found: tuple[Link, ...] | None = self._answers.get(key)
        if found is None:
            found = super().links(item_id, relation)
            self._memory.keep(key, found)
        return found

    def linked_to(self, relation: str, target: str) -> tuple[Link, ...]:
        return self.kept(("linked to", relation, target), lambda: SqlReader.linked_to(self, relation, target))

    def tags(self, item_id: int) -> dict[str, str]:
        key = ("tags", item_id)
        found: dict[str, str] | None = self._answers.get(key)
        if found is None:
            found = super().tags(item_id)
            self._memory.keep(key, found)
        return dict(found)

    def version(self, scope: str) -> int:
        key = ("version", scope)
        found: int | None = self._answers.get(key)
        if found is None:
            found = super().version(scope)
            self._memory.keep(key, found)
        return found

    def access_key(self, access_key_id: str) -> Mapping[str, Any] | None:
        return self.kept(("access key", access_key_id), lambda: SqlReader.access_key(self, access_key_id))

    def access_keys(self, account: str, item_id: int) -> tuple[Mapping[str, Any], ...]:
        key = ("access keys", account, item_id)
        return self.kept(key, lambda: SqlReader.access_keys(self, account, item_id))

    def setting(self, key: str) -> str | None:
        return self.kept(("setting", key), lambda: SqlReader.setting(self, key))

    def document(self, digest: str) -> str | None:
        return self.kept(("document", digest), lambda: SqlReader.document(self, digest))

    def next_due(self) -> datetime | None:
        return self.kept(("next due",), lambda: SqlReader.next_due(self))
