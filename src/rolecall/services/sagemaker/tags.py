"""Tags: which may be set, and the operations AddTags, ListTags and DeleteTags.

Tags that Studio sets (sagemaker:domain-arn and its like) are ordinary tags here; who may set or change which is
for policies to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.tag_holders import tag_holder
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

LIMIT: Final = 50
RESERVED: Final = "aws:"


def requested(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """The tags of a request as a mapping, checked."""
    given: dict[str, str] = {}
    for tag in tags or ():
        key = str(tag["Key"])
        if key.lower().startswith(RESERVED):
            raise refuse("reserved tag", key=key)
        if key in given:
            raise refuse("duplicate tag", key=key)
        given[key] = str(tag["Value"])
    if len(given) > LIMIT:
        raise refuse("too many tags", limit=LIMIT)
    return given


def members(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def tagged(call: Call, reader: Reader) -> Item:
    """The live resource that ResourceArn names."""
    arn = str(call.parameters["ResourceArn"])
    item = tag_holder(reader, arn)
    known = item is not None and (item.service, item.region) == ("sagemaker", call.region)
    if item is None or not known or lifecycle.at(item, call.now) is None:
        raise refuse("tags unknown resource", arn=arn)
    return item


def add(call: Call, unit: Unit, item: Item) -> None:
    """Add the tags of a request to an item, or replace those of the same keys."""
    new = requested(call.parameters["Tags"])
    if len({*unit.tags(item.id), *new}) > LIMIT:
        raise refuse("too many tags", limit=LIMIT)
    unit.set_tags(item.id, new)


def add_tags(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = tagged(call, unit)
    add(call, unit, item)
    return {"Tags": members(unit.tags(item.id))}


def delete_tags(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = tagged(call, unit)
    keys = [str(key) for key in call.parameters["TagKeys"]]
    for key in keys:
        if key.lower().startswith(RESERVED):
            raise refuse("reserved tag", key=key)
    held = unit.tags(item.id)
    unit.remove_tags(item.id, [key for key in keys if key in held])
    return {}


def list_tags(call: Call, reader: Reader) -> Mapping[str, Any]:
    """All at once: MaxResults is 50 at least, and a resource has no more."""
    item = tagged(call, reader)
    if call.parameters.get("NextToken"):
        raise refuse("next token")
    return {"Tags": members(reader.tags(item.id))}


OPERATIONS: Final = {
    "AddTags": Operation(add_tags, writes=True),
    "DeleteTags": Operation(delete_tags, writes=True),
    "ListTags": Operation(list_tags, writes=False),
}
