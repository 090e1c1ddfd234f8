"""A PostgreSQL server of the tests' own on a loopback port, that can be killed and started again."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


def binaries() -> Path | None:
    """The folder of initdb and postgres; None where they are not installed."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return homes[-1].parent if homes else None


class PostgresqlServer:
    """It refuses to run as root, so root lends it the user `postgres`. durable: whether it syncs its log."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self._binaries = folder
        self._user = "postgres" if os.getuid() == 0 else None
        self._durable = durable
        self.home = Path(tempfile.mkdtemp(prefix="rolecall-postgresql-"))
        if self._user is not None:
            account = pwd.getpwnam(self._user)
            os.chown(self.home, account.pw_uid, account.pw_gid)
        self._data = self.home / "data"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        subprocess.run(
            [folder / "initdb", "-D", self._data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=self.home,
        )

    def start(self) -> None:
        settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")
        settings += () if self._durable else ("-c", "fsync=off")
        # What a kill left of the last one: its workers end by themselves when they notice.
        for _ in range(200):
            with (self.home / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    [self._binaries / "postgres", "-D", self._data, "-p", str(self._port), *settings],
                    user=self._user,
                    cwd=self.home,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                    start_new_session=True,
                )
            if self._answers():
                return
            time.sleep(0.05)
        raise RuntimeError(f"the PostgreSQL of the tests did not start: {(self.home / 'log').read_text()[-500:]}")

    def _answers(self) -> bool:
        import psycopg

        assert self._process is not None
        while self._process.poll() is None:
            try:
                psycopg.connect(self.url).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def kill(self) -> None:
        """All of its processes at once, as a power cut would."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)  # "fast": connections are ended, everything is written
            self._process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


@contextlib.contextmanager
def schemas(postgresql_url: str | None) -> Iterator[Callable[[], str]]:
    """URLs into schemas of whoever asks; they are dropped afterwards. Skips where there is no PostgreSQL."""
    if postgresql_url is None:
        pytest.skip("no PostgreSQL: set ROLECALL_TEST_POSTGRESQL or install the server")
    import psycopg

    made: list[str] = []

    def make() -> str:
        schema = f"test_{uuid.uuid4().hex}"
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {schema}".encode())
        made.append(schema)
        return f"{postgresql_url}{'&' if '?' in postgresql_url else '?'}options=-csearch_path%3D{schema}"

    yield make
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        for schema in made:
            connection.execute(f"DROP SCHEMA {schema} CASCADE".encode())
