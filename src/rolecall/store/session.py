"""Statements written once with SQLAlchemy Core and run as prepared text on a DBAPI connection.

A statement is compiled once per dialect; what runs per request is only the driver. That is a tenth of the cost of
going through an engine, and both drivers keep the statement prepared.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.expression import Executable

from rolecall.store.errors import Unstorable

if TYPE_CHECKING:
    import psycopg

Row = tuple[Any, ...]


@cache
def _dialect(name: str) -> Dialect:
    if name == "sqlite":
        from sqlalchemy.dialects.sqlite import pysqlite

        return pysqlite.dialect(paramstyle="named")
    from sqlalchemy.dialects.postgresql import psycopg as dialect

    return dialect.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]


class Statement:
    """One statement; its values are bind parameters by name."""

    def __init__(self, core: Executable, *, sqlite_index: str | None = None) -> None:
        """sqlite_index: the index of the first table that SQLite has to use (it keeps no statistics by itself;
        PostgreSQL's planner knows)."""
        self._core = core
        self._sqlite_index = sqlite_index
        self._prepared: dict[str, tuple[str, dict[str, Any]]] = {}

    def prepared(self, dialect: str, values: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """The text for a dialect, and the values with the constants that the text has."""
        prepared = self._prepared.get(dialect)
        if prepared is None:
            prepared = self._prepared[dialect] = self._compile(dialect)
        text, constants = prepared
        return (text, {**constants, **values}) if constants else (text, values)

    def _compile(self, dialect: str) -> tuple[str, dict[str, Any]]:
        compiled = self._core.compile(dialect=_dialect(dialect))  # type: ignore[attr-defined]
        text = str(compiled)
        if self._sqlite_index is not None and dialect == "sqlite":
            text = re.sub(r"(\bFROM \w+)", rf"\1 INDEXED BY {self._sqlite_index}", text, count=1)
        return text, {name: value for name, value in compiled.params.items() if value is not None}


class Taken(Exception):
    """A unique index refused a row."""


class Session(Protocol):
    """A connection inside a transaction or snapshot.

    refusals_are_harmless: a row that is refused (Taken) leaves the transaction as it was.
    """

    dialect: str
    refusals_are_harmless: bool

    def all(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]: ...

    def first(self, statement: Statement, values: Mapping[str, Any]) -> Row | None: ...

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        """Execute a change; says how many rows it met."""

    def run_each(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        """Execute a change once for each of several values."""

    def insert(self, statement: Statement, values: Mapping[str, Any]) -> Row:
        """Execute a change that gives one row back."""


class SqliteSession:
    dialect = "sqlite"
    refusals_are_harmless = True

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        try:
            return self._connection.execute(*statement.prepared("sqlite", values)).fetchall()
        except UnicodeEncodeError:
            return []  # no database holds a lone surrogate: nothing has that name

    def first(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        try:
            row: Row | None = self._connection.execute(*statement.prepared("sqlite", values)).fetchone()
        except UnicodeEncodeError:
            return None
        return row

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        try:
            return self._connection.execute(*statement.prepared("sqlite", values)).rowcount
        except UnicodeEncodeError as error:
            raise Unstorable(f"text that is not Unicode: {error.reason}") from None

    def run_each(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        text, constants = statement.prepared("sqlite", {})
        try:
            self._connection.executemany(text, [{**constants, **each} for each in values] if constants else values)
        except UnicodeEncodeError as error:
            raise Unstorable(f"text that is not Unicode: {error.reason}") from None

    def insert(self, statement: Statement, values: Mapping[str, Any]) -> Row:
        try:
            rows = self._connection.execute(*statement.prepared("sqlite", values)).fetchall()
        except UnicodeEncodeError as error:
            raise Unstorable(f"text that is not Unicode: {error.reason}") from None
        except sqlite3.IntegrityError as error:
            raise Taken(str(error)) from error
        return rows[0]  # type: ignore[no-any-return]


class PostgresqlSession:
    dialect = "postgresql"
    refusals_are_harmless = False

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def all(self, statement: Statement, values: Mapping[str, Any]) -> list[Row]:
        if not _storable(values):
            return []
        return self._run(statement, values).fetchall()

    def first(self, statement: Statement, values: Mapping[str, Any]) -> Row | None:
        if not _storable(values):
            return None
        return self._run(statement, values).fetchone()

    def run(self, statement: Statement, values: Mapping[str, Any]) -> int:
        self._check(values)
        return self._run(statement, values).rowcount

    def run_each(self, statement: Statement, values: Sequence[Mapping[str, Any]]) -> None:
        for each in values:
            self._check(each)
        text, constants = statement.prepared("postgresql", {})
        with self._connection.cursor() as cursor:
            cursor.executemany(text.encode(), [{**constants, **each} for each in values] if constants else values)

    def insert(self, statement: Statement, values: Mapping[str, Any]) -> Row:
        self._check(values)
        row = self._run(statement, values).fetchone()
        assert row is not None
        return row

    def _run(self, statement: Statement, values: Mapping[str, Any]) -> psycopg.Cursor[Row]:
        text, bound = statement.prepared("postgresql", values)
        return self._connection.execute(text.encode(), bound)

    def _check(self, values: Mapping[str, Any]) -> None:
        if not _storable(values):
            raise Unstorable("text with a NUL character or a lone surrogate")


def _storable(values: Mapping[str, Any]) -> bool:
    """PostgreSQL's text holds neither NUL nor what is not Unicode."""
    for value in values.values():
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                return False
        if isinstance(value, str) and "\0" in value:
            return False
    return True
