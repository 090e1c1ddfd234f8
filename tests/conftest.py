"""What tests of several folders need."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Hashable, Iterator

import msgspec
import pytest

import patience  # noqa: F401 - its profile is for all tests
from clients.server_process import CACHE
from postgresql_server import PostgresqlServer, binaries, schemas
from rolecall.store.records import Item, Page
from rolecall.store.remembering import Memory


@pytest.fixture(scope="session")
def awscli() -> list[str]:
    """The aws CLI from PyPI; made once and kept under .cache."""
    folder = CACHE / "awscli"
    python = folder / "bin" / "python"
    CACHE.mkdir(exist_ok=True)
    with open(CACHE / "awscli.lock", "w") as lock:
        # Tests of several processes share the environment.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            made = subprocess.run(
                [sys.executable, "-m", "venv", "--clear", folder], capture_output=True, text=True
            )
            if made.returncode == 0:
                made = subprocess.run(
                    [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "awscli>=1.44"],
                    capture_output=True,
                    text=True,
                )
            if made.returncode != 0:
                pytest.skip(f"the aws CLI cannot be installed: {made.stderr.strip().splitlines()[-1:]}")
            (folder / "ready").touch()
    return [str(python), "-m", "awscli"]


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str | None]:
    """The server of ROLECALL_TEST_POSTGRESQL (a URL whose user may create schemas), or one of our own, started
    from local binaries; None without either."""
    given = os.environ.get("ROLECALL_TEST_POSTGRESQL")
    folder = binaries()
    if given or folder is None:
        yield given or None
        return
    server = PostgresqlServer(folder)
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@pytest.fixture
def schema_url_maker(postgresql_url: str | None) -> Iterator[Callable[[], str]]:
    """URLs into schemas of this test alone; they are dropped afterwards."""
    with schemas(postgresql_url) as make:
        yield make


@pytest.fixture
def schema_url(schema_url_maker: Callable[[], str]) -> str:
    return schema_url_maker()


@pytest.fixture(scope="session")
def lasting_schema_url(postgresql_url: str | None) -> Iterator[str]:
    """A schema that a server of the whole session has."""
    with schemas(postgresql_url) as make:
        yield make()


@pytest.fixture(scope="session", autouse=True)
def nobody_changes_what_is_remembered() -> Iterator[None]:
    """A remembered item is shared by all who read it: its body is at the end as it was read, in every test."""
    keep, clear = Memory.keep, Memory.clear
    read: dict[int, tuple[Item, bytes]] = {}
    changed: list[str] = []

    def items_of(answer: object) -> tuple[Item, ...]:
        return (answer,) if isinstance(answer, Item) else answer.items if isinstance(answer, Page) else ()

    def noting_keep(self: Memory, key: Hashable, answer: object, size: int = 1) -> None:
        for item in items_of(answer):
            read[id(item)] = (item, msgspec.json.encode(item.body))
        keep(self, key, answer, size)

    def checking_clear(self: Memory) -> None:
        for answer in list(self.answers.values()):
            for item in items_of(answer):
                known = read.pop(id(item), None)
                if known is not None and msgspec.json.encode(item.body) != known[1]:
                    changed.append(item.arn)
        clear(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Memory, "keep", noting_keep)
        patch.setattr(Memory, "clear", checking_clear)
        yield
    assert changed == []
