"""Both servers, with the same caller and the same jobs in them."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import msgspec
from botocore.config import Config
from botocore.credentials import Credentials

from benchmarks.server.requests import (
    ACCOUNT,
    POLICIES,
    REGION,
    TRUST,
    job_parameters,
    policy_document,
    query,
    sagemaker,
    signed,
)


class Peer:
    """A server process: start it, use its caller's keys, ask how much memory it takes."""

    def __init__(self, command: list[str], address: str, environment: dict[str, str], log: Path) -> None:
        self.address = address
        self._log = log
        started = time.perf_counter()
        with log.open("ab") as file:
            self.process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=file, stderr=file)
        while not self._answers():
            if self.process.poll() is not None:
                raise RuntimeError(log.read_text()[-2000:])
            time.sleep(0.005)
        self.start_seconds = time.perf_counter() - started

    def _answers(self) -> bool:
        """Whether it answers a call, be it with an error."""
        service, headers, body = query("sts", "GetCallerIdentity")
        host, port = self.address.removeprefix("http://").split(":")
        try:
            connection = http.client.HTTPConnection(host, int(port), timeout=60)
            fake = signed(self.address, Credentials("AKIAX", "x"), (service, headers, body))
            connection.request("POST", "/", body, dict(fake[0]))
            connection.getresponse().read()
        except OSError:
            return False
        return True

    def memory(self) -> float:
        """Resident megabytes, of its children too."""
        pids = [self.process.pid]
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        total = 0
        for pid in [*pids, *map(int, children)]:
            status = Path(f"/proc/{pid}/status").read_text()
            total += int(re.search(r"VmRSS:\s+(\d+)", status).group(1))  # type: ignore[union-attr]
        return total / 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()

    def client(self, service: str, keys: Credentials) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.address,
            region_name=REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def make_caller(self, root: Credentials) -> Credentials:
        """A user with three small policies, and a role to hand over."""
        iam = self.client("iam", root)
        iam.create_role(RoleName="exec", AssumeRolePolicyDocument=TRUST)
        iam.create_user(UserName="u")
        for number, actions in enumerate(POLICIES):
            made = iam.create_policy(PolicyName=f"p{number}", PolicyDocument=policy_document(actions))
            iam.attach_user_policy(UserName="u", PolicyArn=made["Policy"]["Arn"])
        key = iam.create_access_key(UserName="u")["AccessKey"]
        return Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    def fill(self, keys: Credentials, have: int, wanted: int) -> None:
        """Make jobs by calls."""
        host, port = self.address.removeprefix("http://").split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=60)
        for number in range(have, wanted):
            headers, body = signed(
                self.address, keys, sagemaker("CreateTrainingJob", **job_parameters(f"fill-{number}"))
            )
            connection.request("POST", "/", body, dict(headers))
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {text[:300]!r}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_moto(executable: Path, log: Path) -> Peer:
    """moto_server; `check_moto` turns its checks on."""
    port = free_port()
    command = [str(executable), "-H", "127.0.0.1", "-p", str(port)]
    return Peer(command, f"http://127.0.0.1:{port}", {"MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}, log)


def check_moto(peer: Peer) -> None:
    connection = http.client.HTTPConnection(peer.address.removeprefix("http://"))
    connection.request("POST", "/moto-api/reset-auth", "0")
    connection.getresponse().read()


def start_ours(folder: Path, *options: str) -> Peer:
    port = free_port()
    executable = Path(sys.executable).with_name("rolecall")
    command = [str(executable), "up", "--data", str(folder), "--port", str(port), *options]
    return Peer(command, f"http://127.0.0.1:{port}", {}, folder.with_suffix(".log"))


def our_root(folder: Path) -> Credentials:
    run = json.loads((folder / "run.json").read_text())
    return Credentials(run["access_key_id"], run["secret_access_key"])


def multiply(folder: Path, type: str, wanted: int, renamed: Callable[[Any, str], Any]) -> None:
    """Copy the one stored thing of a type until there are so many; the server is not running."""
    from rolecall.store import open_store
    from rolecall.store.ports import Unit
    from rolecall.store.records import Listing

    store = open_store(str(folder))
    service, region = ("iam", "") if type == "role" else ("sagemaker", REGION)
    kind = Listing(account=ACCOUNT, service=service, type=type, region=region, limit=1)
    with store.read() as reader:
        (one,) = reader.items(kind).items
        have = reader.count(ACCOUNT, service, type, region=region)
        tags, links = reader.tags(one.id), reader.links(one.id)
    for begin in range(have, wanted, 1000):

        def work(unit: Unit, begin: int = begin) -> None:
            for number in range(begin, min(begin + 1000, wanted)):
                made = unit.add_item(renamed(msgspec.structs.replace(one, id=0), f"copy-{number}"), tags)
                for link in links:
                    unit.link(made.id, link.relation, link.target, name=link.name)

        store.write_sync(work)
    store.close()


def renamed_job(item: Any, name: str) -> Any:
    return msgspec.structs.replace(
        item,
        name=name,
        folded_name="",
        unique_id="",
        next_at=None,
        arn=f"{item.arn.rpartition('/')[0]}/{name}",
        body={**item.body, "TrainingJobName": name},
    )


def renamed_role(item: Any, name: str) -> Any:
    return msgspec.structs.replace(
        item,
        name=name,
        folded_name=name,
        unique_id=f"AROA{name.upper().replace('-', ''):0>17}",
        arn=f"{item.arn.rpartition('/')[0]}/{name}",
    )
