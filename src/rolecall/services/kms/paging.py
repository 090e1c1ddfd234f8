"""Pages of list operations: Limit and Marker in, Truncated and NextMarker out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from rolecall.services.call import Call
from rolecall.services.kms.errors import refuse
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing


def page(call: Call, reader: Reader, listing: Listing, *, default: int) -> tuple[tuple[Item, ...], dict[str, Any]]:
    """The items of one page and the members that close the answer."""
    limit = int(call.parameters.get("Limit") or default)
    try:
        found = reader.items(msgspec.structs.replace(listing, limit=limit, after=call.parameters.get("Marker")))
    except BadPageToken:
        raise refuse("bad marker") from None
    return found.items, closing(found.next)


def closing(token: str | None) -> dict[str, Any]:
    return {"Truncated": True, "NextMarker": token} if token else {"Truncated": False}


def whole(answer: Mapping[str, Any]) -> dict[str, Any]:
    """An answer that is never more than a page."""
    return {**answer, "Truncated": False}
