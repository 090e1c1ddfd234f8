"""Pages of list operations: MaxItems and Marker in, IsTruncated and Marker out."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from rolecall.services.call import Call
from rolecall.services.iam.errors import fault
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

T = TypeVar("T")

DEFAULT: Final = 100


def page(call: Call, entries: Iterable[T], key: Callable[[T], str]) -> tuple[list[T], Mapping[str, Any]]:
    """The entries of one page and the members that close the answer.

    `entries` come in ascending order of their key, which is what a marker remembers: entries that appear or vanish
    between two pages shift nothing.
    """
    limit = call.parameters.get("MaxItems") or DEFAULT
    after = _opened(call.parameters.get("Marker"))
    found: list[T] = []
    for entry in entries:
        if after is not None and key(entry) <= after:
            continue
        if len(found) == limit:
            return found, {"IsTruncated": True, "Marker": _sealed(key(found[-1]))}
        found.append(entry)
    return found, {"IsTruncated": False}


def _sealed(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _opened(marker: str | None) -> str | None:
    if not marker:
        return None
    try:
        return base64.b64decode(marker, altchars=b"-_", validate=True).decode()
    except ValueError:  # not base64, not ASCII, or not UTF-8 inside
        raise fault("bad marker") from None


def stored(call: Call, reader: Reader, listing: Listing) -> tuple[tuple[Item, ...], Mapping[str, Any]]:
    """A page that the store cuts: its own token is the marker."""
    limit = call.parameters.get("MaxItems") or DEFAULT
    try:
        found = reader.items(
            msgspec.structs.replace(listing, limit=limit, after=call.parameters.get("Marker") or None)
        )
    except BadPageToken:
        raise fault("bad marker") from None
    if found.next is None:
        return found.items, {"IsTruncated": False}
    return found.items, {"IsTruncated": True, "Marker": found.next}
