"""Bring a database to the schema of this program: fresh ones are made, older ones migrated, newer ones refused.

The migrations (Alembic) are packaged with the program. A database that is up to date is recognised by its own note
in `alembic_version`, without loading Alembic.
"""

from __future__ import annotations

import functools
import sqlite3
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rolecall.store.errors import NotOurDatabase, SchemaTooNew
from rolecall.store.schema import HEAD

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

_alembic_lock = threading.Lock()  # Alembic keeps the migration that runs in a global
MIGRATION_LOCK: Final = 7_650_112_002
MIGRATIONS: Final = Path(__file__).parent / "migrations"


def migrate_sqlite(connection: sqlite3.Connection) -> None:
    revision = sqlite_revision(connection)
    if revision == HEAD:
        return
    if revision is None and _is_memory(connection):
        connection.deserialize(_pristine())
        return
    _migrate_sqlite(connection, revision)


def _migrate_sqlite(connection: sqlite3.Connection, revision: str | None) -> None:
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import StaticPool

    if revision is not None:
        check_known(revision)
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    # The connection is in autocommit; one transaction, begun here, holds the whole way to HEAD. IMMEDIATE: a
    # second process that opens the same fresh database waits, and then finds nothing to do.
    event.listen(engine, "begin", lambda bound: bound.exec_driver_sql("BEGIN IMMEDIATE"))
    with engine.begin() as bound:
        upgrade(bound)


def migrate_postgresql(connection: psycopg.Connection[Any]) -> None:
    """The connection is in autocommit."""
    if _postgresql_revision(connection) == HEAD:
        return
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    # Gateways that start together wait for the first; the others find nothing to do.
    connection.execute(f"SELECT pg_advisory_lock({MIGRATION_LOCK})".encode())
    try:
        revision = _postgresql_revision(connection)
        if revision == HEAD:
            return
        if revision is not None:
            check_known(revision)
        connection.autocommit = False
        engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
        with engine.begin() as bound:
            upgrade(bound)
    finally:
        connection.rollback()
        connection.autocommit = True
        connection.execute(f"SELECT pg_advisory_unlock({MIGRATION_LOCK})".encode())


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    with _alembic_lock:
        command.upgrade(config, "head")


def check_known(revision: str) -> None:
    """Refuse what this program cannot bring up to date."""
    known = {path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}
    if revision not in known:
        raise SchemaTooNew(
            f"the database was written by a newer rolecall (schema {revision}, this program knows up to {HEAD}): "
            "upgrade rolecall, or use another --data folder or --database"
        )


def sqlite_revision(connection: sqlite3.Connection) -> str | None:
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if not {"alembic_version", "item"} <= tables:
        raise NotOurDatabase(
            f"the database holds tables of something else ({', '.join(sorted(tables)[:3])}, …): "
            "give another folder (--data DIR)"
        )
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _postgresql_revision(connection: psycopg.Connection[Any]) -> str | None:
    names = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
    tables = {row[0] for row in connection.execute(names)}
    if not tables:
        return None
    if not {"alembic_version", "item"} <= tables:
        raise NotOurDatabase(
            f"the database holds tables of something else ({', '.join(sorted(tables)[:3])}, …): "
            "create one for rolecall alone"
        )
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def _is_memory(connection: sqlite3.Connection) -> bool:
    return not connection.execute("PRAGMA database_list").fetchone()[2]


@functools.cache
def _pristine() -> bytes:
    """A fresh migrated database as bytes: in-memory stores are opened by the hundred in tests."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _migrate_sqlite(connection, None)
    return connection.serialize()
