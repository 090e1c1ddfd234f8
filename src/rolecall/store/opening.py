"""Which store a URL or path means."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from rolecall.store.errors import CannotOpen
from rolecall.store.ports import Store
from rolecall.store.sqlite import FileDatabase, MemoryDatabase, SqliteStore

DATABASE_FILE: Final = "rolecall.db"


def open_store(url_or_path: str | None = None) -> Store:
    if url_or_path is None:
        return SqliteStore(MemoryDatabase())
    if is_postgresql(url_or_path):
        try:
            from rolecall.store.postgresql import PostgresqlStore
        except ImportError as error:
            raise CannotOpen("PostgreSQL needs the psycopg driver: pip install 'rolecall[postgresql]'") from error
        return PostgresqlStore(url_or_path)
    if "://" in url_or_path:
        scheme = url_or_path.partition("://")[0]
        raise CannotOpen(f"no database for {scheme}://; give postgresql://… or a path")
    return SqliteStore(FileDatabase(database_file(Path(url_or_path))))


def is_postgresql(url_or_path: str) -> bool:
    return url_or_path.startswith(("postgresql://", "postgres://"))


def database_file(path: Path) -> Path:
    return path if path.suffix == ".db" and not path.is_dir() else path / DATABASE_FILE
