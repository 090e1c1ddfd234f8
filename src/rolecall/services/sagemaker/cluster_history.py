"""What happened to a HyperPod cluster: its operations (scaling, deep health checks) and its events.

Both are kept in the cluster's body, the latest ones. An operation is in progress for a time, and superseded by a
later one of its kind that begins meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, named
from rolecall.services.sagemaker.lists import PAGE
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader
from rolecall.store.records import Item

CLUSTER: Final = BY_TYPE["cluster"]
KEPT: Final = 200  # operations and events that a cluster remembers
SECONDS: Final = 60.0  # an operation is in progress
SCALING: Final = "Scaling"
HEALTH_CHECK: Final = "DeepHealthCheck"


# ---- remembering


def _identifier(call: Call, arn: str, number: int) -> str:
    """The id of an event or an operation; it follows from what it is about, so that a unit may run twice."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{arn}#{call.request_id}#{number}"))


def _counts(body: Mapping[str, Any]) -> dict[str, int]:
    groups = [*(body.get("InstanceGroups") or ()), *(body.get("RestrictedInstanceGroups") or ())]
    return {str(group["InstanceGroupName"]): int(group["InstanceCount"]) for group in groups}


def scaled(call: Call, item: Item, body: Body) -> Body:
    """A cluster's new body with the operation and the events of a change in the number of its nodes."""
    before, after = _counts(item.body), _counts(body)
    changed = {name: (before.get(name, 0), count) for name, count in after.items() if before.get(name) != count}
    changed |= {name: (count, 0) for name, count in before.items() if name not in after}
    if not changed:
        return body
    details = [
        {
            "InstanceGroupName": name,
            "Original": {"CurrentCount": old, "TargetCount": old},
            "Desired": {"CurrentCount": new, "TargetCount": new},
        }
        for name, (old, new) in changed.items()
    ]
    body, operation = operated(call, item.arn, body, SCALING, {"ScalingDetails": details})
    for name, (old, new) in changed.items():
        body = happened(
            call,
            item.arn,
            body,
            f"Instance group {name} scales from {old} to {new} instances.",
            resource="InstanceGroup",
            group=name,
            operation=operation,
            details={"InstanceGroupScaling": {"InstanceCount": old, "TargetCount": new}},
        )
    return body


def operated(call: Call, arn: str, body: Body, type: str, details: Mapping[str, Any]) -> tuple[Body, str]:
    """The body with a new operation, and its id."""
    held = list(body.get("_Operations") or ())
    scale = float(body.get("_scale", 1.0))
    name = _identifier(call, arn, len(held))
    began = call.now.timestamp()
    one: Body = {
        "OperationId": name,
        "Type": type,
        "CreationTime": began,
        "Until": began + (SECONDS / scale if scale > 0 else 0.0),
        **details,
    }
    return {**body, "_Operations": [*held, one][-KEPT:]}, name


def happened(
    call: Call,
    arn: str,
    body: Body,
    description: str,
    *,
    resource: str = "Cluster",
    group: str | None = None,
    instance: str | None = None,
    operation: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> Body:
    """The body with a new event."""
    held = list(body.get("_Events") or ())
    event: Body = {
        "EventId": _identifier(call, arn, KEPT + len(held)),
        "EventTime": call.now.timestamp(),
        "ResourceType": resource,
        "InstanceGroupName": group,
        "InstanceId": instance,
        "Description": description,
        "EventLevel": "Info",
        "OperationId": operation,
        "EventDetails": {"EventMetadata": details} if details else None,
    }
    told = {name: value for name, value in event.items() if value is not None}
    return {**body, "_Events": [*held, told][-KEPT:]}


# ---- operations


def _operations(call: Call, item: Item) -> list[Body]:
    """The operations of a cluster with their status now, the earliest first."""
    held = list(item.body.get("_Operations") or ())
    shown: list[Body] = []
    for number, one in enumerate(held):
        ends = float(one["Until"])
        later = any(
            other["Type"] == one["Type"] == SCALING and float(other["CreationTime"]) < ends
            for other in held[number + 1 :]
        )
        status = "Superseded" if later else "InProgress" if call.now.timestamp() < ends else "Done"
        details = [{**detail, "Status": status} for detail in one.get("ScalingDetails") or ()]
        shown.append({**one, "ClusterArn": item.arn, "Status": status, "ScalingDetails": details or None})
    return shown


def list_operations(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    found = [
        one
        for one in _operations(call, named(call, reader, CLUSTER))
        if given.get("Status") in (None, one["Status"])
        and given.get("Type") in (None, one["Type"])
        and _within(call, "CreationTime", float(one["CreationTime"]))
    ]
    return _page(call, found, "ClusterOperationSummaries")


def describe_operation(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, CLUSTER)
    wanted = call.parameters["OperationId"]
    for one in _operations(call, item):
        if one["OperationId"] == wanted:
            return model.answer(call.operation, one)
    raise refuse("operation unknown", name=wanted, arn=item.arn)


# ---- events


def _events(call: Call, reader: Reader) -> tuple[Item, list[Body]]:
    item = named(call, reader, CLUSTER)
    if item.body.get("NodeProvisioningMode") != "Continuous":
        raise refuse("cluster not continuous", arn=item.arn)
    common = {"ClusterArn": item.arn, "ClusterName": item.name}
    return item, [{**common, **one} for one in item.body.get("_Events") or ()]


def list_events(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    asked = {
        "InstanceGroupName": "InstanceGroupName",
        "NodeId": "InstanceId",
        "ResourceType": "ResourceType",
        "OperationId": "OperationId",
    }
    _, events = _events(call, reader)
    found = [
        one
        for one in events
        if all(given.get(member) in (None, one.get(held)) for member, held in asked.items())
        and _within(call, "EventTime", float(one["EventTime"]))
    ]
    return _page(call, found, "Events")


def describe_event(call: Call, reader: Reader) -> Mapping[str, Any]:
    item, events = _events(call, reader)
    wanted = call.parameters["EventId"]
    for one in events:
        if one["EventId"] == wanted:
            return model.answer(call.operation, {"EventDetails": one})
    raise refuse("event unknown", name=wanted, arn=item.arn)


def _within(call: Call, member: str, at: float) -> bool:
    after, before = call.parameters.get(f"{member}After"), call.parameters.get(f"{member}Before")
    return (after is None or at > after.timestamp()) and (before is None or at < before.timestamp())


def _page(call: Call, found: list[Body], member: str) -> Mapping[str, Any]:
    if call.parameters.get("SortOrder") != "Ascending":
        found.reverse()
    limit = int(call.parameters.get("MaxResults") or PAGE)
    shown, token = page_of(found, limit, call.parameters.get("NextToken"))
    shape = model.output_shape(call.operation).members[member].member
    made: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**made, "NextToken": token} if token else made


OPERATIONS: Final = {
    "ListClusterOperations": Operation(list_operations, writes=False),
    "DescribeClusterOperation": Operation(describe_operation, writes=False),
    "ListClusterEvents": Operation(list_events, writes=False),
    "DescribeClusterEvent": Operation(describe_event, writes=False),
}
