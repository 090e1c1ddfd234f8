"""Human loops: started for a flow definition, listed by it, stopped, deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import arn, found
from rolecall.store.errors import BadPageToken, NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing
from rolecall.wire.errors import AwsError

SERVICE: Final = "sagemaker-a2i-runtime"
LOOP: Final = "human-loop"
RUNNING: Final = "InProgress"
STOPPED: Final = "Stopped"
PAGE: Final = 10


def start(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    name, flow = str(given["HumanLoopName"]), str(given["FlowDefinitionArn"])
    if found(call, unit, "flow-definition", flow) is None:
        raise AwsError("ValidationException", f"The flow definition {flow} does not exist.", 400)
    try:
        json.loads(given["HumanLoopInput"]["InputContent"])
    except (ValueError, RecursionError):
        raise AwsError("ValidationException", "InputContent is not valid JSON.", 400) from None
    loop = Item(
        account=call.account,
        region=call.region,
        service=SERVICE,
        type=LOOP,
        name=name,
        parent=flow,
        arn=arn(call, f"{LOOP}/{name}"),
        status=RUNNING,
        created=call.now,
        modified=call.now,
        body={"InputContent": given["HumanLoopInput"]["InputContent"]},
    )
    try:
        return {"HumanLoopArn": unit.add_item(loop).arn}
    except NameTaken:
        raise AwsError("ConflictException", f"The human loop {name} exists already.", 409) from None


def describe(call: Call, reader: Reader) -> Mapping[str, Any]:
    loop = _named(call, reader)
    return {**_summary(loop), "HumanLoopArn": loop.arn}


def list_page(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    try:
        page = reader.items(
            Listing(
                account=call.account,
                service=SERVICE,
                type=LOOP,
                region=call.region,
                parent=str(given["FlowDefinitionArn"]),
                created_after=given.get("CreationTimeAfter"),
                created_before=given.get("CreationTimeBefore"),
                sort="created",
                descending=given.get("SortOrder") != "Ascending",
                limit=int(given.get("MaxResults") or PAGE),
                after=given.get("NextToken"),
            )
        )
    except BadPageToken:
        raise AwsError("ValidationException", "The NextToken is not one of this list.", 400) from None
    made: dict[str, Any] = {"HumanLoopSummaries": [_summary(loop) for loop in page.items]}
    if page.next:
        made["NextToken"] = page.next
    return made


def stop(call: Call, unit: Unit) -> Mapping[str, Any]:
    loop = _named(call, unit)
    if loop.status == RUNNING:
        unit.change_item(msgspec.structs.replace(loop, status=STOPPED, modified=call.now))
    return {}


def delete(call: Call, unit: Unit) -> Mapping[str, Any]:
    loop = _named(call, unit)
    if loop.status == RUNNING:
        raise AwsError("ValidationException", f"The human loop {loop.name} is in progress: stop it first.", 400)
    unit.remove_item(loop.id)
    return {}


def _named(call: Call, reader: Reader) -> Item:
    name = str(call.parameters["HumanLoopName"])
    loop = reader.item_by_arn(arn(call, f"{LOOP}/{name}"))
    if loop is None:
        raise AwsError("ResourceNotFoundException", f"The human loop {name} does not exist.", 404)
    return loop


def _summary(loop: Item) -> dict[str, Any]:
    return {
        "HumanLoopName": loop.name,
        "HumanLoopStatus": loop.status,
        "CreationTime": loop.created,
        "FlowDefinitionArn": loop.parent,
    }


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DeleteHumanLoop": Operation(delete, writes=True),
    "DescribeHumanLoop": Operation(describe, writes=False),
    "ListHumanLoops": Operation(list_page, writes=False),
    "StartHumanLoop": Operation(start, writes=True),
    "StopHumanLoop": Operation(stop, writes=True),
}
