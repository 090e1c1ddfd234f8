"""A server process and the aws CLI in an environment of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.server_process import Aws, ServerProcess, clean_environment
from gateways import KINDS, Gateways


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=KINDS)
def any_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    """One process, two gateways on PostgreSQL that take turns, two workers on SQLite: all the same to clients."""
    match request.param:
        case "one process":
            server = ServerProcess(tmp_path / "data")
        case "two gateways on PostgreSQL":
            server = Gateways(tmp_path / "gateways", request.getfixturevalue("schema_url"))
        case _:
            server = ServerProcess(tmp_path / "data", "--workers", "2")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture
def aws(awscli: list[str], tmp_path: Path) -> Aws:
    """Run the aws CLI with given variables in an empty home; gives the finished process."""

    def run(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **clean_environment(),
            **variables,
            "HOME": str(tmp_path),
            "AWS_PAGER": "",
            "AWS_MAX_ATTEMPTS": "1",
        }
        return subprocess.run(
            [*awscli, *arguments, "--output", "json"], env=environment, capture_output=True, text=True, check=False
        )

    return run
