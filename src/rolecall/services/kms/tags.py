"""Tags of keys. KMS spells them TagKey and TagValue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.kms import lookups
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.paging import whole
from rolecall.store.ports import Reader, Unit

LIMIT: Final = 50
RESERVED: Final = "aws:"


def requested(tags: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """The tags of a request as a mapping, checked."""
    given: dict[str, str] = {}
    for tag in tags or ():
        key = str(tag["TagKey"])
        if key.lower().startswith(RESERVED):
            raise refuse("reserved tag")
        if key in given:
            raise refuse("duplicate tag")
        given[key] = str(tag["TagValue"])
    if len(given) > LIMIT:
        raise refuse("too many tags")
    return given


def tag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = lookups.changeable(call, unit)
    new = requested(call.parameters["Tags"])
    if len({*unit.tags(item.id), *new}) > LIMIT:
        raise refuse("too many tags")
    unit.set_tags(item.id, new)
    return {}


def untag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = lookups.changeable(call, unit)
    held = unit.tags(item.id)
    unit.remove_tags(item.id, [str(key) for key in call.parameters["TagKeys"] if key in held])
    return {}


def list_resource_tags(call: Call, reader: Reader) -> Mapping[str, Any]:
    """All at once: a key has no more tags than a page."""
    item = lookups.find(call, reader)
    if call.parameters.get("Marker"):
        raise refuse("bad marker")
    shown = [{"TagKey": key, "TagValue": value} for key, value in reader.tags(item.id).items()]
    return whole({"Tags": shown})


OPERATIONS: Final = {
    "TagResource": Operation(tag_resource, writes=True),
    "UntagResource": Operation(untag_resource, writes=True),
    "ListResourceTags": Operation(list_resource_tags, writes=False),
}
