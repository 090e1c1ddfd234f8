"""A server that is killed under writes keeps what it acknowledged, and its audit trail agrees with its state."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from clients.server_process import ServerProcess

pytestmark = [pytest.mark.clients, pytest.mark.slow]

KILLS = 20
WRITERS = 4


class Writer(threading.Thread):
    """Creates users one after the other until the server dies under it."""

    def __init__(self, iam: Any, prefix: str) -> None:
        super().__init__()
        self.iam = iam
        self.prefix = prefix
        self.acknowledged: dict[str, str] = {}  # user name -> request id

    def run(self) -> None:
        try:
            for number in range(100_000):
                name = f"{self.prefix}-{number}"
                answer = self.iam.create_user(UserName=name, Tags=[{"Key": "made-by", "Value": self.prefix}])
                self.acknowledged[name] = answer["ResponseMetadata"]["RequestId"]
        except (BotoCoreError, ClientError):
            return


def wait_for(writers: list[Writer], many: int) -> None:
    """Let the writers go on until so many writes are acknowledged."""
    until = time.monotonic() + 20
    while time.monotonic() < until and sum(len(writer.acknowledged) for writer in writers) < many:
        time.sleep(0.001)


def all_users(iam: Any) -> set[str]:
    pages = iam.get_paginator("list_users").paginate()
    return {user["UserName"] for page in pages for user in page["Users"]}


def audited_creations(folder: Path) -> dict[str, str]:
    """User name -> request id of every CreateUser that the trail calls successful."""
    (file,) = [path for path in folder.iterdir() if path.suffix in (".db", ".sqlite", ".sqlite3")]
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as database:
        rows = database.execute(
            "select request_id, json_extract(event, '$.requestParameters.userName') from audit "
            "where name = 'CreateUser' and error_code = ''"
        ).fetchall()
    return {name: request_id for request_id, name in rows}


def test_twenty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(4750)
    server = ServerProcess(tmp_path / "data")
    acknowledged: dict[str, str] = {}
    for kill in range(KILLS):
        server.start()
        iam = server.client("iam")
        writers = [Writer(iam, f"kill-{kill}-writer-{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        wait_for(writers, chance.randint(1, 100))
        server.kill()
        for writer in writers:
            writer.join()
            acknowledged.update(writer.acknowledged)

    server.start()
    try:
        there = all_users(server.client("iam"))
        tagged = server.client("iam").list_user_tags(UserName=next(iter(acknowledged)))["Tags"]
    finally:
        server.stop()
    audited = audited_creations(server.folder)

    assert len(acknowledged) > KILLS, server.log()
    assert set(acknowledged) <= there
    assert set(audited) == there
    assert {name: audited[name] for name in acknowledged} == acknowledged
    assert [tag["Key"] for tag in tagged] == ["made-by"]
