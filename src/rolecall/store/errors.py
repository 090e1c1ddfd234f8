"""What can go wrong in the store.

StoreError
├── NameTaken          a live item has this name, ARN or unique id
├── NotFound           a change of an item or access key that does not live
├── BadPageToken       a page token that this listing did not give
├── Unstorable         text or a value that a database cannot hold
├── ReadStillOpen      a unit of work asked for inside a read
├── StoreBusy          another process holds the database, or a unit lost every race
├── StoreOverloaded    more late records are waiting than memory should hold
├── StoreClosed        the store was closed before the unit was committed
├── StoreFailed        the database failed; nothing of the unit was kept
└── CannotOpen         the database cannot be used: says what to do
    ├── SchemaTooNew   written by a newer rolecall
    └── NotOurDatabase a database of something else
"""

from __future__ import annotations


class StoreError(Exception):
    """Root of the tree."""


class NameTaken(StoreError):
    """`what` is "name", "arn" or "unique_id"; `value` the one that is taken."""

    def __init__(self, what: str, value: str) -> None:
        super().__init__(f"a live item has the {what} {value!r}")
        self.what = what
        self.value = value


class NotFound(StoreError):
    pass


class BadPageToken(StoreError):
    pass


class Unstorable(StoreError):
    pass


class ReadStillOpen(StoreError):
    pass


class StoreBusy(StoreError):
    pass


class StoreOverloaded(StoreError):
    pass


class StoreClosed(StoreError):
    pass


class StoreFailed(StoreError):
    pass


class CannotOpen(StoreError):
    pass


class SchemaTooNew(CannotOpen):
    pass


class NotOurDatabase(CannotOpen):
    pass
