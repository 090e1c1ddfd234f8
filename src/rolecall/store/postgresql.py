"""The shared store: PostgreSQL behind several gateways. A transaction per unit of work, in a pool of threads.

Units are SERIALIZABLE, so two gateways never lose each other's updates and never decide and write on a state that
moved. A unit that loses a race runs again. So that nobody loses forever, first attempts hold an advisory lock
shared, and a repeated one holds it alone: it waits for those that run, and then nothing can race it.

Revisions come from a sequence drawn as the first act of a transaction. They are unique; of two units that touch
one scope the later has the higher; units that share nothing may be numbered in another order than they commit.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final, TypeVar

import psycopg
from psycopg import errors as faults
from psycopg.pq import TransactionStatus
from sqlalchemy import select

from rolecall.store.errors import CannotOpen, StoreBusy, StoreClosed, StoreFailed
from rolecall.store.hints import Hints, tell
from rolecall.store.late import LATE_BATCH, LATE_DELAY, LateRecords, write_late
from rolecall.store.migrating import migrate_postgresql
from rolecall.store.ports import Reader, Unit
from rolecall.store.reader import SqlReader
from rolecall.store.reading import check_no_read, marked
from rolecall.store.records import AuditRecord
from rolecall.store.schema import revision_sequence
from rolecall.store.session import PostgresqlSession, Row, Statement
from rolecall.store.unit import SqlUnit

T = TypeVar("T")
Connection = psycopg.Connection[Row]

THREADS: Final = 8
ATTEMPTS: Final = 6
IDLE_CONNECTIONS: Final = 16
TURN_LOCK: Final = 7_650_112_001  # the advisory lock of first and repeated attempts

_NEXT_REVISION: Final = Statement(select(revision_sequence.next_value()))
_LOST_RACES: Final = (faults.SerializationFailure, faults.DeadlockDetected, faults.UniqueViolation)
_log = logging.getLogger(__name__)


class _LostRace(Exception):
    """The unit has to run again."""


class _Connections:
    """Connections that are lent and come back; broken ones do not."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._idle: list[Connection] = []
        self._closed = False

    def connect(self) -> Connection:
        connection = psycopg.connect(self._url, autocommit=True, client_encoding="utf8")
        # An acknowledged write survives, whatever the server's default is.
        connection.execute("SET synchronous_commit TO on")
        return connection

    def take(self) -> Connection:
        if self._closed:
            raise StoreClosed("the store is closed")
        with suppress(IndexError):
            return self._idle.pop()
        try:
            return self.connect()
        except psycopg.OperationalError as error:
            raise StoreFailed(f"no connection to PostgreSQL: {error}") from error

    def give_back(self, connection: Connection) -> None:
        usable = not connection.closed and connection.info.transaction_status is TransactionStatus.IDLE
        if usable and not self._closed and len(self._idle) < IDLE_CONNECTIONS:
            self._idle.append(connection)
            return
        connection.close()
        if not usable:  # the server went away: the idle ones are dead as well
            self.drop_idle()

    def drop_idle(self) -> None:
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def close(self) -> None:
        self._closed = True
        self.drop_idle()


class PostgresqlStore:
    """ports.Store over a PostgreSQL database."""

    def __init__(self, url: str) -> None:
        self._connections = _Connections(url)
        try:
            connection = self._connections.connect()
        except psycopg.Error as error:
            raise CannotOpen(f"no connection to the database (--database): {error}") from error
        with connection:
            encoding = connection.info.parameter_status("server_encoding")
            if encoding != "UTF8":
                raise CannotOpen(f"the database has the encoding {encoding}: create one with ENCODING 'UTF8'")
            migrate_postgresql(connection)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="rolecall-store")
        self._hints = Hints(self._connections.connect)
        self._late = LateRecords()
        self._late_waits = threading.Event()
        self._late_full = threading.Event()
        self._closed = False
        self._trouble: str | None = None
        self._flusher = threading.Thread(target=self._flush, name="rolecall-store-late", daemon=True)
        self._flusher.start()

    # ---- reads
    @contextmanager
    def read(self) -> Iterator[Reader]:
        connection = self._begin_read()
        try:
            with marked(self):
                yield SqlReader(PostgresqlSession(connection))
        finally:
            with suppress(psycopg.OperationalError):
                connection.execute("ROLLBACK")  # nothing was written
            self._connections.give_back(connection)

    def _begin_read(self) -> Connection:
        """A connection with a snapshot; one that died while idle is replaced."""
        for _ in range(2):
            connection = self._connections.take()
            try:
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            except psycopg.OperationalError:
                self._connections.give_back(connection)
            else:
                return connection
        raise StoreFailed("PostgreSQL closes its connections")

    def data_version(self) -> str:
        # Which transactions are visible: as long as that is the same, so is everything else.
        for _ in range(2):
            connection = self._connections.take()
            try:
                row = connection.execute("SELECT pg_current_snapshot()::text").fetchone()
            except psycopg.OperationalError:
                continue
            finally:
                self._connections.give_back(connection)
            assert row is not None
            return str(row[0])
        raise StoreFailed("PostgreSQL closes its connections")

    # ---- units of work
    async def write(self, work: Callable[[Unit], T]) -> T:
        check_no_read(self)
        # Shielded: a caller that goes away does not take its unit along.
        return await asyncio.shield(asyncio.wrap_future(self._submit(work)))

    def write_sync(self, work: Callable[[Unit], T]) -> T:
        check_no_read(self)
        return self._submit(work).result()

    def _submit(self, work: Callable[[Unit], T]) -> Future[T]:
        if threading.current_thread().name.startswith("rolecall-store_"):
            raise StoreFailed("a unit of work cannot wait for another one; do it in the same unit")
        try:
            return self._threads.submit(self._run, work)
        except RuntimeError:
            raise StoreClosed("the store is closed") from None

    def _run(self, work: Callable[[Unit], T]) -> T:
        lost: BaseException | None = None
        for attempt in range(ATTEMPTS):
            connection = self._connections.take()
            try:
                with _turn(connection, alone=attempt > 0):
                    return _attempt(connection, work)
            except _LostRace as race:
                lost = race.__cause__
            except psycopg.OperationalError as error:  # before the commit was asked for: nothing was written
                lost = error
            finally:
                self._connections.give_back(connection)
        raise StoreBusy(f"the unit of work lost {ATTEMPTS} races: {lost}") from lost

    # ---- what may be late
    def record_later(self, record: AuditRecord) -> None:
        self._wake(self._late.add(record))

    def note_key_use(self, access_key_id: str, at: datetime, service: str, region: str) -> None:
        self._wake(self._late.add_use(access_key_id, at, service, region))

    def put_setting_later(self, key: str, value: str) -> None:
        self._wake(self._late.add_setting(key, value))

    def on_hint(self, listener: Callable[[str], None]) -> None:
        self._hints.listen(listener)

    def waiting(self) -> tuple[int, int]:
        return self._threads._work_queue.qsize(), len(self._late)

    def trouble(self) -> str | None:
        return self._trouble

    def forget_late(self) -> None:
        self._late.take()

    def _wake(self, waiting: int) -> None:
        self._late_waits.set()
        if waiting >= LATE_BATCH:
            self._late_full.set()

    def _flush(self) -> None:
        while True:
            self._late_waits.wait()
            self._late_waits.clear()
            self._late_full.wait(LATE_DELAY)
            self._late_full.clear()
            closing = self._closed
            if not self._write_late() and not closing:
                self._late_waits.set()
            if closing:
                return

    def _write_late(self) -> bool:
        taken = self._late.take()
        if not any(taken):
            return True
        for kept in taken[1:]:
            kept.sort(key=lambda use: str(use["at"]))  # one order in all gateways: they never wait in a circle
        try:
            connection = self._connections.take()
            try:
                connection.execute("BEGIN")
                write_late(PostgresqlSession(connection), taken)
                connection.execute("COMMIT")
            finally:
                self._connections.give_back(connection)
        except (psycopg.Error, StoreFailed) as error:
            if self._trouble is None:
                _log.error("the database cannot be written; audit records wait meanwhile: %s", error)
            self._late.put_back(taken)
            self._trouble = str(error)
            return False
        if self._trouble is not None:
            _log.warning("the database can be written again")
        self._trouble = None
        return True

    def close(self) -> None:
        if self._closed:
            return
        self._hints.close()
        self._threads.shutdown(wait=True)
        self._closed = True
        self._late_full.set()
        self._late_waits.set()
        self._flusher.join()
        self._connections.close()


@contextmanager
def _turn(connection: Connection, *, alone: bool) -> Iterator[None]:
    # Locks of the session, taken before the transaction has its snapshot: what is seen then is what the units
    # waited for have left.
    kind = "" if alone else "_shared"
    connection.execute(f"SELECT pg_advisory_lock{kind}({TURN_LOCK})".encode())
    try:
        yield
    finally:
        with suppress(psycopg.OperationalError):  # the lock ends with its connection
            connection.execute(f"SELECT pg_advisory_unlock{kind}({TURN_LOCK})".encode())


def _attempt(connection: Connection, work: Callable[[Unit], T]) -> T:
    connection.execute("BEGIN ISOLATION LEVEL SERIALIZABLE")
    try:
        session = PostgresqlSession(connection)
        revision = int(session.insert(_NEXT_REVISION, {})[0])
        unit = SqlUnit(session, revision, time.time_ns() // 1000)
        value = work(unit)
        unit.finish()
        tell(connection, unit.moved)
        connection.execute("SELECT 1")  # fails here when the work swallowed a failure of the database
    except _LOST_RACES as error:
        connection.execute("ROLLBACK")
        raise _LostRace from error
    except BaseException as error:
        if connection.closed:
            raise psycopg.OperationalError("the connection was lost") from error
        broken = connection.info.transaction_status is TransactionStatus.INERROR
        connection.execute("ROLLBACK")
        # The database had refused something before the work raised: what it raised may rest on that.
        if broken:
            raise _LostRace from error
        raise
    _commit(connection)
    return value


def _commit(connection: Connection) -> None:
    try:
        connection.execute("COMMIT")
    except _LOST_RACES as error:
        raise _LostRace from error
    except psycopg.Error as error:
        raise StoreFailed(f"it is not known whether the unit was kept: the commit failed: {error}") from error
