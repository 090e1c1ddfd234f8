"""Starting and ending a server: what a person sees when it works and when it cannot."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from clients.server_process import ROLECALL, ServerProcess, clean_environment, wait_until_gone

pytestmark = pytest.mark.clients


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROLECALL, *arguments], env=clean_environment(), capture_output=True, text=True, timeout=60, check=False
    )


def test_a_port_in_use_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        tried = run("up", "--data", tmp_path / "data", "--port", str(port))
    assert tried.returncode == 2
    assert len(tried.stderr.strip().splitlines()) == 1, tried.stderr
    assert str(port) in tried.stderr
    assert "--port" in tried.stderr


def test_a_folder_that_cannot_be_written_is_one_line_that_says_what_to_do(tmp_path: Path) -> None:
    # A file where a folder is expected stops root too, whom permission bits do not.
    (tmp_path / "file").write_text("")
    tried = run("up", "--data", tmp_path / "file" / "data", "--port", "0")
    assert tried.returncode == 2
    assert len(tried.stderr.strip().splitlines()) == 1, tried.stderr
    assert "--data" in tried.stderr


def test_env_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    tried = run("explain", "--data", tmp_path, "00000000-0000-0000-0000-000000000000")
    assert tried.returncode == 2
    assert "rolecall up" in tried.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_server_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    address = server.environment()["AWS_ENDPOINT_URL"]
    assert server.process is not None
    os.kill(server.process.pid, number)
    assert server.process.wait(timeout=20) == 0
    assert wait_until_gone(address)
    assert "Traceback" not in server.log()


def test_credentials_lie_in_files_of_their_owner_only(server: ServerProcess) -> None:
    secret = server.environment()["AWS_SECRET_ACCESS_KEY"]
    for path in server.folder.rglob("*"):
        if path.is_file() and secret.encode() in path.read_bytes():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path


def test_state_survives_a_restart(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    try:
        server.client("iam").create_user(UserName="ana")
        before = server.environment()["AWS_ACCESS_KEY_ID"]
    finally:
        server.stop()
    server.start()
    try:
        assert server.client("iam").get_user(UserName="ana")["User"]["UserName"] == "ana"
        assert server.environment()["AWS_ACCESS_KEY_ID"] == before
    finally:
        server.stop()


def test_the_banner_says_where_and_what_is_enforced(server: ServerProcess) -> None:
    variables = server.environment()
    banner = server.log()
    assert variables["AWS_ENDPOINT_URL"] in banner
    assert "permissions boundaries" in banner
    assert "rolecall env" in banner
    assert variables["AWS_SECRET_ACCESS_KEY"] not in banner


def test_listening_beyond_this_machine_is_warned_about(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data", "--host", "0.0.0.0")
    server.start()
    try:
        server.environment()
        assert "warning" in server.log().lower()
    finally:
        server.stop()
