"""Servers of several processes for tests that were written for one: they find the same `Running` to call.

Two gateways on one PostgreSQL behind a balancer that alternates, and two workers on one SQLite file.
"""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
from collections.abc import Iterator
from pathlib import Path

from balancer import Balancer
from clients.server_process import ServerProcess
from rolecall.server import Running
from rolecall.server.accounts import RootKey

KINDS = ("one process", "two gateways on PostgreSQL", "two workers on SQLite")


class Gateways(ServerProcess):
    """`rolecall up --database URL` several times, each with a data folder of its own and the same key.

    To clients it is one server: what `rolecall env` prints of the first, with the balancer's address.
    """

    def __init__(self, folder: Path, database: str, *options: str, number: int = 2) -> None:
        super().__init__(folder / "gateway-0", *options)
        key = base64.b64encode(secrets.token_bytes(32)).decode()
        folder.mkdir(parents=True, exist_ok=True)
        self.processes = [
            ServerProcess(
                folder / f"gateway-{each}", "--database", database, *options, variables={"ROLECALL_KEY": key}
            )
            for each in range(number)
        ]
        self.balancer: Balancer | None = None

    def start(self) -> None:
        for process in self.processes:
            process.start()
        self.balancer = Balancer([process.environment()["AWS_ENDPOINT_URL"] for process in self.processes])

    def environment(self) -> dict[str, str]:
        assert self.balancer is not None
        return {**self.processes[0].environment(), "AWS_ENDPOINT_URL": self.balancer.endpoint}

    def running(self) -> Running:
        assert self.balancer is not None
        return running_at(self.folder, self.balancer.endpoint)

    def stop(self) -> int:
        if self.balancer is not None:
            self.balancer.close()
        return max(process.stop() for process in self.processes)

    def log(self) -> str:
        return "".join(process.log() for process in self.processes)


def running_at(folder: Path, endpoint: str | None = None) -> Running:
    """A started server as its run.json tells of it, under another address if one is given."""
    told = json.loads((folder / "run.json").read_text())
    return Running(
        endpoint=endpoint or told["endpoint"],
        access_key_id=told["access_key_id"],
        secret_access_key=told["secret_access_key"],
        region=told["region"],
        account=told["account"],
        roots=tuple(
            RootKey(account, key["access_key_id"], key["secret_access_key"])
            for account, key in told["accounts"].items()
        ),
    )


@contextlib.contextmanager
def two_gateways(folder: Path, database: str, *options: str) -> Iterator[Running]:
    gateways = Gateways(folder, database, *options)
    try:
        gateways.start()
        yield gateways.running()
        assert gateways.balancer is not None
        assert all(gateways.balancer.sent), "every gateway had its share"
    finally:
        gateways.stop()


@contextlib.contextmanager
def two_workers(folder: Path, *options: str) -> Iterator[Running]:
    process = ServerProcess(folder / "data", "--workers", "2", *options)
    process.start()
    try:
        process.environment()
        yield running_at(process.folder)
    finally:
        process.stop()
