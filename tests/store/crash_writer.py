"""A process that is killed: writes units from several tasks and prints the name of each that was acknowledged.

A unit makes a user with a tag, an inline policy, an access key and an audit record, or removes an earlier one.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from rolecall.store import open_store
from rolecall.store.ports import Store, Unit
from rolecall.store.records import AuditRecord, Item

ACCOUNT = "123456789012"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def record(name: str, user: str) -> AuditRecord:
    return AuditRecord(
        event_id=f"{name}-{user}",
        request_id=f"{name}-{user}",
        time=NOW,
        account=ACCOUNT,
        source="iam.amazonaws.com",
        name=name,
        principal="root",
        read_only=False,
        event={"requestParameters": {"userName": user}},
    )


def create(unit: Unit, name: str) -> None:
    item = unit.add_item(
        Item(
            account=ACCOUNT,
            service="iam",
            type="user",
            name=name,
            arn=f"arn:aws:iam::{ACCOUNT}:user/{name}",
            unique_id=f"AIDA{name}",
            created=NOW,
            modified=NOW,
        ),
        {"name": name},
    )
    unit.link(item.id, "inline-policy", unit.put_document(f"policy of {name}"), name="p")
    unit.add_access_key(
        {
            "access_key_id": f"AKIA{name}",
            "account": ACCOUNT,
            "item_id": item.id,
            "sealed_secret": b"sealed",
            "status": "Active",
            "created": NOW,
        }
    )
    unit.record(record("CreateUser", name))


def delete(unit: Unit, name: str) -> None:
    item = unit.item(ACCOUNT, "iam", "user", name)
    assert item is not None
    unit.remove_item(item.id)
    unit.record(record("DeleteUser", name))


async def write(store: Store, prefix: str) -> None:
    number = 0
    while True:
        name = f"{prefix}-{number}"
        await store.write(lambda unit, name=name: create(unit, name))
        print("CreateUser", name, flush=True)
        if number % 3 == 2:
            old = f"{prefix}-{number - 1}"
            await store.write(lambda unit, old=old: delete(unit, old))
            print("DeleteUser", old, flush=True)
        number += 1


async def main(place: str, prefix: str) -> None:
    store = open_store(place)
    print("ready", flush=True)
    await asyncio.gather(*(write(store, f"{prefix}{task}") for task in range(4)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
