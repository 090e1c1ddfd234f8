"""Which database is opened, who may read its files, and what is refused."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from rolecall.store import open_store
from rolecall.store.errors import CannotOpen, NotOurDatabase, SchemaTooNew
from rolecall.store.migrating import MIGRATIONS
from rolecall.store.schema import HEAD, metadata
from store.samples import user


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_data_directory_is_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        store = open_store(str(tmp_path / "some" / "data"))
        store.write_sync(lambda unit: unit.put_setting("a", "b"))
        files = {path.name: mode(path) for path in (tmp_path / "some" / "data").iterdir()}
        store.close()
    finally:
        os.umask(old)
    assert mode(tmp_path / "some" / "data") == 0o700
    assert files.keys() >= {"rolecall.db", "rolecall.db-wal"}
    assert set(files.values()) == {0o600}


def test_a_path_that_ends_in_db_is_the_file(tmp_path: Path) -> None:
    open_store(str(tmp_path / "x.db")).close()
    assert (tmp_path / "x.db").is_file()


def test_a_file_is_durable_at_every_commit(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "x.db"))
    settings = store.write_sync(
        lambda unit: [
            unit._session._connection.execute(f"PRAGMA {name}").fetchone()[0]  # type: ignore[attr-defined]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    )
    store.close()
    assert settings == ["wal", 2, 1]  # 2: FULL


def test_the_head_is_the_newest_migration() -> None:
    steps = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
    assert steps[-1] == HEAD


def test_migrations_make_the_schema_of_this_program(place: str | None, kind: str, tmp_path: Path) -> None:
    if kind == "postgresql":
        assert place is not None
        open_store(place).close()
        engine = create_engine(place.replace("postgresql://", "postgresql+psycopg://"))
    else:
        open_store(str(tmp_path / "x.db")).close()
        engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    assert found == HEAD
    assert differences == []


def test_the_indexes_of_a_migrated_file_are_those_of_the_schema(tmp_path: Path) -> None:
    """Alembic does not compare the conditions of partial indexes."""
    open_store(str(tmp_path / "x.db")).close()
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
    with engine.connect() as connection:
        wanted = [tuple(row) for row in connection.exec_driver_sql(query)]
    migrated = sqlite3.connect(tmp_path / "x.db")
    assert migrated.execute(query).fetchall() == wanted
    migrated.close()


REVISIONS = sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("engine_kind", ["sqlite", "postgresql"])
def test_every_schema_that_was_ever_released_is_brought_up_to_date(
    revision: str, engine_kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A database as that version left it, with something in it, is opened and still has it."""
    if engine_kind == "sqlite":
        place = str(tmp_path / "x.db")
        engine = create_engine(f"sqlite:///{place}")
    else:
        place = request.getfixturevalue("schema_url")
        engine = create_engine(place.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.exec_driver_sql("INSERT INTO setting (key, value) VALUES ('kept', 'yes')")
        connection.exec_driver_sql("INSERT INTO version (scope, number) VALUES ('account:123456789012', 41)")
    engine.dispose()
    store = open_store(place)
    try:
        made = store.write_sync(lambda unit: unit.add_item(user("one")))
        with store.read() as reader:
            assert reader.setting("kept") == "yes"
            assert reader.version("account:123456789012") == 42
            assert reader.item_by_arn(made.arn) == made
    finally:
        store.close()


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    open_store(str(tmp_path)).close()
    with sqlite3.connect(tmp_path / "rolecall.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match=r"newer rolecall.*upgrade rolecall, or use another --data"):
        open_store(str(tmp_path))
    with sqlite3.connect(tmp_path / "rolecall.db") as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == ("9999",)


def test_a_newer_postgresql_database_is_refused(schema_url: str) -> None:
    import psycopg

    open_store(schema_url).close()
    with psycopg.connect(schema_url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew, match="upgrade rolecall"):
        open_store(schema_url)


def test_a_database_of_something_else_is_refused(tmp_path: Path, schema_url: str) -> None:
    import psycopg

    with sqlite3.connect(tmp_path / "rolecall.db") as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(NotOurDatabase, match="songs"):
        open_store(str(tmp_path))
    with psycopg.connect(schema_url, autocommit=True) as server:
        server.execute("CREATE TABLE songs (title TEXT)")
    with pytest.raises(NotOurDatabase, match="songs"):
        open_store(schema_url)


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "rolecall.db").write_text("hello, I am a letter and no database at all" * 100)
    with pytest.raises(NotOurDatabase, match="not a database"):
        open_store(str(tmp_path))
    assert (tmp_path / "rolecall.db").read_text().startswith("hello")


@pytest.mark.parametrize("url", ["mysql://host/db", "s3://bucket"])
def test_an_unknown_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(CannotOpen, match="postgresql://"):
        open_store(url)


def test_a_path_that_cannot_be_used_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotOpen, match="--data DIR"):
        open_store(str(tmp_path / "file" / "data"))


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    with pytest.raises(CannotOpen, match="no connection to the database"):
        open_store("postgresql://nobody:secret@127.0.0.1:1/none")


def test_gateways_that_start_together_on_a_fresh_database_all_open_it(place: str | None) -> None:
    if place is None:
        pytest.skip("what is in memory belongs to one store")
    program = "import sys; from rolecall.store import open_store; open_store(sys.argv[1]).close()"
    started = [
        subprocess.Popen([sys.executable, "-c", program, place], stderr=subprocess.PIPE, text=True)
        for _ in range(5)
    ]
    faults = [process.communicate()[1] for process in started]
    assert faults == [""] * 5
    store = open_store(place)
    store.write_sync(lambda unit: unit.put_setting("a", "b"))
    store.close()


def test_threads_may_open_stores_together(tmp_path: Path) -> None:
    faults: list[Exception] = []

    def open_one(number: int) -> None:
        try:
            open_store(str(tmp_path / f"{number % 3}.db")).close()
        except Exception as error:
            faults.append(error)

    threads = [threading.Thread(target=open_one, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_stores_in_memory_share_nothing() -> None:
    one, two = open_store(), open_store()
    one.write_sync(lambda unit: unit.put_setting("a", "b"))
    with two.read() as reader:
        assert reader.setting("a") is None
    one.close()
    two.close()
