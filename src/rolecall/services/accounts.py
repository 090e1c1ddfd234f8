"""The account itself, as IAM keeps it: that it is there, and whom AWS writes to about it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import msgspec

from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

NAME: Final = "_Name"
EMAIL: Final = "_Email"
CLOSED: Final = "CLOSED"  # status of an account that was closed
# From an account to the email address of its root user, which no other account may have.
OWNER: Final = "root-email"


def find(reader: Reader, account: str) -> Item | None:
    """An account that this server has."""
    return reader.item_by_unique_id(account)


def open_account(unit: Unit, account: str, now: datetime, partition: str = "aws") -> Item:
    """The account of this id, made when it is not there: without users, roles and keys."""
    known = find(unit, account)
    if known is not None:
        return known
    return unit.add_item(
        Item(
            account=account,
            service="iam",
            type="account",
            name=account,
            arn=f"arn:{partition}:iam::{account}:root",
            unique_id=account,
            created=now,
            modified=now,
        )
    )


def close(unit: Unit, account: str) -> None:
    """Nobody acts in the account any more, wherever it is from now on."""
    known = find(unit, account)
    if known is not None:
        unit.change_item(msgspec.structs.replace(known, status=CLOSED))


def is_closed(reader: Reader, account: str) -> bool:
    known = find(reader, account)
    return known is not None and known.status == CLOSED


def set_contact(unit: Unit, item: Item, name: str, email: str) -> None:
    """Give an account a name and the email address of its root user."""
    unit.change_item(msgspec.structs.replace(item, body={**item.body, NAME: name, EMAIL: email}))
    unit.link(item.id, OWNER, email.lower())


def contact(reader: Reader, account: str) -> tuple[str, str]:
    """Name and email address of an account; made up of its id where nobody gave any."""
    item = find(reader, account)
    body = {} if item is None else item.body
    return body.get(NAME, account), body.get(EMAIL, f"{account}@example.com")


def account_of_email(reader: Reader, email: str) -> str | None:
    """The account whose root user has an email address."""
    for link in reader.linked_to(OWNER, email.lower()):
        item = reader.item_by_id(link.item_id)
        if item is not None:
            return item.account
    return None
