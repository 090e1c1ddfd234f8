"""The nodes of a HyperPod cluster: machines of instance groups, kept in the cluster's body.

A node is doing something until an instant (`Doing`, `Until`) and is Running afterwards; one that shuts down is
gone then. Whoever changes nodes gives back new lists and lets the caller store them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import cluster_history as history
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, named, refused
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

CLUSTER: Final = BY_TYPE["cluster"]
HEXADECIMAL: Final = "0123456789abcdef"
# What a node does, and for how many seconds.
PENDING: Final = ("Pending", 60.0)
UPDATING: Final = ("SystemUpdating", 60.0)
CHECKING: Final = ("DeepHealthCheckInProgress", 60.0)
LEAVING: Final = ("ShuttingDown", 30.0)
LIST_PAGE: Final = 100
MOST: Final[Mapping[str, int]] = {
    "BatchAddClusterNodes": 50,
    "BatchDeleteClusterNodes": 99,
    "BatchRebootClusterNodes": 25,
    "BatchReplaceClusterNodes": 25,
}


def groups_of(body: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Every instance group, and whether it is a restricted one."""
    for member in ("InstanceGroups", "RestrictedInstanceGroups"):
        for group in body.get(member) or ():
            yield group, member == "RestrictedInstanceGroups"


# ---- nodes as values


def launched(call: Call, group: Mapping[str, Any], scale: float) -> Body:
    """A new node of a group."""
    types = (group.get("InstanceRequirements") or {}).get("InstanceTypes")
    node: Body = {
        "Group": group["InstanceGroupName"],
        "Id": call.platform.new_id("i-", 19, HEXADECIMAL),
        "Logical": call.platform.new_id("", 12, HEXADECIMAL),
        "Type": group.get("InstanceType") or (types[0] if types else None),
        "Launched": call.now.timestamp(),
    }
    return doing(call, node, PENDING, scale)


def doing(call: Call, node: Body, what: tuple[str, float], scale: float) -> Body:
    status, seconds = what
    wait = seconds / scale if scale > 0 else 0.0
    return {**node, "Doing": status, "Until": call.now.timestamp() + wait}


def sized(call: Call, nodes: Iterable[Body], group: Mapping[str, Any], scale: float) -> list[Body]:
    """The nodes with as many of a group as it wants: new ones at the end, the latest ones leaving."""
    held: list[Body] = []
    rest: list[Body] = []
    for node in nodes:
        (held if node["Group"] == group["InstanceGroupName"] else rest).append(node)
    staying = [node for node in held if node.get("Doing") != LEAVING[0]]
    wanted = int(group["InstanceCount"])
    leaving = {node["Id"] for node in staying[wanted:]}
    kept = [doing(call, node, LEAVING, scale) if node["Id"] in leaving else node for node in held]
    new = [launched(call, group, scale) for _ in range(wanted - len(staying))]
    return [*rest, *kept, *new]


def present(call: Call, item: Item) -> list[Body]:
    """The nodes that are there now."""
    now = call.now.timestamp()
    nodes = item.body.get("_Nodes") or ()
    return [node for node in nodes if node["Doing"] != LEAVING[0] or now < node["Until"]]


def status_of(call: Call, item: Item, node: Mapping[str, Any]) -> str:
    if item.status == "Deleting":
        return LEAVING[0]
    if call.now.timestamp() < node["Until"]:
        return str(node["Doing"])
    return "Pending" if item.status == "Creating" else "Running"


def _shown(call: Call, item: Item, node: Mapping[str, Any], *, logical: bool) -> Body:
    continuous = item.body.get("NodeProvisioningMode") == "Continuous"
    group = next((one for one, _ in groups_of(item.body) if one["InstanceGroupName"] == node["Group"]), {})
    shown: Body = {
        "InstanceGroupName": node["Group"],
        "InstanceId": node["Id"],
        "NodeLogicalId": node["Logical"] if continuous or logical else None,
        "InstanceType": node["Type"],
        "LaunchTime": node["Launched"],
        "LastSoftwareUpdateTime": node.get("Patched"),
        "InstanceStatus": {"Status": status_of(call, item, node)},
        "LifeCycleConfig": group.get("LifeCycleConfig"),
        "OverrideVpcConfig": group.get("OverrideVpcConfig"),
        "ThreadsPerCore": group.get("ThreadsPerCore"),
        "InstanceStorageConfigs": group.get("InstanceStorageConfigs"),
        "NetworkInterface": group.get("NetworkInterface"),
        "CurrentImageId": group.get("ImageId"),
        "DesiredImageId": group.get("ImageId"),
        "CurrentImageReleaseVersion": group.get("ImageReleaseVersion"),
        "DesiredImageReleaseVersion": group.get("ImageReleaseVersion"),
    }
    return shown


# ---- reading


def describe_node(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, CLUSTER)
    given = call.parameters
    wanted = given.get("NodeId") or given.get("NodeLogicalId")
    if wanted is None:
        raise refuse("node not named", members="NodeId, NodeLogicalId")
    node = _node(call, item, str(wanted))
    return model.answer(call.operation, {"NodeDetails": _shown(call, item, node, logical=True)})


def _node(call: Call, item: Item, wanted: str) -> Body:
    for node in present(call, item):
        if wanted in (node["Id"], node["Logical"]):
            return node
    raise refuse("node unknown", name=wanted, arn=item.arn)


def list_nodes(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, CLUSTER)
    given = call.parameters
    logical = bool(given.get("IncludeNodeLogicalIds"))
    contains = str(given.get("InstanceGroupNameContains") or "").lower()
    after, before = given.get("CreationTimeAfter"), given.get("CreationTimeBefore")
    found = [
        node
        for node in present(call, item)
        if contains in str(node["Group"]).lower()
        and (after is None or node["Launched"] > after.timestamp())
        and (before is None or node["Launched"] < before.timestamp())
    ]
    if given.get("SortBy") == "NAME":
        found.sort(key=lambda node: str(node["Group"]))
    if given.get("SortOrder") == "Descending":
        found.reverse()
    shown, token = page_of(found, int(given.get("MaxResults") or LIST_PAGE), given.get("NextToken"))
    member, shape = model.listed(call.operation)
    made: Body = {member: [model.fit(_shown(call, item, node, logical=logical), shape) for node in shown]}
    return {**made, "NextToken": token} if token else made


# ---- several nodes at once


def add_nodes(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _ready(call, named(call, unit, CLUSTER))
    if item.body.get("NodeProvisioningMode") != "Continuous":
        raise refuse("cluster not continuous", arn=item.arn)
    asked = call.parameters["NodesToAdd"]
    _limit(call, sum(int(one["IncrementTargetCountBy"]) for one in asked))
    scale = float(item.body.get("_scale", 1.0))
    groups = {str(group["InstanceGroupName"]): dict(group) for group, _ in groups_of(item.body)}
    nodes = list(item.body.get("_Nodes") or ())
    successful, failed = [], []
    for one in asked:
        name, number = str(one["InstanceGroupName"]), int(one["IncrementTargetCountBy"])
        if name not in groups:
            failed.append(
                {
                    "InstanceGroupName": name,
                    "ErrorCode": "InstanceGroupNotFound",
                    "FailedCount": number,
                    "Message": f"Instance group {name} does not exist in the cluster.",
                }
            )
            continue
        groups[name]["InstanceCount"] = int(groups[name]["InstanceCount"]) + number
        new = [launched(call, groups[name], scale) for _ in range(number)]
        nodes += new
        successful += [
            {"NodeLogicalId": node["Logical"], "InstanceGroupName": name, "Status": "Pending"} for node in new
        ]
    body = _counted({**item.body, "_Nodes": nodes}, groups)
    if successful:
        body = history.scaled(call, item, body)
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
    return {"Successful": successful, "Failed": failed}


def _counted(body: Mapping[str, Any], groups: Mapping[str, Mapping[str, Any]]) -> Body:
    """A cluster's body with other instance groups of the same names."""
    made = dict(body)
    for member in ("InstanceGroups", "RestrictedInstanceGroups"):
        if body.get(member):
            made[member] = [groups[str(one["InstanceGroupName"])] for one in body[member]]
    return made


def delete_nodes(call: Call, unit: Unit) -> Mapping[str, Any]:
    def leave(node: Body, scale: float) -> Body:
        return doing(call, node, LEAVING, scale)

    return _several(call, unit, leave, ("Code", "NodeIdNotFound"), shrinking=True)


def reboot_nodes(call: Call, unit: Unit) -> Mapping[str, Any]:
    def reboot(node: Body, scale: float) -> Body:
        return doing(call, node, UPDATING, scale)

    return _several(call, unit, reboot, ("ErrorCode", "InstanceIdNotFound"))


def replace_nodes(call: Call, unit: Unit) -> Mapping[str, Any]:
    """New machines under the logical ids of the old ones."""

    def replace(node: Body, scale: float) -> Body:
        fresh = {name: node[name] for name in ("Group", "Logical", "Type")}
        fresh |= {"Id": call.platform.new_id("i-", 19, HEXADECIMAL), "Launched": call.now.timestamp()}
        return doing(call, fresh, PENDING, scale)

    return _several(call, unit, replace, ("ErrorCode", "InstanceIdNotFound"))


def _several(
    call: Call, unit: Unit, change: Any, missing: tuple[str, str], *, shrinking: bool = False
) -> Mapping[str, Any]:
    """Change the nodes that a request names; those that are not there are told one by one."""
    item = _ready(call, named(call, unit, CLUSTER))
    ids = [str(one) for one in call.parameters.get("NodeIds") or ()]
    logical = [str(one) for one in call.parameters.get("NodeLogicalIds") or ()]
    if not ids and not logical:
        raise refuse("node not named", members="NodeIds, NodeLogicalIds")
    _limit(call, len(ids) + len(logical))
    scale = float(item.body.get("_scale", 1.0))
    alive = [node for node in present(call, item) if node["Doing"] != LEAVING[0]]
    known, known_logical = {node["Id"] for node in alive}, {node["Logical"] for node in alive}
    named_nodes = {node["Id"] for node in alive if node["Id"] in ids or node["Logical"] in logical}
    nodes = [change(node, scale) if node["Id"] in named_nodes else node for node in item.body.get("_Nodes") or ()]
    body: Body = {**item.body, "_Nodes": nodes}
    if shrinking and named_nodes:
        groups = {str(group["InstanceGroupName"]): dict(group) for group, _ in groups_of(item.body)}
        for node in alive:
            if node["Id"] in named_nodes:
                groups[node["Group"]]["InstanceCount"] = int(groups[node["Group"]]["InstanceCount"]) - 1
        body = history.scaled(call, item, _counted(body, groups))
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
    code_member, code = missing
    made: Body = {}
    for member, id_member, asked, there in (
        ("", "NodeId", ids, known),
        ("NodeLogicalIds", "NodeLogicalId", logical, known_logical),
    ):
        lacking = [one for one in asked if one not in there]
        if asked:
            made[f"Successful{member}"] = [one for one in asked if one in there]
            made[f"Failed{member}"] = [
                {id_member: one, code_member: code, "Message": f"Node {one} does not exist in the cluster."}
                for one in lacking
            ]
    return made


def _ready(call: Call, item: Item) -> Item:
    if item.status != "InService":
        raise refused(call, "cluster not ready", arn=item.arn, status=item.status)
    return item


def _limit(call: Call, asked: int) -> None:
    most = MOST[call.operation]
    if asked > most:
        raise refused(call, "too many nodes", limit=most, asked=asked)


# ---- what is attached to a node


def attach_volume(call: Call, unit: Unit) -> Mapping[str, Any]:
    item, node = _attachable(call, unit)
    if "Eks" not in (item.body.get("Orchestrator") or {}):
        raise refuse("cluster not eks", arn=item.arn)
    volume = str(call.parameters["VolumeId"])
    volumes = dict(node.get("Volumes") or {})
    if volume in volumes:
        raise refuse("volume attached", name=volume, node=node["Id"])
    taken = {one["DeviceName"] for one in volumes.values()}
    device = next(
        name for name in (f"/dev/xvd{letter}" for letter in "bcdefghijklmnopqrstuvwxyza") if name not in taken
    )
    volumes[volume] = {"AttachTime": call.now.timestamp(), "DeviceName": device}
    _keep(unit, item, {**node, "Volumes": volumes})
    return _attachment(call, item, node, volumes[volume], "attached")


def detach_volume(call: Call, unit: Unit) -> Mapping[str, Any]:
    item, node = _attachable(call, unit)
    volumes = dict(node.get("Volumes") or {})
    held = volumes.pop(str(call.parameters["VolumeId"]), None)
    if held is None:
        raise refuse("volume not attached", name=call.parameters["VolumeId"], node=node["Id"])
    _keep(unit, item, {**node, "Volumes": volumes})
    return _attachment(call, item, node, held, "detached")


def _attachment(call: Call, item: Item, node: Body, held: Mapping[str, Any], status: str) -> Mapping[str, Any]:
    given = {"ClusterArn": item.arn, "NodeId": node["Id"], "VolumeId": call.parameters["VolumeId"]}
    return model.answer(call.operation, {**given, **held, "Status": status})


def attach_interface(call: Call, unit: Unit) -> Mapping[str, Any]:
    item, node = _attachable(call, unit)
    interface = str(call.parameters["NetworkInterfaceId"])
    interfaces = dict(node.get("Interfaces") or {})
    if interface in interfaces:
        raise refuse("interface attached", name=interface, node=node["Id"])
    interfaces[interface] = call.platform.new_id("eni-attach-", 28, HEXADECIMAL)
    _keep(unit, item, {**node, "Interfaces": interfaces})
    return {
        "ClusterArn": item.arn,
        "NodeId": node["Id"],
        "NetworkInterfaceId": interface,
        "AttachmentId": interfaces[interface],
    }


def _attachable(call: Call, unit: Unit) -> tuple[Item, Body]:
    item = _ready(call, named(call, unit, CLUSTER))
    node = _node(call, item, str(call.parameters["NodeId"]))
    if any(
        restricted and group["InstanceGroupName"] == node["Group"] for group, restricted in groups_of(item.body)
    ):
        raise refuse("node restricted", name=node["Id"])
    return item, node


def _keep(unit: Unit, item: Item, changed: Body) -> None:
    nodes = [changed if node["Id"] == changed["Id"] else node for node in item.body.get("_Nodes") or ()]
    unit.change_item(msgspec.structs.replace(item, body={**item.body, "_Nodes": nodes}))


OPERATIONS: Final = {
    "DescribeClusterNode": Operation(describe_node, writes=False),
    "ListClusterNodes": Operation(list_nodes, writes=False),
    "BatchAddClusterNodes": Operation(add_nodes, writes=True),
    "BatchDeleteClusterNodes": Operation(delete_nodes, writes=True),
    "BatchRebootClusterNodes": Operation(reboot_nodes, writes=True),
    "BatchReplaceClusterNodes": Operation(replace_nodes, writes=True),
    "AttachClusterNodeVolume": Operation(attach_volume, writes=True),
    "DetachClusterNodeVolume": Operation(detach_volume, writes=True),
    "AttachClusterNodeNetworkInterface": Operation(attach_interface, writes=True),
}
