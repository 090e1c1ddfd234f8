"""What do members of a request stand for, that authorization must know before anybody decides?

Versions of images are named by alias, or not at all (the latest), artifacts by their source, clusters by a name
that is not in their ARN, executions of pipelines by the token of a step that waits, and the public hub by a name
that means AWS's own. Nothing here raises: what stands for
nothing is for the handlers to refuse.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rolecall.services.sagemaker import images, lifecycle, lineage, pipeline_executions, public_hub
from rolecall.store.ports import Reader


def resolved(
    operation: str,
    parameters: Mapping[str, Any],
    account: str,
    region: str,
    now: datetime,
    reader: Reader,
    partition: str = "aws",
) -> Mapping[str, Any]:
    """The parameters with what their members stand for."""
    parameters = images.resolved(operation, parameters, account, region, now, reader)
    parameters = pipeline_executions.resolved(operation, parameters, account, region, reader)
    parameters = _clusters(operation, parameters, account, region, now, reader)
    if parameters.get("HubName") == public_hub.NAME and operation != "CreateHub":
        hub = f"arn:{partition}:sagemaker:{region}:aws:hub/{public_hub.NAME}"
        parameters = {**parameters, "HubName": hub}
    if operation == "CreateHubContentReference" and not parameters.get("HubContentName"):
        parameters = {**parameters, "HubContentName": public_hub.referred(parameters)}
    return lineage.resolved(operation, parameters, account, region, partition)


def _clusters(
    operation: str, parameters: Mapping[str, Any], account: str, region: str, now: datetime, reader: Reader
) -> Mapping[str, Any]:
    """A cluster's name becomes its ARN: policies and tags are about the id in there."""
    name = parameters.get("ClusterName")
    if operation == "CreateCluster" or not isinstance(name, str) or name.startswith("arn:"):
        return parameters
    item = reader.item(account, "sagemaker", "cluster", name, region=region)
    there = lifecycle.at(item, now) if item is not None else None
    return parameters if there is None else {**parameters, "ClusterName": there.arn}
