"""Everything that a listing gives, for those who need all of it and not one page to answer with."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing


def every(reader: Reader, listing: Listing) -> Iterator[Item]:
    """All items of a listing in its order, page after page as they are needed; its limit is the size of a page."""
    while True:
        found = reader.items(listing)
        yield from found.items
        if found.next is None:
            return
        listing = msgspec.structs.replace(listing, after=found.next)
