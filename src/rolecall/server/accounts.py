"""Which accounts does the server have, and with which key does each one's root sign?

The root keys are made when an account is first seen, sealed in the store like every key, and opened at each start
for `run.json`, which only the owner of the server can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from rolecall.credentials.keyring import Keyring
from rolecall.services.call import Platform
from rolecall.services.iam.bootstrap import create_account
from rolecall.store.ports import Reader, Store, Unit

ROOT_ITEM = 0


class RootKey(Struct, frozen=True):
    account: str
    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"RootKey({self.account}, {self.access_key_id}, …)"


def root_keys(
    store: Store, platform: Platform, keyring: Keyring, accounts: Iterable[str], now: datetime
) -> tuple[RootKey, ...]:
    """An active root key of each account; accounts and keys that are missing are made."""

    def work(unit: Unit) -> tuple[RootKey, ...]:
        return tuple(_root_key(unit, platform, keyring, account, now) for account in accounts)

    return store.write_sync(work)


def _root_key(unit: Unit, platform: Platform, keyring: Keyring, account: str, now: datetime) -> RootKey:
    for row in unit.access_keys(account, ROOT_ITEM):
        if row["status"] == "Active":
            key_id = row["access_key_id"]
            return RootKey(account, key_id, keyring.open_secret(key_id, row["sealed_secret"]))
    return RootKey(account, *create_account(unit, platform, account, now))


def remembered_keys(reader: Reader, accounts: Iterable[str]) -> dict[str, tuple[Mapping[str, Any], ...]]:
    """The root keys of accounts as they are stored, to be put back after a reset."""
    return {account: reader.access_keys(account, ROOT_ITEM) for account in accounts}


def restore_keys(
    unit: Unit, platform: Platform, kept: Mapping[str, tuple[Mapping[str, Any], ...]], now: datetime
) -> None:
    """Make the accounts anew with the root keys they had."""
    for account, rows in kept.items():
        made, _ = create_account(unit, platform, account, now)
        for row in rows:
            unit.add_access_key(row)
        if rows:
            unit.remove_access_key(made)
