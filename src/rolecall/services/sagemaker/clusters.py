"""HyperPod clusters: their instance groups, and how they change.

The service assigns the id in a cluster's ARN; clients name a cluster by its name or its ARN. Nodes are in
cluster_nodes.py, what happened in cluster_history.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import cluster_history as history
from rolecall.services.sagemaker import cluster_nodes as nodes
from rolecall.services.sagemaker import model, service_roles
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import Body, Hooks, id_of, named, refused, turn
from rolecall.services.sagemaker.lists import every
from rolecall.services.sagemaker.lives import Turn
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

CLUSTER: Final = BY_TYPE["cluster"]
GROUPS: Final = ("InstanceGroups", "RestrictedInstanceGroups")
ON_CLUSTER: Final = ("cluster-extension", "cluster-scheduler-config", "compute-quota")
SOFTWARE: Final = Turn("SystemUpdating", ("InService",), "busy")

# What a group is described with beside the members under which it was given.
_NOT_SHOWN: Final = ("InstanceCount", "MinInstanceCount", "InstanceRequirements", "ImageId", "KubernetesConfig")


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    service_roles.bring_about(call, unit)
    groups = [group for group, _ in nodes.groups_of(body)]
    if not groups:
        raise refuse("no instance groups")
    _check(groups)
    made: list[Body] = []
    for group in groups:
        made = nodes.sized(call, made, group, call.platform.time_scale)
    return {**body, "_Nodes": made, "_Roles": list(_roles(body))}


def _check(groups: list[Mapping[str, Any]]) -> None:
    names = [str(group["InstanceGroupName"]) for group in groups]
    for group in groups:
        name = group["InstanceGroupName"]
        if names.count(str(name)) > 1:
            raise refuse("group names", name=name)
        if bool(group.get("InstanceType")) == bool(group.get("InstanceRequirements")):
            raise refuse("group source", name=name)
        scripts = (group.get("LifeCycleConfig") or {}).get("SourceS3Uri")
        if scripts and not str(scripts).startswith("s3://sagemaker-"):
            raise refuse("lifecycle scripts", uri=scripts)


def _roles(body: Mapping[str, Any]) -> Iterator[str]:
    """The roles under which the machines work, each once."""
    held = [body.get("ClusterRole"), *(group["ExecutionRole"] for group, _ in nodes.groups_of(body))]
    yield from dict.fromkeys(str(role) for role in held if role)


def _created(call: Call, unit: Unit, item: Item) -> None:
    service_roles.uses(call, unit, item)
    text = f"Cluster {item.name} is being created."
    body = history.scaled(call, msgspec.structs.replace(item, body={}), dict(item.body))
    unit.change_item(msgspec.structs.replace(item, body=history.happened(call, item.arn, body, text)))


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown.setdefault("InstanceGroups", [])
    for member in GROUPS:
        if shown.get(member) and call.operation == "DescribeCluster":
            shown[member] = [_group(call, item, group) for group in shown[member]]
    plans = [
        str(group["TrainingPlanArn"]) for group, _ in nodes.groups_of(item.body) if group.get("TrainingPlanArn")
    ]
    shown["TrainingPlanArns"] = list(dict.fromkeys(plans)) or None
    if item.body.get("AutoScaling"):
        shown["AutoScaling"] = {**item.body["AutoScaling"], "Status": "InService"}
    return shown


def _group(call: Call, item: Item, group: Mapping[str, Any]) -> Body:
    """An instance group as it is described: with counts in place of what was asked for."""
    name = group["InstanceGroupName"]
    held = [node for node in nodes.present(call, item) if node["Group"] == name]
    running = sum(nodes.status_of(call, item, node) not in ("Pending", "ShuttingDown") for node in held)
    shown: Body = {member: value for member, value in group.items() if member not in _NOT_SHOWN}
    shown |= {"CurrentCount": running, "TargetCount": group["InstanceCount"]}
    if group.get("MinInstanceCount") is not None:
        shown["MinCount"] = group["MinInstanceCount"]
    if group.get("InstanceRequirements"):
        types = group["InstanceRequirements"]["InstanceTypes"]
        shown["InstanceRequirements"] = {"CurrentInstanceTypes": types, "DesiredInstanceTypes": types}
    if group.get("ImageId"):
        shown |= {"CurrentImageId": group["ImageId"], "DesiredImageId": group["ImageId"]}
    release = shown.pop("ImageReleaseVersion", None)
    if release:
        shown |= {"CurrentImageReleaseVersion": release, "DesiredImageReleaseVersion": release}
    if group.get("KubernetesConfig"):
        kept = group["KubernetesConfig"]
        shown["KubernetesConfig"] = {
            f"{when}{member}": kept[member]
            for when in ("Current", "Desired")
            for member in ("Labels", "Taints")
            if kept.get(member)
        }
    # A group has a status of its own where nodes are provisioned one by one.
    if item.body.get("NodeProvisioningMode") == "Continuous":
        shown["Status"] = item.status if item.status in ("Creating", "Deleting", "SystemUpdating") else "InService"
    return shown


def update_cluster(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Groups that are given are replaced or added, groups to delete go; other groups stay as they are."""
    item = named(call, unit, CLUSTER)
    given: Body = model.storable({name: value for name, value in call.parameters.items() if name != "ClusterName"})
    if not given:
        raise refuse("nothing to update", members="give at least one member beside ClusterName")
    gone = {str(name) for name in given.pop("InstanceGroupsToDelete", None) or ()}
    known = {str(group["InstanceGroupName"]) for group, _ in nodes.groups_of(item.body)}
    for name in sorted(gone - known):
        raise refuse("group unknown", name=name, arn=item.arn)
    new: Body = dict(given)
    for member in GROUPS:
        held = {str(one["InstanceGroupName"]): one for one in item.body.get(member) or ()}
        held |= {str(one["InstanceGroupName"]): one for one in given.get(member) or ()}
        staying = [one for name, one in held.items() if name not in gone]
        if staying or item.body.get(member):
            new[member] = staying
    groups = [group for group, _ in nodes.groups_of({**item.body, **new})]
    _check(groups)
    scale = float(item.body.get("_scale", 1.0))
    made = list(item.body.get("_Nodes") or ())
    for group in [*groups, *({"InstanceGroupName": name, "InstanceCount": 0} for name in sorted(gone))]:
        made = nodes.sized(call, made, group, scale)
    body = history.scaled(call, item, {**item.body, **new, "_Nodes": made})
    new |= {name: body[name] for name in ("_Nodes", "_Operations", "_Events") if name in body}
    new["_Roles"] = list(_roles(body))
    # Groups and nodes are as asked at once: nodes say themselves what they do meanwhile.
    to = CLUSTER.life.update
    assert to is not None, "clusters are updated"
    changed = turn(call, unit, CLUSTER, msgspec.structs.replace(item, body={**item.body, **new}), to)
    assert changed is not None, "an update ends nothing"
    return {"ClusterArn": changed.arn}


def update_software(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, CLUSTER)
    asked = [str(one["InstanceGroupName"]) for one in call.parameters.get("InstanceGroups") or ()]
    known = [str(group["InstanceGroupName"]) for group, _ in nodes.groups_of(item.body)]
    for name in asked:
        if name not in known:
            raise refuse("group unknown", name=name, arn=item.arn)
    patched = asked or known
    scale = float(item.body.get("_scale", 1.0))
    body = dict(item.body)
    body["_Nodes"] = [
        {**nodes.doing(call, node, nodes.UPDATING, scale), "Patched": call.now.timestamp()}
        if node["Group"] in patched and node["Doing"] != nodes.LEAVING[0]
        else node
        for node in body.get("_Nodes") or ()
    ]
    for member in GROUPS:
        if body.get(member):
            body[member] = [_patched(call, group, patched) for group in body[member]]
    body = history.happened(call, item.arn, body, "The software of the cluster is being updated.")
    turned = turn(call, unit, CLUSTER, msgspec.structs.replace(item, body=body), SOFTWARE)
    assert turned is not None, "an update ends nothing"
    return {"ClusterArn": turned.arn}


def _patched(call: Call, group: Mapping[str, Any], patched: list[str]) -> Body:
    made = dict(group)
    if str(group["InstanceGroupName"]) in patched and call.parameters.get("ImageId"):
        made["ImageId"] = call.parameters["ImageId"]
    for one in call.parameters.get("InstanceGroups") or ():
        if one["InstanceGroupName"] == group["InstanceGroupName"] and one.get("ImageReleaseVersion"):
            made["ImageReleaseVersion"] = one["ImageReleaseVersion"]
    return made


def start_health_check(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, CLUSTER)
    if item.status != "InService":
        raise refused(call, "cluster not ready", arn=item.arn, status=item.status)
    asked = model.storable(call.parameters["DeepHealthCheckConfigurations"])
    known = [str(group["InstanceGroupName"]) for group, _ in nodes.groups_of(item.body)]
    checked: set[str] = set()
    for one in asked:
        if one["InstanceGroupName"] not in known:
            raise refuse("group unknown", name=one["InstanceGroupName"], arn=item.arn)
        held = {node["Id"] for node in nodes.present(call, item) if node["Group"] == one["InstanceGroupName"]}
        for name in one.get("InstanceIds") or ():
            if name not in held:
                raise refuse("node unknown", name=name, arn=item.arn)
        checked |= set(one.get("InstanceIds") or held)
    scale = float(item.body.get("_scale", 1.0))
    body = dict(item.body)
    body["_Nodes"] = [
        nodes.doing(call, node, nodes.CHECKING, scale) if node["Id"] in checked else node
        for node in body.get("_Nodes") or ()
    ]
    body, _ = history.operated(call, item.arn, body, history.HEALTH_CHECK, {"DeepHealthCheckDetails": asked})
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))
    return {"ClusterArn": item.arn}


def _delete(call: Call, unit: Unit, item: Item) -> None:
    """What lies on a cluster goes with it."""
    for type in ON_CLUSTER:
        for inner in list(every(call, unit, BY_TYPE[type], id_of(item.arn))):
            unit.remove_item(inner.id)


HOOKS: Final = {"cluster": Hooks(prepare=_prepare, created=_created, show=_show, delete=_delete)}

OPERATIONS: Final = {
    "UpdateCluster": Operation(update_cluster, writes=True),
    "UpdateClusterSoftware": Operation(update_software, writes=True),
    "StartClusterHealthCheck": Operation(start_health_check, writes=True),
    **nodes.OPERATIONS,
    **history.OPERATIONS,
}
