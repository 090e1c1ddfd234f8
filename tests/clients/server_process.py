"""A server process started as a user starts it, and what its clients need."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROLECALL = Path(sys.executable).with_name("rolecall")
CACHE = Path(__file__).parents[2] / ".cache"
Aws = Callable[..., "subprocess.CompletedProcess[str]"]
ONE_TRY = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=20)


def clean_environment() -> dict[str, str]:
    """The environment without anything of AWS's, so that only what `rolecall env` prints counts."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ROLECALL_"))}


class ServerProcess:
    """`rolecall up --data FOLDER`, and what `rolecall env --data FOLDER` prints."""

    def __init__(self, folder: Path, *options: str, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.options = options
        self.variables = dict(variables or {})
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it may need a moment before it answers."""
        # A file, not a pipe: nobody reads while the test runs, and a full pipe would stop the server.
        with open(self.folder.with_suffix(".log"), "ab") as log:
            self.process = subprocess.Popen(
                [ROLECALL, "up", "--data", self.folder, "--port", "0", *self.options],
                env={**clean_environment(), **self.variables},
                stdout=log,
                stderr=log,
            )

    def environment(self) -> dict[str, str]:
        """The exports of `rolecall env`, as a shell would take them."""
        printed = subprocess.run(
            [ROLECALL, "env", "--data", self.folder],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert printed.returncode == 0, printed.stderr + self.log()
        exports = [shlex.split(line)[1] for line in printed.stdout.splitlines() if line.startswith("export ")]
        return dict(line.split("=", 1) for line in exports)

    def client(self, service: str, **keys: str) -> Any:
        """A boto3 client with nothing but what the environment says."""
        variables = self.environment()
        session = boto3.session.Session(
            aws_access_key_id=keys.get("AccessKeyId", variables["AWS_ACCESS_KEY_ID"]),
            aws_secret_access_key=keys.get("SecretAccessKey", variables["AWS_SECRET_ACCESS_KEY"]),
            aws_session_token=keys.get("SessionToken"),
            region_name=variables["AWS_REGION"],
        )
        return session.client(service, endpoint_url=variables["AWS_ENDPOINT_URL"], config=ONE_TRY)

    def kill(self) -> None:
        """End the process as a power cut would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End the process as Ctrl-C does."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout=20)

    def log(self) -> str:
        """What the server printed."""
        return self.folder.with_suffix(".log").read_text()


def answer_of(process: subprocess.CompletedProcess[str]) -> Any:
    """The JSON that a call of the aws CLI printed."""
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout) if process.stdout.strip() else {}


def wait_until_gone(address: str, seconds: float = 10.0) -> bool:
    """Whether nothing answers at an address any more."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{address}/_rolecall/health", timeout=1).close()
        except (urllib.error.URLError, OSError):
            return True
        time.sleep(0.05)
    return False
