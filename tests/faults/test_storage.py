"""A disk that is full, a store that cannot be written, a database that goes away: writes fail, reads go on, and
everything is well again once the cause is gone."""

from __future__ import annotations

import json
import resource
import sqlite3
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clients.server_process import ServerProcess
from postgresql_server import PostgresqlServer, binaries

pytestmark = pytest.mark.clients


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    server.start()
    yield server
    server.stop()


def ready(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{address}/_rolecall/ready", timeout=10) as answer:
            return int(answer.status), str(json.loads(answer.read())["status"])
    except urllib.error.HTTPError as error:
        return error.code, str(json.loads(error.read())["status"])


def wait_until_ready(address: str, wanted: int) -> None:
    until = time.monotonic() + 30
    while ready(address)[0] != wanted:
        assert time.monotonic() < until, ready(address)
        time.sleep(0.05)


def refused(iam: Any, name: str) -> str:
    with pytest.raises(ClientError) as caught:
        iam.create_user(UserName=name)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    return str(caught.value.response["Error"]["Code"])


def names(iam: Any) -> set[str]:
    return {user["UserName"] for user in iam.list_users()["Users"]}


def let_files_grow(server: ServerProcess, limit: int) -> None:
    """How large a file of the server may become: where that is reached, writing fails as on a full disk."""
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def test_a_full_disk_refuses_writes_and_serves_reads(server: ServerProcess) -> None:
    iam = server.client("iam")
    address = iam.meta.endpoint_url
    iam.create_user(UserName="before")
    let_files_grow(server, 4096)
    assert {refused(iam, f"full-{number}") for number in range(5)} == {"InternalFailure"}
    assert names(iam) == {"before"}
    wait_until_ready(address, 503)
    let_files_grow(server, resource.RLIM_INFINITY)
    iam.create_user(UserName="after")
    wait_until_ready(address, 200)
    assert names(iam) == {"before", "after"}
    # One line says so, not five a second; each call that failed is in the log by its id.
    assert server.log().count("the database cannot be written") <= 2
    server.kill()
    server.start()
    assert names(server.client("iam")) == {"before", "after"}


def test_a_store_that_another_process_holds_refuses_writes_and_serves_reads(server: ServerProcess) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="before")
    with sqlite3.connect(server.folder / "rolecall.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        refused(iam, "held")
        assert names(iam) == {"before"}
        other.execute("ROLLBACK")
    iam.create_user(UserName="after")
    assert names(iam) == {"before", "after"}


@pytest.fixture
def postgresql() -> Iterator[PostgresqlServer]:
    folder = binaries()
    if folder is None:
        pytest.skip("no PostgreSQL: install the server")
    server = PostgresqlServer(folder, durable=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def gateway(postgresql: PostgresqlServer, tmp_path: Path) -> Iterator[ServerProcess]:
    gateway = ServerProcess(tmp_path / "gateway", "--database", postgresql.url)
    gateway.start()
    yield gateway
    gateway.stop()


def test_a_database_that_cannot_be_written_refuses_writes_and_serves_reads(
    gateway: ServerProcess, postgresql: PostgresqlServer
) -> None:
    import psycopg

    iam = gateway.client("iam")
    iam.create_user(UserName="before")

    def read_only(value: str) -> None:
        with psycopg.connect(postgresql.url, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")
            # Connections take it over when they next ask for something.
            time.sleep(0.5)

    read_only("on")
    assert refused(iam, "read-only") == "InternalFailure"
    assert names(iam) == {"before"}
    with psycopg.connect(postgresql.url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("ALTER SYSTEM SET default_transaction_read_only = off")
        connection.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)
    iam.create_user(UserName="after")
    assert names(iam) == {"before", "after"}


def test_a_database_that_was_killed_is_used_again_when_it_is_back(
    gateway: ServerProcess, postgresql: PostgresqlServer
) -> None:
    iam = gateway.client("iam")
    address = iam.meta.endpoint_url
    for round_ in range(2):
        iam.create_user(UserName=f"before-{round_}")
        postgresql.kill()
        refused(iam, "away")
        with pytest.raises(ClientError):
            iam.list_users()
        assert ready(address)[0] == 503
        with urllib.request.urlopen(f"{address}/_rolecall/health", timeout=10) as answer:
            assert answer.status == 200
        postgresql.start()
        wait_until_ready(address, 200)
        assert f"before-{round_}" in names(iam)
    iam.create_user(UserName="after")
    assert names(iam) == {"before-0", "before-1", "after"}


def test_a_gateway_without_its_database_says_so_in_one_line(tmp_path: Path) -> None:
    gateway = ServerProcess(tmp_path / "gateway", "--database", "postgresql://nobody:s3cret@127.0.0.1:1/none")
    gateway.start()
    assert gateway.process is not None
    assert gateway.process.wait(timeout=60) == 2
    assert len(gateway.log().strip().splitlines()) <= 2, gateway.log()
    assert "--database" in gateway.log()
    assert "s3cret" not in gateway.log()
