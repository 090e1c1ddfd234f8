"""Tags of the root, units, accounts, policies and the resource policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.organization import SERVICE, Membership
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.nodes import node, own
from rolecall.services.organizations.paging import page
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

MOST: Final = 50
RESERVED: Final = "aws:"
TAGGABLE: Final = frozenset({"policy", "resourcepolicy"})


def requested(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """The tags of a request as a mapping, checked."""
    given: dict[str, str] = {}
    for tag in tags or ():
        key = tag["Key"]
        if key.lower().startswith(RESERVED):
            raise fault("system tag")
        if key in given:
            raise fault("tag twice")
        given[key] = tag.get("Value") or ""
    if len(given) > MOST:
        raise fault("tags")
    return given


def tagged(call: Call, reader: Reader, found: Membership) -> Item:
    """What ResourceId names."""
    ident = call.parameters["ResourceId"]
    item = node(reader, found, ident)
    if item is None:
        other = reader.item_by_unique_id(ident)
        known = other is not None and other.service == SERVICE and other.type in TAGGABLE
        item = other if other is not None and known and other.account == found.management_account else None
    if item is None:
        raise fault("no target")
    return item


def tag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = tagged(call, unit, own(call, unit))
    new = requested(call.parameters["Tags"])
    if len({*unit.tags(item.id), *new}) > MOST:
        raise fault("tags")
    unit.set_tags(item.id, new)
    return {}


def untag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = tagged(call, unit, own(call, unit))
    keys = call.parameters["TagKeys"]
    if any(key.lower().startswith(RESERVED) for key in keys):
        raise fault("system tag")
    unit.remove_tags(item.id, keys)
    return {}


def list_tags(call: Call, reader: Reader) -> Mapping[str, Any]:
    tags = reader.tags(tagged(call, reader, own(call, reader)).id)
    found, tail = page(call, sorted(tags.items()), lambda pair: pair[0])
    return {"Tags": [{"Key": key, "Value": value} for key, value in found], **tail}


OPERATIONS: Final = {
    "TagResource": Operation(handler=tag_resource, writes=True),
    "UntagResource": Operation(handler=untag_resource, writes=True),
    "ListTagsForResource": Operation(handler=list_tags, writes=False),
}
