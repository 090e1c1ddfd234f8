"""The embedded store: SQLite in a file (WAL, synchronous=FULL) or in memory, with one writer thread.

In a file, readers have connections of their own and see the last commit while the writer goes on. In memory there
is one connection, which a reader or a batch of the writer has to itself.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from rolecall.store.errors import CannotOpen, NotOurDatabase, StoreClosed
from rolecall.store.migrating import migrate_sqlite
from rolecall.store.ports import Reader, Unit
from rolecall.store.reader import SqlReader
from rolecall.store.reading import check_no_read, marked
from rolecall.store.records import AuditRecord
from rolecall.store.remembering import Memory, RememberingReader
from rolecall.store.session import SqliteSession
from rolecall.store.writer import Writer, WritingDatabase

T = TypeVar("T")
BUSY_MILLISECONDS = 10_000


class SqliteDatabase(WritingDatabase, Protocol):
    def reading(self) -> AbstractContextManager[SqlReader]: ...

    def data_version(self) -> int: ...

    def close(self) -> None: ...


class FileDatabase:
    def __init__(self, path: Path) -> None:
        self._path = path
        _make_private(path)
        try:
            self._writing = self._connect()
            self._writing.execute("PRAGMA journal_mode=WAL")
            migrate_sqlite(self._writing)
        except sqlite3.DatabaseError as error:
            raise _not_usable(path, error) from error
        self._idle: list[tuple[sqlite3.Connection, Memory]] = []
        self._watching = self._connect()
        self._watch_lock = threading.Lock()
        self._closed = False

    def _connect(self) -> sqlite3.Connection:
        # Connections are lent, never used by two threads at a time.
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, cached_statements=256
        )
        for pragma in (
            f"busy_timeout={BUSY_MILLISECONDS}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            connection.execute(f"PRAGMA {pragma}")
        return connection

    def acquire(self) -> sqlite3.Connection:
        return self._writing

    def release(self, *, committed: bool) -> None:
        pass

    @contextmanager
    def reading(self) -> Iterator[SqlReader]:
        if self._closed:
            raise StoreClosed("the store is closed")
        try:
            connection, memory = self._idle.pop()
        except IndexError:
            connection, memory = self._connect(), Memory()
            connection.execute("PRAGMA query_only=ON")
        connection.execute("BEGIN")
        try:
            # The first statement takes the snapshot; the number is this connection's own.
            memory.at(connection.execute("PRAGMA data_version").fetchone()[0])
            yield RememberingReader(SqliteSession(connection), memory)
        finally:
            connection.execute("COMMIT")
            if self._closed:
                connection.close()
            else:
                self._idle.append((connection, memory))

    def data_version(self) -> int:
        # The pragma's number means something on its own connection only, so one connection is kept for it.
        with self._watch_lock:
            return int(self._watching.execute("PRAGMA data_version").fetchone()[0])

    def close(self) -> None:
        self._closed = True
        while self._idle:
            self._idle.pop()[0].close()
        self._watching.close()
        self._writing.close()


class MemoryDatabase:
    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._commits = 0
        self._connection = sqlite3.connect(
            ":memory:", isolation_level=None, check_same_thread=False, cached_statements=256
        )
        self._connection.execute("PRAGMA foreign_keys=ON")
        migrate_sqlite(self._connection)
        self._closed = False
        self._memory = Memory()

    def acquire(self) -> sqlite3.Connection:
        self._lock.acquire()
        return self._connection

    def release(self, *, committed: bool) -> None:
        self._commits += committed
        self._lock.release()

    @contextmanager
    def reading(self) -> Iterator[SqlReader]:
        with self._lock:
            if self._closed:
                raise StoreClosed("the store is closed")
            self._memory.at(self._commits)
            yield RememberingReader(SqliteSession(self._connection), self._memory)

    def data_version(self) -> int:
        return self._commits

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._connection.close()


class SqliteStore:
    """ports.Store over a database of either kind."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database
        self._writer = Writer(database)

    @contextmanager
    def read(self) -> Iterator[Reader]:
        with marked(self), self._database.reading() as reader:
            yield reader

    async def write(self, work: Callable[[Unit], T]) -> T:
        check_no_read(self)
        value: T = await self._writer.submit_async(work)
        return value

    def write_sync(self, work: Callable[[Unit], T]) -> T:
        check_no_read(self)
        value: T = self._writer.submit(work).result()
        return value

    def record_later(self, record: AuditRecord) -> None:
        self._writer.wake(self._writer.late.add(record))

    def note_key_use(self, access_key_id: str, at: datetime, service: str, region: str) -> None:
        self._writer.wake(self._writer.late.add_use(access_key_id, at, service, region))

    def put_setting_later(self, key: str, value: str) -> None:
        self._writer.wake(self._writer.late.add_setting(key, value))

    def on_hint(self, listener: Callable[[str], None]) -> None:
        """There are none: the file itself says when something was committed."""

    def waiting(self) -> tuple[int, int]:
        return self._writer.queued, len(self._writer.late)

    def trouble(self) -> str | None:
        return self._writer.trouble

    def forget_late(self) -> None:
        self._writer.late.take()

    def data_version(self) -> int:
        return self._database.data_version()

    def close(self) -> None:
        self._writer.close()
        self._database.close()


def _make_private(path: Path) -> None:
    """The file belongs to its owner alone before the first byte is written; SQLite gives its WAL the same mode."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True, mode=0o700)
            path.parent.chmod(0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise CannotOpen(
            f"cannot use {path}: {error.strerror}; give a folder that this user may write (--data DIR)"
        ) from error


def _not_usable(path: Path, error: sqlite3.DatabaseError) -> CannotOpen:
    if "not a database" in str(error):
        return NotOurDatabase(f"{path} is not a database; give another folder (--data DIR) or move the file away")
    return CannotOpen(f"cannot use {path}: {error}")
