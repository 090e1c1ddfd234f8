"""A server that listens, and a stage on it for every case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from postgresql_server import schemas
from rolecall.server.assembly import Server
from rolecall.server.run import application, running
from rolecall.testing.server import TestServer, over_http
from services.organizations.stage import Stage


@pytest.fixture(scope="session", params=["SQLite", "PostgreSQL"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServer]:
    if request.param == "SQLite":
        with over_http() as up:
            yield up
        return
    made: list[Server] = []

    def make(server: Server) -> Any:
        made.append(server)
        return application(server)

    # A schema of its own: secrets in it are sealed with this server's key.
    with schemas(request.getfixturevalue("postgresql_url")) as schema:
        folder = tmp_path_factory.mktemp("server")
        with running(make_application=make, database=schema(), data=folder) as answering:
            yield TestServer(made[0], answering.endpoint, None)


@pytest.fixture
def stage(server: TestServer) -> Stage:
    return Stage(server)
