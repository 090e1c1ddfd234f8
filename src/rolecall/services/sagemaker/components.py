"""Inference components: models that share the machines of an endpoint.

A component lies on a production variant of an endpoint that is InService; an adapter lies on another component.
Copies are placed at once when a change is through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import SERVICE, Body, Hooks, answer, arn_of, change, find, named
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

COMPONENT: Final = BY_TYPE["inference-component"]
ENDPOINT: Final = BY_TYPE["endpoint"]
MODEL: Final = BY_TYPE["model"]
HOSTED: Final = "hosted-on"  # the link from a component to the ARN of its endpoint
BASED: Final = "based-on"  # the link from an adapter to the ARN of its base component


def _specifications(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    several = body.get("Specifications")
    return list(several) if several else [one for one in (body.get("Specification"),) if one]


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    endpoint = find(call, unit, ENDPOINT, str(body["EndpointName"]))
    if endpoint.status != "InService":
        raise refuse("endpoint not ready", arn=endpoint.arn, status=endpoint.status)
    if bool(body.get("Specification")) == bool(body.get("Specifications")):
        raise refuse("one specification")
    adapted = _check(call, unit, _specifications(body))
    variants = [str(one["VariantName"]) for one in endpoint.body.get("ProductionVariants") or ()]
    wanted = body.get("VariantName") or (adapted.body.get("VariantName") if adapted else None)
    if wanted is None and len(variants) != 1:
        raise refuse("variant not named", arn=endpoint.arn)
    if wanted is not None and wanted not in variants:
        raise refuse("variant unknown", name=wanted, arn=endpoint.arn)
    return {
        **body,
        "EndpointArn": endpoint.arn,
        "VariantName": wanted or variants[0],
        "_Copies": (body.pop("RuntimeConfig", None) or {}).get("CopyCount", None if adapted else 1),
        "_Roles": _roles(call, unit, body, endpoint),
    }


def _check(call: Call, unit: Unit, specifications: Iterable[Mapping[str, Any]]) -> Item | None:
    """Everything that specifications name must be there; gives the component that an adapter is based on."""
    base: Item | None = None
    for one in specifications:
        if one.get("BaseInferenceComponentName"):
            base = find(call, unit, COMPONENT, str(one["BaseInferenceComponentName"]))
        elif one.get("ModelName"):
            find(call, unit, MODEL, str(one["ModelName"]))
        elif not one.get("Container"):
            raise refuse("specification source")
    return base


def _roles(call: Call, unit: Unit, body: Mapping[str, Any], endpoint: Item) -> list[str]:
    """The roles under which a component reaches its models: those of the models, or else of the endpoint."""
    named_models = [str(one["ModelName"]) for one in _specifications(body) if one.get("ModelName")]
    models = [find(call, unit, MODEL, name) for name in named_models]
    held = [str(one.body["ExecutionRoleArn"]) for one in models if one.body.get("ExecutionRoleArn")]
    return list(dict.fromkeys(held or endpoint.body.get("_Roles") or ()))


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if call.operation != "DescribeInferenceComponent":
        return shown
    for member in ("Specification", "Specifications"):
        given = item.body.get(member)
        if given:
            several = [_shown(call, reader, item, one) for one in (given if isinstance(given, list) else [given])]
            shown[member] = several if isinstance(given, list) else several[0]
    copies = item.body.get("_Copies")
    if copies is not None:
        coming = (item.body.get("_arrival") or {}).get("_Copies", copies)
        placed = 0 if item.status in ("Creating", "Failed") else copies
        shown["RuntimeConfig"] = {"DesiredCopyCount": coming, "CurrentCopyCount": placed}
    return shown


def _shown(call: Call, reader: Reader, item: Item, given: Mapping[str, Any]) -> Body:
    """A specification as it is described: with the image that was deployed."""
    container = dict(given.get("Container") or {})
    image = container.pop("Image", None)
    if image is None and given.get("ModelName"):
        held = reader.item(item.account, SERVICE, MODEL.type, str(given["ModelName"]), region=item.region)
        primary = (held.body.get("PrimaryContainer") or {}) if held else {}
        image = primary.get("Image")
        if primary.get("ModelDataUrl"):
            container.setdefault("ArtifactUrl", primary["ModelDataUrl"])
    if image:
        container["DeployedImage"] = {
            "SpecifiedImage": image,
            "ResolvedImage": image,
            "ResolutionTime": item.created.timestamp(),
        }
    return {**given, "Container": container} if container else dict(given)


def _update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    if new.get("Specification") and new.get("Specifications"):
        raise refuse("one specification")
    _check(call, unit, _specifications(new))
    runtime, deployment = new.pop("RuntimeConfig", None), new.pop("DeploymentConfig", None)
    if runtime is not None:
        new["_Copies"] = runtime["CopyCount"]
    if deployment is not None:
        new["LastDeploymentConfig"] = deployment
    if new.get("Specifications"):
        new["Specification"] = None
    elif new.get("Specification"):
        new["Specifications"] = None
    if _specifications(new):
        endpoint = find(call, unit, ENDPOINT, str(item.body["EndpointName"]))
        new["_Roles"] = _roles(call, unit, new, endpoint)
    return new


def update_runtime(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, COMPONENT)
    wanted = model.storable(call.parameters["DesiredRuntimeConfig"])
    changed = change(call, unit, COMPONENT, item, {"_Copies": wanted["CopyCount"]})
    return answer(call, unit, COMPONENT, HOOKS["inference-component"], changed)


def _created(call: Call, unit: Unit, item: Item) -> None:
    unit.link(item.id, HOSTED, str(item.body["EndpointArn"]))
    for one in _specifications(item.body):
        if one.get("BaseInferenceComponentName"):
            unit.link(item.id, BASED, arn_of(call, COMPONENT, str(one["BaseInferenceComponentName"])))


def _delete(call: Call, unit: Unit, item: Item) -> None:
    for held in _linked(call, unit, BASED, item.arn):
        raise refuse("component has adapters", arn=item.arn, user=held.name)


def refuse_while_hosting(call: Call, unit: Unit, endpoint: Item) -> None:
    """An endpoint goes after the components that it hosts."""
    if any(_linked(call, unit, HOSTED, endpoint.arn)):
        raise refuse("endpoint holds components", arn=endpoint.arn)


def _linked(call: Call, reader: Reader, relation: str, arn: str) -> Iterator[Item]:
    for link in reader.linked_to(relation, arn):
        held = reader.item_by_id(link.item_id)
        there = lifecycle.at(held, call.now) if held is not None else None
        if there is not None:
            yield there


HOOKS: Final = {
    "inference-component": Hooks(prepare=_prepare, created=_created, show=_show, update=_update, delete=_delete),
}

OPERATIONS: Final = {"UpdateInferenceComponentRuntimeConfig": Operation(update_runtime, writes=True)}
