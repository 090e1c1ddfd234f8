"""How an account begins: its root and the root's first access key."""

from __future__ import annotations

from datetime import datetime

from rolecall.services import accounts
from rolecall.services.access_key_ids import LONG_TERM, new_access_key_id
from rolecall.services.call import Platform
from rolecall.services.iam.access_keys import ROOT_ITEM
from rolecall.services.iam.entities import second
from rolecall.store.ports import Unit


def create_account(
    unit: Unit, platform: Platform, account_id: str, now: datetime, *, partition: str = "aws"
) -> tuple[str, str]:
    """Make an account with a root access key; gives the key's id and secret.

    For an account that exists already, only another root key is made.
    """
    if len(account_id) != 12 or not account_id.isascii() or not account_id.isdigit():
        raise ValueError(f"an account id has 12 digits, not {account_id!r}")
    now = second(now)
    accounts.open_account(unit, account_id, now, partition)
    key_id = new_access_key_id(platform, LONG_TERM, account_id)
    secret = platform.new_secret()
    unit.add_access_key(
        {
            "access_key_id": key_id,
            "account": account_id,
            "item_id": ROOT_ITEM,
            "sealed_secret": platform.seal_secret(key_id, secret),
            "status": "Active",
            "created": now,
        }
    )
    return key_id, secret
