"""A server that listens, and a stage on it for every case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rolecall.testing.server import TestServer, over_http
from services.organizations.stage import Stage


@pytest.fixture(scope="session")
def server() -> Iterator[TestServer]:
    with over_http() as up:
        yield up


@pytest.fixture
def stage(server: TestServer) -> Stage:
    return Stage(server)
