"""What was acknowledged survives SIGKILL, and the audit trail agrees with the state."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from rolecall.store import open_store
from rolecall.store.ports import Reader
from rolecall.store.records import AuditListing, Listing
from store import crash_writer
from store.samples import ACCOUNT

KILLS = 20


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite-file", "postgresql"])
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(place: str) -> None:
    moments = random.Random(20261123)
    acknowledged: list[tuple[str, str]] = []
    open_store(place).close()
    for life in range(KILLS):
        acknowledged += _write_and_kill(place, f"life{life}x", moments.uniform(0.0, 0.25))
        store = open_store(place)
        with store.read() as reader:
            _check(reader, acknowledged)
        store.close()
    assert len(acknowledged) > KILLS


def _write_and_kill(place: str, prefix: str, after: float) -> list[tuple[str, str]]:
    """What a writer acknowledged until it was killed, that many seconds after it was ready."""
    process = subprocess.Popen(
        [sys.executable, Path(crash_writer.__file__), place, prefix], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    killer = threading.Timer(after, process.kill)
    killer.start()
    lines = process.stdout.read().splitlines(keepends=True)
    process.wait()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [(name, user) for name, user in whole]


def _check(reader: Reader, acknowledged: list[tuple[str, str]]) -> None:
    users = set()
    listing = Listing(account=ACCOUNT, service="iam", type="user", limit=1000)
    while True:
        page = reader.items(listing)
        for item in page.items:
            users.add(item.name)
            (link,) = reader.links(item.id)
            assert reader.document(link.target) == f"policy of {item.name}"
            assert reader.tags(item.id) == {"name": item.name}
            assert [key["access_key_id"] for key in reader.access_keys(ACCOUNT, item.id)] == [f"AKIA{item.name}"]
        if page.next is None:
            break
        listing = msgspec.structs.replace(listing, after=page.next)

    trail = []
    pages = AuditListing(account=ACCOUNT, limit=1000)
    while True:
        found = reader.audit(pages)
        trail += [(record.name, record.event["requestParameters"]["userName"]) for record in found.records]
        if found.next is None:
            break
        pages = msgspec.structs.replace(pages, after=found.next)

    assert len(trail) == len(set(trail))
    assert set(acknowledged) <= set(trail)
    created = {user for name, user in trail if name == "CreateUser"}
    deleted = {user for name, user in trail if name == "DeleteUser"}
    assert users == created - deleted
    # One unit, one step of the version: as many units were kept as there are records.
    assert reader.version(f"account:{ACCOUNT}") == len(trail)
