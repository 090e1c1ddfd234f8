"""Log groups: made, listed, tagged, kept for a number of days, deleted with everything in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.logs.errors import refuse
from rolecall.services.walking import every
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

SERVICE: Final = "logs"
GROUP: Final = "log-group"
STREAM: Final = "log-stream"
PAGE: Final = 50
TAGS: Final = 50
RETENTIONS: Final = frozenset(
    {
        1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
    }
)  # fmt: skip


def millis(time: datetime) -> int:
    return int(time.timestamp() * 1000)


def group_name(call: Call) -> str:
    """The group that a request names, by name or by its ARN."""
    name, identifier = call.parameters.get("logGroupName"), call.parameters.get("logGroupIdentifier")
    if name and identifier:
        raise refuse("both names")
    text = str(name or identifier or "")
    if not text:
        raise refuse("no name")
    if not text.startswith("arn:"):
        return text
    # What was decided on is the group with this ARN: another region's is not it, nor one spelled otherwise.
    here = f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:{GROUP}:"
    if not text.startswith(here):
        raise refuse("no such group")
    return text.removeprefix(here)


def find(call: Call, reader: Reader, name: str | None = None) -> Item:
    """The group of a request, or with a name."""
    wanted = group_name(call) if name is None else name
    item = reader.item(call.account, SERVICE, GROUP, wanted, region=call.region)
    if item is None:
        raise refuse("no such group")
    return item


def streams(reader: Reader, group: Item) -> Iterator[Item]:
    """All streams of a group by name."""
    listing = Listing(account=group.account, service=SERVICE, type=STREAM, region=group.region, parent=group.name)
    return every(reader, listing)


def create_log_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    name = str(given["logGroupName"])
    if name.startswith("aws/"):
        raise refuse("reserved name")
    if unit.item(call.account, SERVICE, GROUP, name, region=call.region) is not None:
        raise refuse("group taken")
    unit.add_item(
        Item(
            account=call.account,
            region=call.region,
            service=SERVICE,
            type=GROUP,
            name=name,
            arn=f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:{GROUP}:{name}",
            created=call.now,
            modified=call.now,
            body={
                "kmsKeyId": given.get("kmsKeyId"),
                "logGroupClass": given.get("logGroupClass") or "STANDARD",
                "deletionProtectionEnabled": bool(given.get("deletionProtectionEnabled")),
                "retentionInDays": None,
            },
        ),
        _checked(given.get("tags") or {}, {}),
    )
    return {}


def delete_log_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    group = find(call, unit)
    if group.body["deletionProtectionEnabled"]:
        raise refuse("protected", group=group.name)
    for stream in list(streams(unit, group)):
        unit.remove_log_events(stream.id)
        unit.remove_item(stream.id)
    unit.remove_item(group.id)
    return {}


def put_retention_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    days = int(call.parameters["retentionInDays"])
    if days not in RETENTIONS:
        raise refuse("retention", days=days)
    _change(call, unit, retentionInDays=days)
    return {}


def delete_retention_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    _change(call, unit, retentionInDays=None)
    return {}


def describe_log_groups(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    prefix, pattern = given.get("logGroupNamePrefix"), given.get("logGroupNamePattern")
    if prefix and pattern:
        raise refuse("prefix and pattern")
    listing = Listing(
        account=call.account,
        service=SERVICE,
        type=GROUP,
        region=call.region,
        name_contains=pattern or prefix,
    )

    def fits(name: str) -> bool:
        return name.startswith(prefix or "") and (pattern or "") in name

    items, more = page(call, reader, listing, fits)
    return {"logGroups": [_shown(item) for item in items], **more}


def page(
    call: Call, reader: Reader, listing: Listing, fits: Callable[[str], bool]
) -> tuple[list[Item], dict[str, str]]:
    """The items of one page whose names fit, and the member that leads to the next.

    The store looks for text in names without case and anywhere; here they are told apart.
    """
    limit = int(call.parameters.get("limit") or PAGE)
    after = call.parameters.get("nextToken")
    found: list[Item] = []
    while True:
        try:
            part = reader.items(msgspec.structs.replace(listing, limit=limit - len(found), after=after))
        except BadPageToken:
            raise refuse("bad token") from None
        found += [item for item in part.items if fits(item.name)]
        after = part.next
        if after is None or len(found) >= limit:
            return found, {"nextToken": after} if after else {}


def tag_log_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _tag(unit, find(call, unit), call.parameters["tags"])


def untag_log_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _untag(unit, find(call, unit), call.parameters["tags"])


def list_tags_log_group(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"tags": reader.tags(find(call, reader).id)}


def tag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _tag(unit, _by_arn(call, unit), call.parameters["tags"])


def untag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _untag(unit, _by_arn(call, unit), call.parameters["tagKeys"])


def list_tags_for_resource(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"tags": reader.tags(_by_arn(call, reader).id)}


def _by_arn(call: Call, reader: Reader) -> Item:
    """The group with an ARN, which has no `:*` behind it here."""
    item = reader.item_by_arn(str(call.parameters["resourceArn"]))
    if item is None or (item.service, item.type, item.account) != (SERVICE, GROUP, call.account):
        raise refuse("no such resource")
    return item


def _tag(unit: Unit, group: Item, tags: Mapping[str, str]) -> Mapping[str, Any]:
    unit.set_tags(group.id, _checked(tags, unit.tags(group.id)))
    return {}


def _untag(unit: Unit, group: Item, keys: Any) -> Mapping[str, Any]:
    held = unit.tags(group.id)
    unit.remove_tags(group.id, [str(key) for key in keys if key in held])
    return {}


def _checked(tags: Mapping[str, str], held: Mapping[str, str]) -> dict[str, str]:
    if any(key.lower().startswith("aws:") for key in tags):
        raise refuse("reserved tag")
    if len({**held, **tags}) > TAGS:
        raise refuse("too many tags", limit=TAGS)
    return dict(tags)


def _change(call: Call, unit: Unit, **members: Any) -> None:
    group = find(call, unit)
    unit.change_item(msgspec.structs.replace(group, body={**group.body, **members}, modified=call.now))


def _shown(item: Item) -> dict[str, Any]:
    body = item.body
    made: dict[str, Any] = {
        "logGroupName": item.name,
        "creationTime": millis(item.created),
        "metricFilterCount": 0,
        "arn": f"{item.arn}:*",
        "logGroupArn": item.arn,
        "storedBytes": 0,
        "logGroupClass": body["logGroupClass"],
        "deletionProtectionEnabled": body["deletionProtectionEnabled"],
    }
    for name in ("retentionInDays", "kmsKeyId"):
        if body[name] is not None:
            made[name] = body[name]
    return made


OPERATIONS: Final = {
    "CreateLogGroup": Operation(create_log_group, writes=True),
    "DeleteLogGroup": Operation(delete_log_group, writes=True),
    "DeleteRetentionPolicy": Operation(delete_retention_policy, writes=True),
    "DescribeLogGroups": Operation(describe_log_groups, writes=False),
    "ListTagsForResource": Operation(list_tags_for_resource, writes=False),
    "ListTagsLogGroup": Operation(list_tags_log_group, writes=False),
    "PutRetentionPolicy": Operation(put_retention_policy, writes=True),
    "TagLogGroup": Operation(tag_log_group, writes=True),
    "TagResource": Operation(tag_resource, writes=True),
    "UntagLogGroup": Operation(untag_log_group, writes=True),
    "UntagResource": Operation(untag_resource, writes=True),
}
