"""The rule that a unit of work is not asked for inside a read.

In memory the reader holds the one connection that the writer needs, so waiting for the writer would never end; on
disk it would work and keep old snapshots alive. One rule for all, noticed at the first attempt.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rolecall.store.errors import ReadStillOpen

_open_reads: ContextVar[tuple[int, ...]] = ContextVar("open_reads", default=())


@contextmanager
def marked(store: object) -> Iterator[None]:
    _open_reads.set((*_open_reads.get(), id(store)))
    try:
        yield
    finally:
        reads = list(_open_reads.get())
        reads.remove(id(store))
        _open_reads.set(tuple(reads))


def check_no_read(store: object) -> None:
    if id(store) in _open_reads.get():
        raise ReadStillOpen("leave the `with store.read()` block before asking for a unit of work")
