"""Inference routers: which endpoints and inference components the requests for a routing target go to.

Destinations lie in any account and Region. SageMaker looks at each with the permissions of whoever asks
(sagemaker:DescribeEndpoint), so a destination that the caller may not describe is accepted, and its state is
unknown to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call
from rolecall.services.sagemaker import lifecycle
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import SERVICE, Body, Hooks
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

ROUTER: Final = BY_TYPE["inference-router"]


def destinations(router: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Every routing target with the ARN of each of its destinations."""
    for target in router.get("RoutingTargets") or ():
        for one in target["Destinations"]:
            yield target, str(one["ResourceArn"])


def endpoint_of(call: Call, reader: Reader, arn: str) -> Item | None:
    """The live endpoint that a destination is or lies on."""
    item = reader.item_by_arn(arn)
    there = lifecycle.at(item, call.now) if item is not None else None
    if there is None or there.service != SERVICE:
        return None
    if there.type == "inference-component":
        return endpoint_of(call, reader, str(there.body["EndpointArn"]))
    return there if there.type == "endpoint" else None


def _of_wrong_type(target: Mapping[str, Any], endpoint: Item) -> bool:
    variants = endpoint.body.get("ProductionVariants") or ()
    serverless = any(one.get("CurrentServerlessConfig") for one in variants)
    asynchronous = bool(endpoint.body.get("AsyncInferenceConfig"))
    return serverless or asynchronous is not bool(target.get("AsyncInferenceConfig"))


def _may_describe(call: Call, reader: Reader, arn: str) -> bool:
    action = "DescribeInferenceComponent" if ":inference-component/" in arn else "DescribeEndpoint"
    return call.platform.may(call, reader, f"{SERVICE}:{action}", arn)


def _check(call: Call, unit: Unit, body: Body) -> Body:
    names = [str(one["Name"]) for one in body["RoutingTargets"]]
    for name in names:
        if names.count(name) > 1:
            raise refuse("target names", name=name)
    for target, arn in destinations(body):
        endpoint = endpoint_of(call, unit, arn) if _may_describe(call, unit, arn) else None
        if endpoint is not None and _of_wrong_type(target, endpoint):
            wanted = "asynchronous" if target.get("AsyncInferenceConfig") else "real-time"
            raise refuse("destination type", arn=arn, wanted=wanted, name=target["Name"])
    return body


def _update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    return _check(call, unit, new)


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if call.operation != "DescribeInferenceRouter":
        return shown
    shown["RoutingTargets"] = [
        {
            **target,
            "Destinations": [
                {**one, "RoutingStatus": _status(call, reader, target, str(one["ResourceArn"]))}
                for one in target["Destinations"]
            ],
        }
        for target in item.body["RoutingTargets"]
    ]
    return shown


def _status(call: Call, reader: Reader, target: Mapping[str, Any], arn: str) -> str:
    if not _may_describe(call, reader, arn):
        return "Unknown"
    item = reader.item_by_arn(arn)
    there = lifecycle.at(item, call.now) if item is not None else None
    endpoint = endpoint_of(call, reader, arn)
    if there is None or endpoint is None or _of_wrong_type(target, endpoint):
        return "Unroutable"
    serving = ("InService", "Updating")
    return "Routable" if there.status in serving and endpoint.status in serving else "Unroutable"


HOOKS: Final = {"inference-router": Hooks(prepare=_check, show=_show, update=_update)}
