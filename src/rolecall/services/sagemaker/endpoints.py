"""Endpoints: their variants come from an endpoint configuration, and change with it.

An endpoint keeps a copy of what it serves: its configuration and the models may be deleted while it lives.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import components, model, service_roles
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import SERVICE, Body, Hooks, change, find, named, view
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Unit
from rolecall.store.records import Item

ENDPOINT: Final = BY_TYPE["endpoint"]
CONFIG: Final = BY_TYPE["endpoint-config"]

# Members of a variant of the configuration that a variant of the endpoint has too.
_SAME: Final = ("ManagedInstanceScaling", "RoutingConfig")
_CONFIG_MEMBERS: Final = ("AsyncInferenceConfig", "ExplainerConfig", "MetricsConfig", "CrossRegionTrafficConfig")

# VariantPropertyType -> members of an endpoint's variant that keep their value in an update.
_RETAINED: Final[Mapping[str, tuple[str, ...]]] = {
    "DesiredInstanceCount": ("CurrentInstanceCount", "DesiredInstanceCount"),
    "DesiredWeight": ("CurrentWeight", "DesiredWeight"),
}


def served(call: Call, unit: Unit, config: Item) -> Body:
    """The members that an endpoint takes from its configuration."""
    made: Body = {"EndpointConfigName": config.name, "_Roles": _roles(call, unit, config)}
    for member in ("ProductionVariants", "ShadowProductionVariants"):
        variants = config.body.get(member)
        if variants:
            made[member] = [_variant(call, unit, one) for one in variants]
    for member in _CONFIG_MEMBERS:
        if config.body.get(member) is not None:
            made[member] = config.body[member]
    capture = config.body.get("DataCaptureConfig")
    if capture is not None:
        enabled = bool(capture.get("EnableCapture"))
        made["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": capture["InitialSamplingPercentage"],
            "DestinationS3Uri": capture["DestinationS3Uri"],
            "KmsKeyId": capture.get("KmsKeyId", ""),
        }
    return made


def _variant(call: Call, unit: Unit, given: Mapping[str, Any]) -> Body:
    asked = given.get("InitialVariantWeight")
    weight = 1.0 if asked is None else float(asked)
    made: Body = {
        "VariantName": given["VariantName"],
        "CurrentWeight": weight,
        "DesiredWeight": weight,
        **{member: given[member] for member in _SAME if given.get(member) is not None},
    }
    if given.get("ServerlessConfig") is not None:
        made["CurrentServerlessConfig"] = made["DesiredServerlessConfig"] = given["ServerlessConfig"]
    else:
        count = int(given.get("InitialInstanceCount", 1))
        made["CurrentInstanceCount"] = made["DesiredInstanceCount"] = count
    images = _images(call, unit, given.get("ModelName"))
    if images:
        made["DeployedImages"] = [
            {"SpecifiedImage": image, "ResolvedImage": image, "ResolutionTime": call.now.timestamp()}
            for image in images
        ]
    return made


def _roles(call: Call, unit: Unit, config: Item) -> list[str]:
    """The roles under which an endpoint reaches its models."""
    variants = [
        *(config.body.get("ProductionVariants") or ()),
        *(config.body.get("ShadowProductionVariants") or ()),
    ]
    models = [_model(call, unit, one.get("ModelName")) for one in variants]
    held = [config.body.get("ExecutionRoleArn"), *(one.body.get("ExecutionRoleArn") for one in models if one)]
    return list(dict.fromkeys(str(role) for role in held if role))


def _model(call: Call, unit: Unit, name: object) -> Item | None:
    """A variant's model; it may be gone when its configuration is used again."""
    return unit.item(call.account, SERVICE, "model", name, region=call.region) if isinstance(name, str) else None


def _images(call: Call, unit: Unit, name: object) -> list[str]:
    held = _model(call, unit, name)
    if held is None:
        return []
    containers = [held.body.get("PrimaryContainer") or {}, *(held.body.get("Containers") or ())]
    return [str(one["Image"]) for one in containers if one.get("Image")]


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    config = find(call, unit, CONFIG, str(body["EndpointConfigName"]))
    deployment = body.pop("DeploymentConfig", None)
    if deployment is not None:
        body["LastDeploymentConfig"] = deployment
    return {**body, **served(call, unit, config)}


def update_endpoint(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, ENDPOINT)
    new = served(call, unit, find(call, unit, CONFIG, str(call.parameters["EndpointConfigName"])))
    if call.parameters.get("RetainAllVariantProperties"):
        excluded = {
            str(one["VariantPropertyType"])
            for one in call.parameters.get("ExcludeRetainedVariantProperties") or ()
        }
        _retain(item, new, excluded)
    if call.parameters.get("DeploymentConfig") is not None:
        new["LastDeploymentConfig"] = model.storable(call.parameters["DeploymentConfig"])
    elif not call.parameters.get("RetainDeploymentConfig"):
        new["LastDeploymentConfig"] = None
    changed = change(call, unit, ENDPOINT, item, new)
    return model.answer(call.operation, view(call, unit, ENDPOINT, HOOKS["endpoint"], changed))


def _retain(item: Item, new: Body, excluded: set[str]) -> None:
    before = {one["VariantName"]: one for one in item.body.get("ProductionVariants") or ()}
    for variant in new.get("ProductionVariants") or ():
        old = before.get(variant["VariantName"])
        for kept, members in _RETAINED.items():
            if old is not None and kept not in excluded:
                variant.update({member: old[member] for member in members if member in old})


def update_weights(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, ENDPOINT)
    variants = [dict(one) for one in item.body.get("ProductionVariants") or ()]
    by_name = {one["VariantName"]: one for one in variants}
    names = [str(one["VariantName"]) for one in call.parameters["DesiredWeightsAndCapacities"]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise refuse("variant twice", name=twice)
    missing = ", ".join(f'"{name}"' for name in names if name not in by_name)
    if missing:
        raise refuse("variants unknown", names=missing, config=item.body["EndpointConfigName"])
    for wanted in call.parameters["DesiredWeightsAndCapacities"]:
        variant = by_name[wanted["VariantName"]]
        if wanted.get("DesiredWeight") is not None:
            variant["CurrentWeight"] = variant["DesiredWeight"] = float(wanted["DesiredWeight"])
        if wanted.get("DesiredInstanceCount") is not None:
            variant["CurrentInstanceCount"] = variant["DesiredInstanceCount"] = wanted["DesiredInstanceCount"]
    changed = change(call, unit, ENDPOINT, item, {"ProductionVariants": variants})
    return model.answer(call.operation, view(call, unit, ENDPOINT, HOOKS["endpoint"], changed))


def _in_vpc(call: Call, unit: Unit, config: Item) -> bool:
    """Whether the endpoint is a real-time one whose machines stand in a VPC of the account."""
    variants = config.body.get("ProductionVariants") or ()
    if config.body.get("AsyncInferenceConfig") or any(one.get("ServerlessConfig") for one in variants):
        return False
    models = [_model(call, unit, one.get("ModelName")) for one in variants]
    return any(held.body.get("VpcConfig") for held in (config, *models) if held is not None)


def _created(call: Call, unit: Unit, item: Item) -> None:
    """Network interfaces are a service-linked role's affair; without it the execution role sees to them."""
    if _in_vpc(call, unit, find(call, unit, CONFIG, str(item.body["EndpointConfigName"]))):
        service_roles.bring_about_if_allowed(call, unit)
        service_roles.uses(call, unit, item)


HOOKS: Final = {"endpoint": Hooks(prepare=_prepare, created=_created, delete=components.refuse_while_hosting)}

OPERATIONS: Final = {
    "UpdateEndpoint": Operation(update_endpoint, writes=True),
    "UpdateEndpointWeightsAndCapacities": Operation(update_weights, writes=True),
}
