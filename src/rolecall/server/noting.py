"""What did a judgement look at? A reader that notes every question with its answer.

A judgement depends on the call and on what it read, and on nothing else. So whoever writes need not judge again
when something of the account has moved: it asks the same questions inside its transaction, and the judgement holds
when every answer is the same. What is behind a version (principals and their policies, guardrails) is noted as the
version.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from rolecall.store.ports import Reader
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

# (the method of Reader, its arguments, its keywords) and what it said.
Question = tuple[str, tuple[Any, ...], tuple[tuple[str, Any], ...]]


class NotingReader:
    """Implements store.ports.Reader over another one."""

    def __init__(self, reader: Reader) -> None:
        self.below = reader
        self.notes: dict[Question, Any] = {}

    def _asked(self, method: str, *arguments: Any, **keywords: Any) -> Any:
        question = (method, arguments, tuple(keywords.items()))
        if question in self.notes:
            return self.notes[question]
        answer = self.notes[question] = getattr(self.below, method)(*arguments, **keywords)
        return answer

    def item(
        self, account: str, service: str, type: str, name: str, *, region: str = "", parent: str = ""
    ) -> Item | None:
        found: Item | None = self._asked("item", account, service, type, name, region=region, parent=parent)
        return found

    def item_by_arn(self, arn: str) -> Item | None:
        found: Item | None = self._asked("item_by_arn", arn)
        return found

    def item_by_unique_id(self, unique_id: str) -> Item | None:
        found: Item | None = self._asked("item_by_unique_id", unique_id)
        return found

    def item_by_id(self, id: int) -> Item | None:
        found: Item | None = self._asked("item_by_id", id)
        return found

    def items(self, listing: Listing) -> Page:
        found: Page = self._asked("items", listing)
        return found

    def count(self, account: str, service: str, type: str, *, region: str = "", parent: str | None = "") -> int:
        found: int = self._asked("count", account, service, type, region=region, parent=parent)
        return found

    def census(self, service: str) -> tuple[tuple[str, str, int], ...]:
        found: tuple[tuple[str, str, int], ...] = self._asked("census", service)
        return found

    def links(self, item_id: int, relation: str | None = None) -> tuple[Link, ...]:
        found: tuple[Link, ...] = self._asked("links", item_id, relation)
        return found

    def linked_to(self, relation: str, target: str) -> tuple[Link, ...]:
        found: tuple[Link, ...] = self._asked("linked_to", relation, target)
        return found

    def tags(self, item_id: int) -> dict[str, str]:
        found: dict[str, str] = self._asked("tags", item_id)
        return dict(found)

    def document(self, digest: str) -> str | None:
        return self.below.document(digest)  # a text is what its digest says, always

    def version(self, scope: str) -> int:
        found: int = self._asked("version", scope)
        return found

    def access_key(self, access_key_id: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._asked("access_key", access_key_id)
        return found

    def access_keys(self, account: str, item_id: int) -> tuple[Mapping[str, Any], ...]:
        found: tuple[Mapping[str, Any], ...] = self._asked("access_keys", account, item_id)
        return found

    def access_keys_after(self, access_key_id: str, limit: int) -> tuple[Mapping[str, Any], ...]:
        found: tuple[Mapping[str, Any], ...] = self._asked("access_keys_after", access_key_id, limit)
        return found

    def setting(self, key: str) -> str | None:
        found: str | None = self._asked("setting", key)
        return found

    def next_due(self) -> datetime | None:
        found: datetime | None = self._asked("next_due")
        return found

    def kept(self, key: Hashable, make: Callable[[], T]) -> T:
        """Made here, because what it reads is to be noted."""
        return make()

    def due(self, now: datetime, limit: int = 100) -> tuple[Item, ...]:
        found: tuple[Item, ...] = self._asked("due", now, limit)
        return found

    def log_events(self, listing: LogListing) -> tuple[LogEvent, ...]:
        found: tuple[LogEvent, ...] = self._asked("log_events", listing)
        return found

    def audit_by_request(self, request_id: str) -> AuditRecord | None:
        found: AuditRecord | None = self._asked("audit_by_request", request_id)
        return found

    def audit(self, listing: AuditListing) -> AuditPage:
        found: AuditPage = self._asked("audit", listing)
        return found


def same_answers(notes: Mapping[Question, Any], reader: Reader) -> bool:
    """Whether a reader answers every question as it was answered."""
    return all(
        getattr(reader, method)(*arguments, **dict(keywords)) == answer
        for (method, arguments, keywords), answer in notes.items()
    )
