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
# Types that ListTags knows and that take no tags (Service Authorization Reference, resource types of AddTags).
UNTAGGED: Final = (
    "image-version",
    "model-card-export-job",
    "model-card-version",
    "monitoring-history",
    "pipeline-execution",
    "pipeline-version",
)
CHILD: Final = "child"  # the link from a tuning job to the ARN of a training job that it launches
NOT_LAUNCHED: Final = "Waiting"  # the phase of a child whose turn has not come


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


def taggable(call: Call, unit: Unit) -> Item:
    """The live resource whose tags a request changes."""
    item = tagged(call, unit)
    if item.type in UNTAGGED:
        raise refuse("no tags on type", arn=item.arn)
    arn = str(call.parameters["ResourceArn"])
    if item.type == "model-package-group" and item.arn != arn:  # a version: its tags are the group's to change
        raise refuse("tags of group", arn=arn)
    return item


def of(reader: Reader, item: Item) -> dict[str, str]:
    """The tags that an item has, itself or by what it is a version of."""
    holder = tag_holder(reader, item.arn)
    return {} if holder is None else reader.tags(holder.id)


def add_tags(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = taggable(call, unit)
    add(call, unit, item)
    for link in unit.links(item.id, CHILD):
        child = unit.item_by_arn(link.target)
        if child is not None and child.body.get("_phase") == NOT_LAUNCHED:
            hand_down(unit, child, requested(call.parameters["Tags"]))
    return {"Tags": members(unit.tags(item.id))}


def hand_down(unit: Unit, item: Item, tags: Mapping[str, str]) -> None:
    """Give an item what it inherits: as much as there is room for, and never in place of what it has."""
    own = unit.tags(item.id)
    wanted = [(key, value) for key, value in tags.items() if key not in own][: LIMIT - len(own)]
    if wanted:
        unit.set_tags(item.id, dict(wanted))


def delete_tags(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = taggable(call, unit)
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
