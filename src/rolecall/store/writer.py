"""The one writer thread of SQLite: units of work in batches, one transaction a batch, a savepoint a unit.

A batch ends when nothing is queued, after BATCH_UNITS units or BATCH_SECONDS, longer where the disk is slow: up to
COMMIT_SHARE times what the last commit took. Then it is committed and only then are its callers answered. While a
commit waits for the disk the next batch gathers, so a lone caller has its answer at once and many share one sync.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Final, Protocol

from rolecall.store import statements as sql
from rolecall.store.errors import StoreBusy, StoreClosed, StoreFailed
from rolecall.store.late import LATE_BATCH, LATE_DELAY, LateRecords, write_late
from rolecall.store.ports import Unit
from rolecall.store.session import SqliteSession
from rolecall.store.unit import SqlUnit

BATCH_UNITS: Final = 64
BATCH_SECONDS: Final = 0.002
COMMIT_SHARE: Final = 3.0
LONGEST_BATCH: Final = 0.05  # seconds
REVISION: Final = sql.REVISION

Work = Callable[[Unit], Any]
_log = logging.getLogger(__name__)


class WritingDatabase(Protocol):
    """The connection that writes, for the time of a batch."""

    def acquire(self) -> sqlite3.Connection: ...

    def release(self, *, committed: bool) -> None: ...


class _Job:
    __slots__ = ("error", "future", "loop", "value", "work")

    def __init__(self, work: Work, future: Any, loop: asyncio.AbstractEventLoop | None) -> None:
        self.work = work
        self.future = future
        self.loop = loop
        self.value: Any = None
        self.error: BaseException | None = None


class _Wake:
    """Something waits in the late records."""


class _Stop:
    """Finish what is queued and end."""


_WAKE: Final = _Wake()
_STOP: Final = _Stop()


class Writer:
    def __init__(self, database: WritingDatabase) -> None:
        self.late = LateRecords()
        self.trouble: str | None = None  # why the last batch failed
        self._database = database
        self._queue: queue.SimpleQueue[_Job | _Wake | _Stop] = queue.SimpleQueue()
        self._closing = threading.Lock()  # no job may be queued behind _STOP
        self._closed = False
        self._stopping = False  # the writer thread met _STOP
        self._late_due: float | None = None
        self._commit_seconds = 0.0  # of the last commit
        self._thread = threading.Thread(target=self._run, name="rolecall-store-writer", daemon=True)
        self._thread.start()

    @property
    def queued(self) -> int:
        return self._queue.qsize()

    def submit(self, work: Work) -> Future[Any]:
        if threading.current_thread() is self._thread:
            raise StoreFailed("a unit of work cannot wait for another one; do it in the same unit")
        future: Future[Any] = Future()
        self._put(_Job(work, future, None))
        return future

    def submit_async(self, work: Work) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._put(_Job(work, future, loop))
        return future

    def wake(self, waiting: int) -> None:
        """Late records wait: the first starts the delay, a full batch ends it."""
        if waiting == 1 or waiting == LATE_BATCH:
            self._queue.put(_WAKE)

    def close(self) -> None:
        with self._closing:
            if not self._closed:
                self._closed = True
                self._queue.put(_STOP)
        self._thread.join()

    def _put(self, job: _Job) -> None:
        with self._closing:
            if self._closed:
                raise StoreClosed("the store is closed")
            self._queue.put(job)

    # ---- in the writer thread
    def _run(self) -> None:
        while not self._stopping:
            try:
                wait = None if self._late_due is None else max(0.0, self._late_due - time.monotonic())
                entry = self._queue.get(timeout=wait)
            except queue.Empty:
                self._batch([])
                continue
            if isinstance(entry, _Job):
                self._batch([entry])
            elif isinstance(entry, _Wake):
                self._on_wake()
            else:
                self._stopping = True
        if len(self.late):
            self._batch([])

    def _on_wake(self) -> None:
        if len(self.late) >= LATE_BATCH:
            self._batch([])
        elif self._late_due is None and len(self.late):
            self._late_due = time.monotonic() + LATE_DELAY

    def _batch(self, jobs: list[_Job]) -> None:
        """Run and commit a batch that begins with these jobs. Never raises."""
        self._late_due = None
        taken = self.late.take()
        acquired = committed = False
        try:
            connection = self._database.acquire()
            acquired = True
            connection.execute("BEGIN IMMEDIATE")
            self._run_units(connection, jobs)
            write_late(SqliteSession(connection), taken)
            began = time.monotonic()
            connection.execute("COMMIT")
            self._commit_seconds = time.monotonic() - began
            committed = True
            if self.trouble is not None:
                _log.warning("the database can be written again")
            self.trouble = None
        except Exception as error:
            if self.trouble is None:
                _log.error("the database cannot be written; audit records wait meanwhile: %s", error)
            self._fail(jobs, error)
            self.late.put_back(taken)
            if len(self.late):
                self._late_due = time.monotonic() + LATE_DELAY
            if acquired and connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
        finally:
            if acquired:
                self._database.release(committed=committed)
        _answer(jobs)

    def _run_units(self, connection: sqlite3.Connection, jobs: list[_Job]) -> None:
        """Run the queued units, each in its savepoint; adds those it takes from the queue to `jobs`."""
        session = SqliteSession(connection)
        row = session.first(sql.VERSION, {"scope": REVISION})
        revision = first = 0 if row is None else int(row[0])
        end = time.monotonic() + max(BATCH_SECONDS, min(LONGEST_BATCH, COMMIT_SHARE * self._commit_seconds))
        position = 0
        while True:
            if position < len(jobs):
                revision += 1
                self._run_unit(connection, session, jobs[position], revision)
                position += 1
                continue
            if self._stopping or position >= BATCH_UNITS or time.monotonic() >= end:
                break
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                break
            if isinstance(entry, _Job):
                jobs.append(entry)
            elif isinstance(entry, _Wake):
                self._late_due = self._late_due or time.monotonic() + LATE_DELAY
            else:
                self._stopping = True
        if revision > first and not session.run(sql.VERSION_SET, {"at": REVISION, "number": revision}):
            session.run(sql.VERSION_INSERT, {"scope": REVISION, "number": revision})

    def _run_unit(self, connection: sqlite3.Connection, session: SqliteSession, job: _Job, revision: int) -> None:
        connection.execute("SAVEPOINT unit")
        unit = SqlUnit(session, revision, time.time_ns() // 1000)
        try:
            job.value = job.work(unit)
            unit.finish()
        except BaseException as error:
            # Some failures (disk full) end the whole transaction: then nothing of the batch may be answered.
            if not connection.in_transaction:
                raise StoreFailed(f"the transaction was ended by: {error}") from error
            connection.execute("ROLLBACK TO unit")
            job.error = error
        connection.execute("RELEASE unit")

    def _fail(self, jobs: list[_Job], error: Exception) -> None:
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            failure: Exception = StoreBusy("another process holds the database; nothing was written")
        else:
            failure = StoreFailed(f"the database failed and nothing was written: {error}")
        failure.__cause__ = error
        self.trouble = str(failure)
        for job in jobs:
            job.error = job.error or failure


def _answer(jobs: list[_Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in jobs:
        if job.loop is not None:
            by_loop.setdefault(job.loop, []).append(job)
        elif job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)
    for loop, answered in by_loop.items():
        try:
            loop.call_soon_threadsafe(_answer_in_loop, answered)
        except RuntimeError:  # the loop was closed: nobody waits
            continue


def _answer_in_loop(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():  # cancelled by its caller
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.value)
