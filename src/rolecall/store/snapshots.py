"""A snapshot of a store in one file, and a store from a snapshot.

A snapshot is a SQLite database with the tables of the store, whatever the store is in: so it moves from SQLite to
PostgreSQL and back. It is taken in one read transaction while gateways go on. It holds secrets only as they are
sealed; the key is not in it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy.schema import Table

from rolecall.store.errors import CannotOpen, NotOurDatabase
from rolecall.store.migrating import check_known, migrate_postgresql, migrate_sqlite, sqlite_revision
from rolecall.store.opening import database_file, is_postgresql
from rolecall.store.schema import HEAD, metadata, revision_sequence
from rolecall.store.statements import REVISION

if TYPE_CHECKING:
    import psycopg

PAGE: Final = 1000
TABLES: Final[tuple[Table, ...]] = tuple(metadata.sorted_tables)  # what is pointed at comes first
COUNTED: Final = ("item", "access_key", "audit")


def save(source: str, target: Path) -> Mapping[str, int]:
    """Write a snapshot of the store at a URL or path; says how many rows each table has.

    Raises CannotOpen when there is no such store or the file exists.
    """
    if target.exists():
        raise CannotOpen(f"{target} exists already: give another name, or move it away")
    with _aside(target) as fresh:
        if is_postgresql(source):
            _save_postgresql(source, fresh)
        else:
            _save_sqlite(database_file(Path(source)), fresh)
        counts = contents(fresh)
        _synced(fresh)
        os.replace(fresh, target)
    return counts


def restore(source: Path, target: str) -> Mapping[str, int]:
    """Make the store at a URL or path from a snapshot; there must be none with anything in it.

    Older snapshots are brought to the schema of this program. Raises CannotOpen.
    """
    contents(source)
    if is_postgresql(target):
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "snapshot.db"
            _copied(source, copy)
            counts = contents(copy)
            _restore_postgresql(copy, target)
        return counts
    path = database_file(Path(target))
    if path.exists():
        raise CannotOpen(f"{path} exists already: a snapshot is restored where nothing is; give another folder")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _aside(path) as fresh:
        _copied(source, fresh)
        counts = contents(fresh)
        _synced(fresh)
        os.replace(fresh, path)
    return counts


def contents(path: Path) -> Mapping[str, int]:
    """How many rows each table of a snapshot has; raises CannotOpen when the file is none, or is damaged."""
    try:
        with contextlib.closing(_reading(path)) as connection:
            revision = sqlite_revision(connection)
            if revision is None:
                raise NotOurDatabase(f"{path} is no snapshot: it holds no tables")
            check_known(revision)
            state = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if state != "ok":
                raise CannotOpen(f"{path} is damaged: {state}")
            names = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            return {
                table.name: int(connection.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()[0])
                for table in TABLES
                if table.name in names
            }
    except sqlite3.DatabaseError as error:
        raise CannotOpen(f"cannot read {path} as a snapshot: {error}") from error


def key_names(path: Path) -> frozenset[bytes]:
    """The names of the keys that the secrets in a snapshot are sealed with (see credentials.keyring)."""
    with contextlib.closing(_reading(path)) as connection:
        rows = connection.execute("SELECT DISTINCT substr(sealed_secret, 1, 4) FROM access_key")
        return frozenset(bytes(row[0]) for row in rows)


# ---- SQLite
def _reading(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise CannotOpen(f"there is no {path}")
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _save_sqlite(path: Path, fresh: Path) -> None:
    try:
        with contextlib.closing(_reading(path)) as source, contextlib.closing(_writing(fresh)) as target:
            source.execute("PRAGMA busy_timeout=10000")
            if sqlite_revision(source) is None:
                raise CannotOpen(f"{path} holds no tables yet: start a server over it first")
            source.backup(target)  # one transaction: what commits meanwhile is not in it
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise CannotOpen(f"cannot take a snapshot of {path}: {error}") from error


def _copied(source: Path, fresh: Path) -> None:
    """The snapshot as a database of this program's schema."""
    try:
        with contextlib.closing(_reading(source)) as origin, contextlib.closing(_writing(fresh)) as target:
            origin.backup(target)
            migrate_sqlite(target)
            target.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        raise CannotOpen(f"cannot read {source} as a snapshot: {error}") from error


def _writing(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    return sqlite3.connect(path, isolation_level=None)


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[Path]:
    """A name beside the file: it takes its place whole, or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield fresh
    except OSError as error:
        raise CannotOpen(f"cannot write {path}: {error.strerror}") from error
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                fresh.with_name(fresh.name + suffix).unlink()


def _synced(path: Path) -> None:
    for name in (path, path.parent):
        handle = os.open(name, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


# ---- PostgreSQL
def _connected(url: str) -> psycopg.Connection[Any]:
    try:
        import psycopg
    except ImportError as error:
        raise CannotOpen("PostgreSQL needs the psycopg driver: pip install 'rolecall[postgresql]'") from error
    try:
        return psycopg.connect(url, autocommit=True, client_encoding="utf8")
    except psycopg.Error as error:
        raise CannotOpen(f"no connection to the database (--database): {error}") from error


def _save_postgresql(url: str, fresh: Path) -> None:
    with _connected(url) as source, contextlib.closing(_writing(fresh)) as target:
        migrate_sqlite(target)
        source.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        _check_head(source)
        target.execute("BEGIN")
        for table in TABLES:
            names = [column.name for column in table.columns]
            marks = ", ".join("?" * len(names))
            insert = f'INSERT INTO "{table.name}" ({_listed(names)}) VALUES ({marks})'
            with source.cursor(name=f"snapshot_{table.name}") as rows:
                rows.itersize = PAGE
                rows.execute(f'SELECT {_listed(names)} FROM "{table.name}"'.encode())
                while page := rows.fetchmany(PAGE):
                    target.executemany(insert, page)
        row = source.execute(f"SELECT last_value FROM {revision_sequence.name}".encode()).fetchone()
        assert row is not None
        target.execute("INSERT OR REPLACE INTO version (scope, number) VALUES (?, ?)", (REVISION, row[0]))
        target.execute("COMMIT")
        source.execute("ROLLBACK")


def _check_head(source: psycopg.Connection[Any]) -> None:
    known = source.execute("SELECT to_regclass('alembic_version')").fetchone()
    noted = known is not None and known[0] is not None
    row = source.execute("SELECT version_num FROM alembic_version").fetchone() if noted else None
    if row is None:
        raise CannotOpen("the database holds no store of rolecall's")
    if row[0] != HEAD:
        check_known(str(row[0]))
        raise CannotOpen("the database has an older schema: start a gateway of this version over it first")


def _restore_postgresql(copy: Path, url: str) -> None:
    with _connected(url) as target, contextlib.closing(_reading(copy)) as source:
        migrate_postgresql(target)
        with target.transaction():
            for table in TABLES:
                target.execute(f'LOCK TABLE "{table.name}" IN ACCESS EXCLUSIVE MODE'.encode())
                if target.execute(f'SELECT 1 FROM "{table.name}" LIMIT 1'.encode()).fetchone() is not None:
                    raise CannotOpen(
                        "the database holds state already: a snapshot is restored into an empty database or schema"
                    )
            for table in TABLES:
                _fill(table, source, target)
            row = source.execute("SELECT number FROM version WHERE scope = ?", (REVISION,)).fetchone()
            target.execute("SELECT setval(%s, %s)", (revision_sequence.name, max(1, row[0] if row else 1)))


def _fill(table: Table, source: sqlite3.Connection, target: psycopg.Connection[Any]) -> None:
    names = [column.name for column in table.columns]
    copy = f'COPY "{table.name}" ({_listed(names)}) FROM STDIN'
    with target.cursor() as cursor, cursor.copy(copy.encode()) as rows:
        for row in source.execute(f'SELECT {_listed(names)} FROM "{table.name}"'):
            if table.name == "version" and row[0] == REVISION:
                continue  # a sequence counts there
            rows.write_row(row)
    for column in table.columns:
        if column.primary_key and column.name in ("id", "sequence"):
            # The next row is numbered after all that there are.
            target.execute(
                f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                f'greatest(1, (SELECT max("{column.name}") FROM "{table.name}")))'.encode()
            )


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
