"""Several processes at one address, looked after by their parent; and one server for one folder."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from clients.server_process import ROLECALL, ServerProcess, clean_environment, wait_until_gone

pytestmark = pytest.mark.clients


def children(server: ServerProcess) -> set[int]:
    assert server.process is not None
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
    return set(map(int, listed.read_text().split()))


def wait_for_children(server: ServerProcess, wanted: int, without: int = 0) -> set[int]:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        found = children(server)
        if len(found) == wanted and without not in found:
            return found
        time.sleep(0.02)
    raise AssertionError(server.log())


def test_workers_share_state_and_keys(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", "--workers", "3")
    server.start()
    try:
        address = server.environment()["AWS_ENDPOINT_URL"]
        assert len(children(server)) == 3
        for number in range(12):  # each client comes with a connection of its own
            server.client("iam").create_user(UserName=f"user-{number}")
        assert len(server.client("iam").list_users()["Users"]) == 12
    finally:
        assert server.stop() == 0
    assert wait_until_gone(address)
    assert "Traceback" not in server.log()


def test_a_worker_that_is_killed_is_started_again(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", "--workers", "2")
    server.start()
    try:
        server.environment()
        for _ in range(3):
            victim = min(children(server))
            os.kill(victim, signal.SIGKILL)
            wait_for_children(server, 2, without=victim)
            with contextlib.suppress(ClientError):
                server.client("iam").create_user(UserName="ana")
        assert server.client("iam").get_user(UserName="ana")["User"]["UserName"] == "ana"
        assert "ended with -9 and is started again" in server.log()
    finally:
        assert server.stop() == 0


def test_workers_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", "--workers", "2")
    server.start()
    address = server.environment()["AWS_ENDPOINT_URL"]
    server.kill()
    assert wait_until_gone(address)
    server.start()
    try:
        server.environment()
    finally:
        server.stop()


def test_a_folder_is_served_once_and_the_second_start_is_told_so(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        server.environment()
        assert server.process is not None
        tried = subprocess.run(
            [ROLECALL, "up", "--data", server.folder, "--port", "0"],
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert tried.returncode == 2
        assert len(tried.stderr.strip().splitlines()) == 1, tried.stderr
        assert str(server.process.pid) in tried.stderr
        assert "--workers" in tried.stderr
        server.client("iam").create_user(UserName="ana")  # the first one goes on
    finally:
        server.stop()
