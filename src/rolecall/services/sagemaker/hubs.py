"""Hubs and their contents: models, notebooks, data sets, and references to models of the public hub.

A content has versions, each an item of its own; the content itself is an item that holds its tags and is listed
by its latest version. The public hub is public_hub.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, model, presigned, public_hub
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import (
    PLAIN,
    SERVICE,
    Body,
    Hooks,
    add,
    answer,
    arn_of,
    change,
    find,
    id_of,
    named,
    refused,
    turn,
    view,
)
from rolecall.services.sagemaker.lists import PAGE, every, listing, page
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

HUB: Final = BY_TYPE["hub"]
VERSION: Final = BY_TYPE["hub-content"]
# The content itself: it has no life of its own, and no operation names it alone.
CONTENT: Final = ResourceType(
    type="hub-content-family",
    noun="HubContent",
    verbs="",
    parent="HubName",
    arn="hub-content/{parent}/{key}",
    filters={
        "HubContentType": "HubContentType",
        "NameContains": "HubContentName",
        "MaxSchemaVersion": "MaxSchemaVersion",
    },
    sorts={"HubContentStatus": "HubContentStatus"},
)
REFERENCE: Final = "ModelReference"
FIRST: Final = "1.0.0"
SORTS: Final = {"HubContentName": "HubContentName", "HubContentStatus": "HubContentStatus"}


# ---- hubs


def describe_hub(call: Call, reader: Reader) -> Mapping[str, Any]:
    if public_hub.is_public(str(call.parameters["HubName"])):
        return model.answer(call.operation, public_hub.hub(call))
    return answer(call, reader, HUB, PLAIN, named(call, reader, HUB))


def _prepare_hub(call: Call, unit: Unit, body: Body) -> Body:
    if public_hub.is_public(str(body["HubName"])):
        raise refuse("public hub")
    return body


def _delete_hub(call: Call, unit: Unit, item: Item) -> None:
    if any(every(call, unit, VERSION, item.name)):
        raise refuse("hub not empty", arn=item.arn)
    for content in list(every(call, unit, CONTENT, item.name)):
        unit.remove_item(content.id)


# ---- versions


def _key(call: Call, kind: str = "") -> str:
    given = call.parameters
    return f"{kind or given['HubContentType']}/{given['HubContentName']}"


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.replace("-", ".").split("."))


def _own_hub(call: Call, reader: Reader) -> Item:
    """The hub of a request, which must be one of an account: nobody changes the public one."""
    name = str(call.parameters["HubName"])
    if public_hub.is_public(name):
        raise refuse("public hub")
    return find(call, reader, HUB, name)


def _versions(call: Call, reader: Reader, hub: Item, key: str) -> list[Item]:
    """The living versions of a content, the latest first. They are reached from the content, not by a search."""
    content = reader.item(hub.account, SERVICE, CONTENT.type, key, region=hub.region, parent=hub.name)
    numbers = content.body.get("_Versions") or () if content is not None else ()
    found = []
    for number in sorted(map(str, numbers), key=_number, reverse=True):
        arn = f"{hub.arn.replace(':hub/', ':hub-content/')}/{key}/{number}"
        item = reader.item_by_arn(arn)
        there = None if item is None else lifecycle.at(item, call.now)
        if there is not None:
            found.append(there)
    return found


def _version(call: Call, reader: Reader, hub: Item, key: str, wanted: object) -> Item:
    held = _versions(call, reader, hub, key)
    for one in held:
        if wanted in (None, one.body["HubContentVersion"]):
            return one
    arn = arn_of(call, VERSION, f"{key}/{wanted}" if wanted else key, hub.name)
    raise refused(call, "content unknown", arn=arn)


def _add(call: Call, unit: Unit, hub: Item, key: str, number: str, body: Body) -> Item:
    """A new version, and its content when it is the first; tags of the request are the content's."""
    tags = tagging.requested(call.parameters.get("Tags"))
    owner = msgspec.structs.replace(call, account=hub.account)
    common: Body = {**body, "HubArn": hub.arn, "HubName": hub.name, "HubContentVersion": number}
    held = unit.item(hub.account, SERVICE, CONTENT.type, key, region=hub.region, parent=hub.name)
    if held is None:
        named_as = {"HubContentType": body["HubContentType"], "HubContentName": body["HubContentName"]}
        first: Body = {**named_as, "_Versions": [number]}
        add(owner, unit, CONTENT, key, first, parent=hub.name, tags=tags)
    else:
        numbers = [*(one for one in held.body.get("_Versions") or () if one != number), number]
        unit.change_item(msgspec.structs.replace(held, body={**held.body, "_Versions": numbers}))
        if len({*unit.tags(held.id), *tags}) > tagging.LIMIT:
            raise refuse("too many tags", limit=tagging.LIMIT)
        unit.set_tags(held.id, tags)
    return add(owner, unit, VERSION, f"{key}/{number}", common, parent=hub.name)


def _answered(hub: Item, content: Item) -> Mapping[str, Any]:
    return {"HubArn": hub.arn, "HubContentArn": content.arn}


def import_content(call: Call, unit: Unit) -> Mapping[str, Any]:
    hub = _own_hub(call, unit)
    given: Body = model.storable({name: one for name, one in call.parameters.items() if name != "Tags"})
    if given["HubContentType"] == REFERENCE:
        raise refuse("content type", type=REFERENCE, wanted="imported")
    _check_document(str(given["HubContentDocument"]))
    key = _key(call)
    held = _versions(call, unit, hub, key)
    number = given.get("HubContentVersion") or (_following(held[0]) if held else FIRST)
    return _answered(hub, _add(call, unit, hub, key, str(number), {"SupportStatus": "Supported", **given}))


def _following(item: Item) -> str:
    """The version after another, where a request names none."""
    numbers = _number(str(item.body["HubContentVersion"]))
    return ".".join(map(str, (*numbers[:-1], numbers[-1] + 1)))


def _check_document(text: str) -> None:
    try:
        json.loads(text)
    except (ValueError, RecursionError) as bad:
        raise refuse("content document") from bad


def create_reference(call: Call, unit: Unit) -> Mapping[str, Any]:
    hub = _own_hub(call, unit)
    given = call.parameters
    arn = str(given["SageMakerPublicHubContentArn"])
    parts = arn.split(":", 5)[5].split("/")  # hub-content/SageMakerPublicHub/Model/<name>[/<version>]
    name = str(given["HubContentName"])  # given, or by references.py that of the public content
    public = public_hub.known(parts[3])
    shown = public_hub.content(call, public) if public is not None else {}
    least = given.get("MinVersion")
    number = str(shown.get("HubContentVersion") or (parts[4] if len(parts) > 4 else least) or FIRST)
    key = f"{REFERENCE}/{name}"
    if _versions(call, unit, hub, key):
        raise refuse("content taken", arn=arn_of(call, VERSION, key, hub.name))
    document = {"SageMakerPublicHubContentArn": arn}
    body: Body = {
        "DocumentSchemaVersion": public_hub.SCHEMA,
        "HubContentDocument": json.dumps(document),
        "SupportStatus": "Supported",
        **{one: shown[one] for one in ("HubContentDisplayName", "HubContentSearchKeywords") if one in shown},
        "HubContentName": name,
        "HubContentType": REFERENCE,
        "SageMakerPublicHubContentArn": arn,
        "ReferenceMinVersion": least,
    }
    return _answered(hub, _add(call, unit, hub, key, number, body))


def update_content(call: Call, unit: Unit) -> Mapping[str, Any]:
    hub = _own_hub(call, unit)
    if call.parameters["HubContentType"] == REFERENCE:
        raise refuse("content type", type=REFERENCE, wanted="changed")
    naming = ("HubName", "HubContentName", "HubContentType", "HubContentVersion")
    new = {name: value for name, value in call.parameters.items() if name not in naming}
    if not new:
        raise refuse("nothing to update", members="give at least one member of the content")
    item = _version(call, unit, hub, _key(call), call.parameters["HubContentVersion"])
    return _answered(hub, change(call, unit, VERSION, item, model.storable(new)))


def update_reference(call: Call, unit: Unit) -> Mapping[str, Any]:
    hub = _own_hub(call, unit)
    kind = str(call.parameters["HubContentType"])
    if kind != REFERENCE:
        raise refuse("content type", type=kind, wanted="changed")
    item = _version(call, unit, hub, _key(call), None)
    least = call.parameters.get("MinVersion")
    return _answered(hub, change(call, unit, VERSION, item, {"ReferenceMinVersion": least} if least else {}))


def delete_content(call: Call, unit: Unit) -> Mapping[str, Any]:
    hub = _own_hub(call, unit)
    _end(call, unit, hub, [_version(call, unit, hub, _key(call), call.parameters["HubContentVersion"])])
    return {}


def delete_reference(call: Call, unit: Unit) -> Mapping[str, Any]:
    hub = _own_hub(call, unit)
    kind = str(call.parameters["HubContentType"])
    if kind != REFERENCE:
        raise refuse("content type", type=kind, wanted="deleted")
    _version(call, unit, hub, _key(call), None)
    _end(call, unit, hub, _versions(call, unit, hub, _key(call)))
    return {}


def _end(call: Call, unit: Unit, hub: Item, versions: list[Item]) -> None:
    """Delete versions; with its last one a content ends, and its tags with it."""
    for item in versions:
        turn(call, unit, VERSION, item, VERSION.life.delete)
    key = _key(call)
    staying = [one for one in _versions(call, unit, hub, key) if one.status != "Deleting"]
    content = unit.item(hub.account, SERVICE, CONTENT.type, key, region=hub.region, parent=hub.name)
    if content is not None and not staying:
        unit.remove_item(content.id)


# ---- reading


def describe_content(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    if public_hub.is_public(str(given["HubName"])):
        return model.answer(call.operation, _public(call))
    hub = find(call, reader, HUB, str(given["HubName"]))
    item = _version(call, reader, hub, _key(call), given.get("HubContentVersion"))
    return model.answer(call.operation, view(call, reader, VERSION, PLAIN, item))


def _public(call: Call) -> Body:
    """The content of the public hub that a request names."""
    given = call.parameters
    held = public_hub.known(str(given["HubContentName"])) if given["HubContentType"] == "Model" else None
    if held is None or given.get("HubContentVersion") not in (None, held.version):
        arn = public_hub.content_arn(
            call, str(given["HubContentName"]), str(given.get("HubContentVersion") or "*")
        )
        raise refused(call, "content unknown", arn=arn)
    return public_hub.content(call, held)


def list_contents(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The latest version of each content of a type."""
    given = call.parameters
    if public_hub.is_public(str(given["HubName"])):
        held = [public_hub.content(call, one) for one in public_hub.MODELS if given["HubContentType"] == "Model"]
        return _page(call, [one for one in held if _fits(one, given)])
    hub = find(call, reader, HUB, str(given["HubName"]))
    member, shape = model.listed(call.operation)
    asked = listing(call, CONTENT)
    # A content is called Model/name: its name alone is a filter of the row.
    wanted = msgspec.structs.replace(asked, account=hub.account, parent=hub.name, name_contains=None)
    shown, token = page(call, reader, CONTENT, LATEST, wanted)
    made: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**made, "NextToken": token} if token else made


def _show_latest(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    """A content as its latest version. MaxSchemaVersion is told where it is kept, for the filter of that name."""
    hub = find(call, reader, HUB, item.arn.rsplit("/", 2)[0].replace(":hub-content/", ":hub/"))
    latest = next(iter(_versions(call, reader, hub, item.name)), None)
    if latest is None:
        return shown
    most = call.parameters.get("MaxSchemaVersion")
    known = view(call, reader, VERSION, PLAIN, latest)
    if most is not None and _number(str(known["DocumentSchemaVersion"])) <= _number(str(most)):
        known["MaxSchemaVersion"] = most
    return known


LATEST: Final = Hooks(show=_show_latest)


def list_versions(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    least = _number(str(given.get("MinVersion") or "0"))
    if public_hub.is_public(str(given["HubName"])):
        found = [_public(call)]
    else:
        hub = find(call, reader, HUB, str(given["HubName"]))
        _version(call, reader, hub, _key(call), None)
        held = _versions(call, reader, hub, _key(call))
        found = [view(call, reader, VERSION, PLAIN, one) for one in held]
    newer = [one for one in found if _number(str(one["HubContentVersion"])) >= least]
    return _page(call, [one for one in newer if _fits(one, given)])


def _fits(content: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    after, before = given.get("CreationTimeAfter"), given.get("CreationTimeBefore")
    most = given.get("MaxSchemaVersion")
    return (
        str(given.get("NameContains") or "").lower() in str(content["HubContentName"]).lower()
        and (after is None or content["CreationTime"] > after)
        and (before is None or content["CreationTime"] < before)
        and (most is None or _number(str(content["DocumentSchemaVersion"])) <= _number(str(most)))
    )


def _page(call: Call, found: list[Body]) -> Mapping[str, Any]:
    member, shape = model.listed(call.operation)
    key = SORTS.get(str(call.parameters.get("SortBy")), "CreationTime")
    found.sort(key=lambda one: one[key], reverse=call.parameters.get("SortOrder") == "Descending")
    limit = int(call.parameters.get("MaxResults") or PAGE)
    shown, token = page_of(found, limit, call.parameters.get("NextToken"))
    made: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**made, "NextToken": token} if token else made


def presigned_urls(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Where the files of a content would be had: one address, under which nothing of ours answers."""
    given = call.parameters
    if public_hub.is_public(str(given["HubName"])):
        shown, place = _public(call), f"jumpstart-cache-prod-{call.region}"
        accepted = (given.get("AccessConfig") or {}).get("AcceptEula")
        if json.loads(str(shown["HubContentDocument"]))["GatedBucket"] and not accepted:
            raise refuse("agreement", arn=shown["HubContentArn"])
    else:
        hub = find(call, reader, HUB, str(given["HubName"]))
        item = _version(call, reader, hub, _key(call), given.get("HubContentVersion"))
        shown, place = view(call, reader, VERSION, PLAIN, item), f"sagemaker-hubs-{call.region}-{hub.account}"
    path = f"{id_of(str(shown['HubContentArn']))}"
    token = call.platform.new_id("", presigned.TOKEN_LETTERS)
    url = f"https://{place}.s3.{call.region}.amazonaws.com/{path}?X-Amz-Security-Token={token}"
    urls, _ = page_of([{"Url": url, "LocalPath": f"/{path}"}], PAGE, given.get("NextToken"))
    return {"AuthorizedUrlConfigs": urls}


HOOKS: Final = {"hub": Hooks(prepare=_prepare_hub, delete=_delete_hub)}

OPERATIONS: Final = {
    "DescribeHub": Operation(describe_hub, writes=False),
    "ImportHubContent": Operation(import_content, writes=True),
    "UpdateHubContent": Operation(update_content, writes=True),
    "DeleteHubContent": Operation(delete_content, writes=True),
    "DescribeHubContent": Operation(describe_content, writes=False),
    "ListHubContents": Operation(list_contents, writes=False),
    "ListHubContentVersions": Operation(list_versions, writes=False),
    "CreateHubContentReference": Operation(create_reference, writes=True),
    "UpdateHubContentReference": Operation(update_reference, writes=True),
    "DeleteHubContentReference": Operation(delete_reference, writes=True),
    "CreateHubContentPresignedUrls": Operation(presigned_urls, writes=False),
}
