"""Extensions of HyperPod clusters: which are offered, and their installation on a cluster.

Only clusters that Slurm orchestrates and that provision their nodes continuously take extensions, each once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import cluster_nodes as nodes
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import PLAIN, Body, add, change, find, id_of, refused, turn, view
from rolecall.services.sagemaker.lists import listing, page
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

EXTENSION: Final = BY_TYPE["cluster-extension"]
CLUSTER: Final = BY_TYPE["cluster"]
# What can be installed: the name and its versions, the highest first.
OFFERED: Final[Mapping[str, tuple[str, ...]]] = {"sagemaker-observability": ("1.0.1", "1.0.0")}
LIST_PAGE: Final = 100


def create_extension(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    cluster = find(call, unit, CLUSTER, str(given["ClusterArn"]))
    if cluster.status != "InService":
        raise refused(call, "cluster not ready", arn=cluster.arn, status=cluster.status)
    if "Slurm" not in (cluster.body.get("Orchestrator") or {}):
        raise refuse("cluster not slurm", arn=cluster.arn)
    if cluster.body.get("NodeProvisioningMode") != "Continuous":
        raise refuse("cluster not continuous", arn=cluster.arn)
    name = str(given["ExtensionName"])
    body: Body = {
        "ClusterArn": cluster.arn,
        "ExtensionName": name,
        "ExtensionVersion": _offered(name, given.get("ExtensionVersion")),
        "ConfigurationValues": _configuration(given.get("ConfigurationValues")),
    }
    tags = tagging.requested(given.get("Tags"))
    item = add(call, unit, EXTENSION, name, body, parent=id_of(cluster.arn), tags=tags)
    return {"ExtensionArn": item.arn}


def _offered(name: str, version: object) -> str:
    versions = OFFERED.get(name, ())
    if not versions or version not in (None, *versions):
        raise refuse("extension unknown", name=name, version=f" in version {version}" if version else "")
    return str(version or versions[0])


def _configuration(text: object) -> str | None:
    """The settings, which are a JSON object; what an extension takes is not known here."""
    if text is None:
        return None
    try:
        read = json.loads(str(text))
    except (ValueError, RecursionError) as bad:
        raise refuse("extension configuration") from bad
    if not isinstance(read, dict):
        raise refuse("extension configuration")
    return str(text)


def _named(call: Call, reader: Reader) -> Item:
    cluster = find(call, reader, CLUSTER, str(call.parameters["ClusterArn"]))
    item = find(call, reader, EXTENSION, str(call.parameters["ExtensionArn"]))
    if item.body["ClusterArn"] != cluster.arn:
        raise refuse("extension unknown", name=item.arn, version=f" on cluster {cluster.arn}")
    return item


def describe_extension(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = _named(call, reader)
    cluster = find(call, reader, CLUSTER, str(item.body["ClusterArn"]))
    total = len(nodes.present(call, cluster))
    active = total if item.status == "Active" else 0
    shown = {"ExtensionDetails": view(call, reader, EXTENSION, PLAIN, item)}
    counts = {"NodeSummary": {"TotalCount": total, "ActiveCount": active}, "Health": {"Issues": []}}
    return model.answer(call.operation, {**shown, **counts})


def update_extension(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _named(call, unit)
    given = call.parameters
    new: Body = {}
    if given.get("ExtensionVersion") is not None:
        new["ExtensionVersion"] = _offered(str(item.body["ExtensionName"]), given["ExtensionVersion"])
    if given.get("ConfigurationValues") is not None:
        new["ConfigurationValues"] = _configuration(given["ConfigurationValues"])
    if not new:
        raise refuse("nothing to update", members="give ExtensionVersion or ConfigurationValues")
    return {"ExtensionArn": change(call, unit, EXTENSION, item, new).arn}


def delete_extension(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _named(call, unit)
    turn(call, unit, EXTENSION, item, EXTENSION.life.delete)
    return {"ExtensionArn": item.arn}


def list_extensions(call: Call, reader: Reader) -> Mapping[str, Any]:
    find(call, reader, CLUSTER, str(call.parameters["ClusterArn"]))
    member, shape = model.listed(call.operation)
    wanted = listing(call, EXTENSION)
    items, token = page(call, reader, EXTENSION, PLAIN, wanted)
    made: Body = {member: [model.fit(one, shape) for one in items]}
    return {**made, "NextToken": token} if token else made


def list_versions(call: Call, reader: Reader) -> Mapping[str, Any]:
    versions = OFFERED.get(str(call.parameters["ExtensionName"]), ())
    limit = int(call.parameters.get("MaxResults") or LIST_PAGE)
    shown, token = page_of(versions, limit, call.parameters.get("NextToken"))
    made: Body = {"ExtensionVersions": [{"ExtensionVersion": one} for one in shown]}
    return {**made, "NextToken": token} if token else made


OPERATIONS: Final = {
    "CreateClusterExtension": Operation(create_extension, writes=True),
    "DescribeClusterExtension": Operation(describe_extension, writes=False),
    "UpdateClusterExtension": Operation(update_extension, writes=True),
    "DeleteClusterExtension": Operation(delete_extension, writes=True),
    "ListClusterExtensions": Operation(list_extensions, writes=False),
    "ListClusterExtensionVersions": Operation(list_versions, writes=False),
}
