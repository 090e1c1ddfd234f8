"""The same tests over each kind of database. PostgreSQL: see `postgresql_url` in tests/conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rolecall.store import open_store
from rolecall.store.ports import Store

KINDS = ("sqlite-memory", "sqlite-file", "postgresql")

Opener = Callable[[], Store]


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


@pytest.fixture
def other_schema_url(schema_url_maker: Callable[[], str]) -> str:
    """A second schema of this test alone."""
    return schema_url_maker()
