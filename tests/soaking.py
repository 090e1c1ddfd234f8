"""Servers under load while they and their database are killed at random: what was acknowledged must be there.

    python tests/soaking.py        SOAK_SECONDS: how long in all (600)

Half of the time two gateways on PostgreSQL, half two workers on SQLite. Meanwhile
- writers make users with a key each; what was acknowledged must exist at the end exactly once, with one audit
  record, and what exists must have been asked for;
- a policy is turned between allow and deny, and probes ask all the time: between two acknowledged changes every
  answer must be the one of that policy;
- gateways, workers, their parent and PostgreSQL get SIGKILL and are started again by nobody's hand but the
  supervisor's that any deployment has.
"""

from __future__ import annotations

import collections
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from clients.server_process import ServerProcess
from gateways import Gateways
from postgresql_server import PostgresqlServer, binaries
from rolecall.store import open_store
from rolecall.store.records import AuditListing

ACCOUNT = "123456789012"
ONE_TRY = Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=15)
WRITERS, PROBES = 3, 2
PAUSE = (0.5, 2.5)  # seconds between kills


class Site:
    """A deployment under test: where it can be called, what can be killed, where its state lies."""

    kills: collections.Counter[str]

    def start(self) -> None: ...

    def endpoints(self) -> list[str]: ...

    def keys(self) -> dict[str, str]: ...

    def strike(self, chance: random.Random) -> None:
        """Kill something and start it again."""

    def place(self) -> str:
        """What open_store is given."""

    def stop(self) -> None: ...

    def log(self) -> str: ...


class PostgresqlSite(Site):
    def __init__(self, folder: Path) -> None:
        found = binaries()
        assert found is not None, "PostgreSQL is not installed"
        self.kills = collections.Counter()
        self._database = PostgresqlServer(found, durable=True)
        self._gateways = Gateways(folder, self._database.url)
        self._ports: list[str] = []

    def start(self) -> None:
        self._database.start()
        for process in self._gateways.processes:
            process.start()
        for process in self._gateways.processes:
            address = process.environment()["AWS_ENDPOINT_URL"]
            self._ports.append(address)
            # From now on at the same port, as a deployment's gateway is.
            process.options = (*process.options, "--port", address.rpartition(":")[2])

    def endpoints(self) -> list[str]:
        return self._ports

    def keys(self) -> dict[str, str]:
        return self._gateways.processes[0].environment()

    def strike(self, chance: random.Random) -> None:
        if chance.random() < 0.3:
            self.kills["postgresql"] += 1
            self._database.kill()
            self._database.start()
        for process in self._gateways.processes:
            if process.process is not None and process.process.poll() is not None:
                process.start()  # it could not start while the database was away
        if chance.random() < 0.7:
            self.kills["gateway"] += 1
            process = chance.choice(self._gateways.processes)
            process.kill()
            process.start()

    def place(self) -> str:
        return self._database.url

    def stop(self) -> None:
        for process in self._gateways.processes:
            process.stop()
        self._database.stop()

    def end_gateways(self) -> None:
        for process in self._gateways.processes:
            process.stop()

    def log(self) -> str:
        return self._gateways.log()


class SqliteSite(Site):
    def __init__(self, folder: Path) -> None:
        self.kills = collections.Counter()
        self._server = ServerProcess(folder / "data", "--workers", "2")
        self._address = ""

    def start(self) -> None:
        self._server.start()
        self._address = self._server.environment()["AWS_ENDPOINT_URL"]
        self._server.options = (*self._server.options, "--port", self._address.rpartition(":")[2])

    def endpoints(self) -> list[str]:
        return [self._address]

    def keys(self) -> dict[str, str]:
        return self._server.environment()

    def strike(self, chance: random.Random) -> None:
        assert self._server.process is not None
        if self._server.process.poll() is not None:
            self._server.start()  # the port or the folder was not free yet
            return
        if chance.random() < 0.25:
            self.kills["parent"] += 1
            self._server.kill()
            time.sleep(0.3)
            self._server.start()
            return
        children = Path(f"/proc/{self._server.process.pid}/task/{self._server.process.pid}/children")
        pids = [int(pid) for pid in children.read_text().split()]
        if pids:
            self.kills["worker"] += 1
            os.kill(chance.choice(pids), signal.SIGKILL)

    def place(self) -> str:
        return str(self._server.folder)

    def end_gateways(self) -> None:
        self._server.stop()

    def stop(self) -> None:
        self._server.stop()

    def log(self) -> str:
        return self._server.log()


class Load:
    """Everything that happens to a site, and what has to be true of it."""

    def __init__(self, site: Any, seed: int) -> None:
        self.site = site
        self.chance = random.Random(seed)
        self.over = threading.Event()
        self.acknowledged: dict[str, str] = {}  # user → key id, or "" where only the user was acknowledged
        self.asked: set[str] = set()
        self.policy: tuple[str, int] = ("moving", 0)
        self.counts: collections.Counter[str] = collections.Counter()
        self.wrong: list[str] = []
        self._session = boto3.session.Session()
        self._making = threading.Lock()
        self._made = threading.local()

    def client(self, service: str, keys: dict[str, str]) -> Any:
        """At any of the endpoints. Made once for each thread: making a client takes longer than calls do."""
        endpoint = self.chance.choice(self.site.endpoints())
        made = self._made.__dict__.setdefault("clients", {})
        name = (service, endpoint, keys["AWS_ACCESS_KEY_ID"])
        if name not in made:
            with self._making:
                made[name] = self._session.client(
                    service,
                    endpoint_url=endpoint,
                    region_name="us-east-1",
                    aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
                    aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
                    config=ONE_TRY,
                )
        return made[name]

    def insist(self, call: Callable[[], Any], fine: tuple[str, ...] = ()) -> Any:
        """Until it is acknowledged; a repeated call may find its own effect (`fine`)."""
        while True:
            try:
                return call()
            except ClientError as error:
                if error.response["Error"]["Code"] in fine:
                    return None
            except BotoCoreError:
                pass
            if self.over.is_set():
                raise InterruptedError
            time.sleep(0.02)

    def write(self, name: str, root: dict[str, str]) -> None:
        number = 0
        while not self.over.is_set():
            iam = self.client("iam", root)
            for _ in range(20):
                number += 1
                user = f"{name}-{number}"
                self.asked.add(user)
                try:
                    iam.create_user(UserName=user)
                    self.acknowledged[user] = ""
                    key = iam.create_access_key(UserName=user)["AccessKey"]["AccessKeyId"]
                    self.acknowledged[user] = key
                except (ClientError, BotoCoreError):
                    self.counts["unanswered"] += 1
                    break
                if self.over.is_set():
                    return

    def turn(self, root: dict[str, str]) -> None:
        """Allow and deny in turns; `policy` says which of them is acknowledged, or that it is moving."""
        version = 0
        while not self.over.is_set():
            for effect in ("Allow", "Deny"):
                version += 1
                document = json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": {"Effect": effect, "Action": "iam:GetUser", "Resource": "*"},
                    }
                )
                self.policy = ("moving", version)
                try:
                    self.insist(
                        lambda text=document: self.client("iam", root).put_user_policy(
                            UserName="probe", PolicyName="p", PolicyDocument=text
                        )
                    )
                except InterruptedError:
                    return
                self.policy = (effect, version)
                self.counts["policy changes"] += 1
                time.sleep(self.chance.uniform(0.0, 0.3))

    def probe(self, keys: dict[str, str]) -> None:
        while not self.over.is_set():
            iam = self.client("iam", keys)
            for _ in range(20):
                before = self.policy
                try:
                    iam.get_user(UserName="probe")
                    outcome = "Allow"
                except ClientError as error:
                    outcome = {"AccessDenied": "Deny"}.get(error.response["Error"]["Code"], "")
                except BotoCoreError:
                    break
                if before == self.policy and before[0] != "moving" and outcome:
                    self.counts["policy checks"] += 1
                    if outcome != before[0]:
                        self.wrong.append(f"{outcome} while the policy was {before}")
                if self.over.is_set():
                    return

    def run(self, seconds: float) -> None:
        self.site.start()
        root = self.site.keys()
        iam = self.client("iam", root)
        iam.create_user(UserName="probe")
        key = iam.create_access_key(UserName="probe")["AccessKey"]
        probe = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        threads = [
            *(threading.Thread(target=self.write, args=(f"writer-{n}", root)) for n in range(WRITERS)),
            *(threading.Thread(target=self.probe, args=(probe,)) for _ in range(PROBES)),
            threading.Thread(target=self.turn, args=(root,)),
        ]
        for thread in threads:
            thread.start()
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                time.sleep(self.chance.uniform(*PAUSE))
                self.site.strike(self.chance)
            # It comes back without anybody's help.
            self.insist(lambda: self.client("iam", root).create_user(UserName="last"), ("EntityAlreadyExists",))
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def check(self) -> None:
        """Compare what is stored with what was acknowledged and asked for."""
        self.site.end_gateways()
        store = open_store(self.site.place())
        try:
            with store.read() as reader:
                created: collections.Counter[str] = collections.Counter()
                listing = AuditListing(account=ACCOUNT, name="CreateUser", limit=500)
                while True:
                    page = reader.audit(listing)
                    for record in page.records:
                        if not record.error_code:
                            created[record.event["requestParameters"]["userName"]] += 1
                    if page.next is None:
                        break
                    listing = AuditListing(account=ACCOUNT, name="CreateUser", limit=500, after=page.next)
                for user in self.asked:
                    item = reader.item(ACCOUNT, "iam", "user", user.lower())
                    self.counts["users checked"] += 1
                    if item is None and user in self.acknowledged:
                        self.wrong.append(f"{user} was acknowledged and is not there")
                    if created[user] != (item is not None):
                        self.wrong.append(f"{user}: {created[user]} audit records, there: {item is not None}")
                    keys = () if item is None else reader.access_keys(ACCOUNT, item.id)
                    key = self.acknowledged.get(user)
                    if key and key not in {row["access_key_id"] for row in keys}:
                        self.wrong.append(f"the key of {user} was acknowledged and is not there")
                    if len(keys) > 1:
                        self.wrong.append(f"{user} has {len(keys)} keys: one was asked for")
                strangers = set(created) - self.asked - {"probe", "last"}
                if strangers:
                    self.wrong.append(f"nobody asked for {sorted(strangers)[:5]}")
        finally:
            store.close()


def soak(kind: type[Any], folder: Path, seconds: float, seed: int) -> Load:
    """Put a site under load for a while and check it; gives what happened."""
    folder.mkdir(parents=True, exist_ok=True)
    load = Load(kind(folder), seed)
    try:
        load.run(seconds)
        load.check()
    finally:
        load.site.stop()
    if "Traceback" in load.site.log() and "failed unexpectedly" not in load.site.log():
        load.wrong.append("a process ended with a traceback")
    return load


def told(name: str, load: Load) -> str:
    kills = ", ".join(f"{count} {what}" for what, count in sorted(load.site.kills.items()))
    return (
        f"{name}: killed {kills}; {len(load.acknowledged)} users acknowledged, "
        f"{load.counts['unanswered']} calls without an answer; {load.counts['users checked']} users and "
        f"{load.counts['policy checks']} decisions checked over {load.counts['policy changes']} policy changes; "
        f"{len(load.wrong)} wrong"
    )


def main() -> int:
    seconds = float(os.environ.get("SOAK_SECONDS", "600"))
    seed = int(os.environ.get("SOAK_SEED", str(int(time.time()))))
    print(f"soaking for {seconds:g} seconds (SOAK_SEED={seed})", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="rolecall-soak-") as folder:
        kinds: list[tuple[str, type[Any]]] = [("SQLite", SqliteSite)]
        if binaries() is None:
            print("PostgreSQL is not installed: only SQLite is soaked")
        else:
            kinds.append(("PostgreSQL", PostgresqlSite))
        for name, kind in kinds:
            load = soak(kind, Path(folder) / name.lower(), seconds / len(kinds), seed)
            print(told(name, load), flush=True)
            for line in load.wrong[:20]:
                print(f"  {line}")
            wrong += len(load.wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
