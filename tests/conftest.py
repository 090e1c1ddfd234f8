"""What tests of several folders need."""

from __future__ import annotations

import fcntl
import subprocess
import sys

import pytest

from clients.server_process import CACHE


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
