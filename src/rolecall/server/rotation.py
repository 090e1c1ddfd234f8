"""Seal everything with the current key again, so that the key before it can be dropped.

A start with two keys does it: the first seals, both open. Secret access keys and the seeds of MFA devices are all
that is sealed at rest; session tokens are nowhere, and end within hours.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from rolecall.credentials.keyring import Keyring
from rolecall.store.ports import Store, Unit
from rolecall.store.records import Item, Listing

PAGE: Final = 200
SEED: Final = "SealedSeed"


def reseal(store: Store, keyring: Keyring, accounts: Iterable[str]) -> int:
    """Says how many secrets were sealed anew. Raises credentials.SecretDamaged where no key opens one."""
    if not keyring.rotating:
        return 0
    seen: set[str] = set(accounts)
    done = _keys(store, keyring, seen)
    return done + sum(_seeds(store, keyring, account) for account in sorted(seen))


def _keys(store: Store, keyring: Keyring, seen: set[str]) -> int:
    """Page by page, each a unit of its own; `seen` learns the accounts that have keys."""
    done, after = 0, ""
    while True:
        with store.read() as reader:
            page = reader.access_keys_after(after, PAGE)
        if not page:
            return done
        seen.update(row["account"] for row in page)
        names = [row["access_key_id"] for row in page]

        def work(unit: Unit, names: list[str] = names) -> int:
            changed = 0
            for name in names:
                row = unit.access_key(name)
                again = None if row is None else keyring.reseal_secret(name, row["sealed_secret"])
                if again is not None:
                    unit.change_access_key(name, sealed_secret=again)
                    changed += 1
            return changed

        done += store.write_sync(work)
        after = names[-1]


def _seeds(store: Store, keyring: Keyring, account: str) -> int:
    def work(unit: Unit) -> int:
        changed = 0
        for device in _devices(unit, account):
            sealed = device.body.get(SEED)
            again = None if sealed is None else keyring.reseal_secret(device.arn, base64.b64decode(sealed))
            if again is not None:
                body: dict[str, Any] = {**device.body, SEED: base64.b64encode(again).decode()}
                unit.change_item(msgspec.structs.replace(device, body=body))
                changed += 1
        return changed

    return store.write_sync(work)


def _devices(unit: Unit, account: str) -> list[Item]:
    found: list[Item] = []
    after: str | None = None
    while True:
        page = unit.items(
            Listing(account=account, service="iam", type="mfa", parent=None, limit=PAGE, after=after)
        )
        found += page.items
        if page.next is None:
            return found
        after = page.next
