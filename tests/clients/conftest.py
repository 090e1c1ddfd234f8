"""A server process and the aws CLI in an environment of its own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.server_process import Aws, ServerProcess, clean_environment


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    server.start()
    yield server
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
