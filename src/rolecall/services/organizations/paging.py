"""Pages of list operations: MaxResults and NextToken in, NextToken out; AWS gives 20 at most."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeVar

import msgspec

from rolecall.services.call import Call
from rolecall.services.organizations.errors import fault
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

T = TypeVar("T")

MOST: Final = 20


def stored(call: Call, reader: Reader, listing: Listing) -> tuple[tuple[Item, ...], Mapping[str, Any]]:
    """A page that the store cuts, and the members that close the answer."""
    limit = call.parameters.get("MaxResults") or MOST
    after = call.parameters.get("NextToken") or None
    try:
        found = reader.items(msgspec.structs.replace(listing, limit=limit, after=after))
    except BadPageToken:
        raise fault("bad token") from None
    return found.items, {} if found.next is None else {"NextToken": found.next}


def page(call: Call, entries: Iterable[T], key: Callable[[T], str]) -> tuple[list[T], Mapping[str, Any]]:
    """A page of entries that come in ascending order of their key, which is what a token remembers."""
    limit = call.parameters.get("MaxResults") or MOST
    after = _opened(call.parameters.get("NextToken"))
    found: list[T] = []
    for entry in entries:
        if after is not None and key(entry) <= after:
            continue
        if len(found) == limit:
            return found, {"NextToken": base64.urlsafe_b64encode(key(found[-1]).encode()).decode()}
        found.append(entry)
    return found, {}


def _opened(token: str | None) -> str | None:
    if not token:
        return None
    try:
        return base64.b64decode(token, altchars=b"-_", validate=True).decode()
    except ValueError:  # not base64, not ASCII, or not UTF-8 inside
        raise fault("bad token") from None
