"""A server process and the aws CLI in an environment of its own."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clients.server_process import CACHE, Aws, ServerProcess, clean_environment


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data")
    server.start()
    yield server
    server.stop()


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
