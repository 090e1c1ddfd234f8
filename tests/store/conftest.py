"""The same tests over each kind of database. PostgreSQL: the server of ROLECALL_TEST_POSTGRESQL (a URL whose user
may create schemas), or one started here from local binaries; without either those tests are skipped, by name."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rolecall.store import open_store
from rolecall.store.ports import Store

KINDS = ("sqlite-memory", "sqlite-file", "postgresql")

Opener = Callable[[], Store]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str | None]:
    given = os.environ.get("ROLECALL_TEST_POSTGRESQL")
    if given:
        yield given
        return
    binaries = _postgresql_binaries()
    if binaries is None:
        yield None
        return
    with _server(binaries) as url:
        yield url


@pytest.fixture
def schema_url(postgresql_url: str | None) -> Iterator[str]:
    """A URL into a schema of this test alone; it is dropped afterwards."""
    if postgresql_url is None:
        pytest.skip("no PostgreSQL: set ROLECALL_TEST_POSTGRESQL or install the server")
    import psycopg

    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
    joint = "&" if "?" in postgresql_url else "?"
    yield f"{postgresql_url}{joint}options=-csearch_path%3D{schema}"
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())


@pytest.fixture
def place(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> str | None:
    """What open_store() is given for this kind of database."""
    if kind == "sqlite-memory":
        return None
    if kind == "sqlite-file":
        return str(tmp_path / "data")
    return str(request.getfixturevalue("schema_url"))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def store(place: str | None) -> Iterator[Store]:
    opened = open_store(place)
    yield opened
    opened.close()


def _postgresql_binaries() -> Path | None:
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return homes[-1].parent if homes else None


@contextmanager
def _server(binaries: Path) -> Iterator[str]:
    """A server of our own on a free loopback port; it refuses to run as root, so root lends it another user."""
    user = "postgres" if os.getuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="rolecall-postgresql-"))
    try:
        if user is not None:
            account = pwd.getpwnam(user)
            os.chown(home, account.pw_uid, account.pw_gid)
        data = home / "data"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            user=user,
            cwd=home,
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        settings = ("-c", "fsync=off", "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
        process = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), *settings],
            user=user,
            cwd=home,
            stdout=subprocess.DEVNULL,
            stderr=(home / "log").open("wb"),
        )
        try:
            url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
            _wait_for(url, process)
            yield url
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    while process.poll() is None:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the PostgreSQL of the tests did not start")
