"""Aliases: names for keys that may be moved from one key to another."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.kms import paging
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.lookups import ALIAS, SERVICE, alias_arn, find, living
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

PREFIX: Final = "alias/"
RESERVED: Final = "alias/aws/"
# A colon would be a character of an alias too; no policy could name the ARN that it makes.
NAME: Final = re.compile(r"alias/[A-Za-z0-9/_-]{1,250}")


def add(unit: Unit, key: Item, name: str, call: Call) -> None:
    """Store an alias of a key."""
    unit.add_item(
        Item(
            account=key.account,
            region=key.region,
            service=SERVICE,
            type=ALIAS,
            name=name,
            arn=alias_arn(call.partition, key.region, key.account, name),
            created=call.now,
            modified=call.now,
            body={"TargetKeyId": key.name},
        )
    )
    _known(unit, key, lambda names: [*names, name])


def create_alias(call: Call, unit: Unit) -> Mapping[str, Any]:
    name = _allowed(call)
    key = find(call, unit, "TargetKeyId")
    arn = alias_arn(call.partition, call.region, call.account, name)
    if unit.item_by_arn(arn) is not None:
        raise refuse("alias taken", arn=arn)
    add(unit, key, name, call)
    return {}


def update_alias(call: Call, unit: Unit) -> Mapping[str, Any]:
    name = _allowed(call)
    alias = _find(call, unit, name)
    key = find(call, unit, "TargetKeyId")
    _forget(call, unit, alias)
    unit.change_item(msgspec.structs.replace(alias, body={"TargetKeyId": key.name}, modified=call.now))
    key = find(call, unit, "TargetKeyId")  # as it is when the key lost and gets the same alias
    _known(unit, key, lambda names: [*names, name])
    return {}


def delete_alias(call: Call, unit: Unit) -> Mapping[str, Any]:
    alias = _find(call, unit, _allowed(call))
    _forget(call, unit, alias)
    unit.remove_item(alias.id)
    return {}


def list_aliases(call: Call, reader: Reader) -> Mapping[str, Any]:
    if call.parameters.get("KeyId"):
        key = find(call, reader)
        if key.account != call.account:
            # The same as for a key that is not there: decided on `*`, the list tells nothing of other accounts.
            raise refuse("no such key", arn=key.arn)
        names = key.body["ResourceAliases"]
        aliases = [reader.item(call.account, SERVICE, ALIAS, name, region=call.region) for name in names]
        return paging.whole({"Aliases": [_shown(alias) for alias in aliases if alias is not None]})
    listing = Listing(account=call.account, service=SERVICE, type=ALIAS, region=call.region)
    items, more = paging.page(call, reader, listing, default=50)
    return {"Aliases": [_shown(item) for item in items], **more}


def _shown(item: Item) -> dict[str, Any]:
    return {
        "AliasName": item.name,
        "AliasArn": item.arn,
        "TargetKeyId": item.body["TargetKeyId"],
        "CreationDate": item.created,
        "LastUpdatedDate": item.modified,
    }


def _allowed(call: Call) -> str:
    """The name of the alias in a request, if a customer may have it."""
    name = str(call.parameters["AliasName"])
    if not name.startswith(PREFIX):
        raise refuse("alias prefix")
    if name.startswith(RESERVED):
        raise refuse("alias reserved")
    if not NAME.fullmatch(name):
        raise refuse("alias characters")
    return name


def _find(call: Call, reader: Reader, name: str) -> Item:
    arn = alias_arn(call.partition, call.region, call.account, name)
    item = reader.item_by_arn(arn)
    if item is None:
        raise refuse("no such alias", arn=arn)
    return item


def _forget(call: Call, unit: Unit, alias: Item) -> None:
    """Take an alias from the key that it named, if that is still there."""
    target = alias.body["TargetKeyId"]
    key = living(unit, call.now, f"{alias.arn.rpartition(':')[0]}:key/{target}")
    if key is not None:
        _known(unit, key, lambda names: [one for one in names if one != alias.name])


def _known(unit: Unit, key: Item, change: Any) -> None:
    """Keep the list that kms:ResourceAliases reads."""
    names = change(list(key.body["ResourceAliases"]))
    unit.change_item(msgspec.structs.replace(key, body={**key.body, "ResourceAliases": names}))


OPERATIONS: Final = {
    "CreateAlias": Operation(create_alias, writes=True),
    "UpdateAlias": Operation(update_alias, writes=True),
    "DeleteAlias": Operation(delete_alias, writes=True),
    "ListAliases": Operation(list_aliases, writes=False),
}
