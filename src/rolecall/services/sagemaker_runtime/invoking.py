"""InvokeEndpoint, its asynchronous and its streamed form: which variant answers, and what is refused.

Calls are reads: nothing is stored of them but their record in the trail. The places in S3 that an asynchronous
call answers with stay empty, because no model writes there.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import found
from rolecall.services.sagemaker_runtime import errors
from rolecall.services.sagemaker_runtime.simulation import CHUNK, Simulated, container, simulated
from rolecall.store.ports import Reader
from rolecall.store.records import Item

# An endpoint serves while it is changed; before it is first in service it is not found.
SERVING: Final = ("InService", "Updating", "SystemUpdating", "RollingBack")


def invoke(call: Call, reader: Reader) -> Mapping[str, Any]:
    endpoint = _endpoint(call, reader)
    _refuse_asynchronous(endpoint, asynchronous=False)
    answer, variant = _answered(call, reader, endpoint)
    made = {
        "Body": answer.body,
        "ContentType": answer.content_type,
        "InvokedProductionVariant": variant,
        "CustomAttributes": answer.attributes,
    }
    session = str(call.parameters.get("SessionId") or "")
    if session == "NEW_SESSION":
        made["NewSessionId"] = f"{call.platform.new_id('')}; Expires={call.now:%Y-%m-%dT%H:%M:%SZ}"
    return made


def invoke_streaming(call: Call, reader: Reader) -> Mapping[str, Any]:
    endpoint = _endpoint(call, reader)
    _refuse_asynchronous(endpoint, asynchronous=False)
    answer, variant = _answered(call, reader, endpoint)
    parts = [answer.body[at : at + CHUNK] for at in range(0, len(answer.body), CHUNK)]
    return {
        "Body": [{"PayloadPart": {"Bytes": part}} for part in parts],
        "ContentType": answer.content_type,
        "InvokedProductionVariant": variant,
        "CustomAttributes": answer.attributes,
    }


def invoke_asynchronously(call: Call, reader: Reader) -> Mapping[str, Any]:
    endpoint = _endpoint(call, reader)
    _refuse_asynchronous(endpoint, asynchronous=True)
    given = call.parameters
    if bool(given.get("InputLocation")) == bool(given.get("Body")):
        raise errors.refused("Exactly one of InputLocation and Body must be given.")
    output = (endpoint.body.get("AsyncInferenceConfig") or {}).get("OutputConfig") or {}
    identifier = str(given.get("InferenceId") or call.request_id)
    name = str(given.get("Filename") or f"{call.request_id}.out")
    made = {"InferenceId": identifier}
    for member, place, file in (
        ("OutputLocation", output.get("S3OutputPath"), name),
        ("FailureLocation", output.get("S3FailurePath"), f"{call.request_id}-error.out"),
    ):
        if place:
            extension = str(given.get("S3OutputPathExtension") or "").strip("/")
            made[member] = "/".join(part for part in (str(place).rstrip("/"), extension, file) if part)
    return made


def _endpoint(call: Call, reader: Reader) -> Item:
    name = str(call.parameters["EndpointName"])
    endpoint = found(call, reader, "endpoint", name)
    if endpoint is None or endpoint.status not in SERVING:
        raise errors.unknown_endpoint(name, call.account)
    return endpoint


def _refuse_asynchronous(endpoint: Item, *, asynchronous: bool) -> None:
    if bool(endpoint.body.get("AsyncInferenceConfig")) != asynchronous:
        kind = "asynchronous" if not asynchronous else "real-time"
        raise errors.refused(f"Endpoint {endpoint.name} is {kind}: it does not support this operation.")


def _answered(call: Call, reader: Reader, endpoint: Item) -> tuple[Simulated, str]:
    """What the asked model says, and the variant it stands in."""
    given = call.parameters
    variant = _variant(call, endpoint)
    config = found(call, reader, "endpoint-config", str(endpoint.body.get("EndpointConfigName")))
    model = next(
        (
            one.get("ModelName")
            for one in (config.body.get("ProductionVariants") if config else None) or ()
            if one.get("VariantName") == variant.get("VariantName")
        ),
        None,
    )
    component = given.get("InferenceComponentName")
    if component:
        model = _model_of_component(call, reader, endpoint, str(component))
    elif model is None and config is not None:
        raise errors.component_needed()
    held = container(call, reader, model, given.get("TargetContainerHostname"))
    several = held.get("Mode") == "MultiModel"
    if bool(given.get("TargetModel")) != several and held:
        text = "needs" if several else "has one model and does not take"
        raise errors.refused(f"Endpoint {endpoint.name} {text} a TargetModel header.")
    answer = simulated(given, held.get("Environment") or {})
    if answer.status != 200:
        stream = (
            f"arn:{call.partition}:logs:{call.region}:{call.account}:log-group:"
            f"/aws/sagemaker/Endpoints/{endpoint.name}"
        )
        said = answer.body.decode("utf-8", "replace")
        raise errors.model_error(answer.status, said, endpoint.name, call.region, call.account, stream)
    return answer, str(variant.get("VariantName") or "")


def _variant(call: Call, endpoint: Item) -> Mapping[str, Any]:
    """The named variant; else one of them, as often as its weight says."""
    variants = endpoint.body.get("ProductionVariants") or ()
    named = call.parameters.get("TargetVariant")
    if named:
        chosen = next((one for one in variants if one.get("VariantName") == named), None)
        if chosen is None:
            raise errors.refused(f"Variant {named} of endpoint {endpoint.name} not found.")
        return dict(chosen)
    weights = [float(one.get("CurrentWeight") or 0.0) for one in variants]
    if not variants or not any(weights):
        return dict(variants[0]) if variants else {}
    return dict(random.choices(list(variants), weights)[0])


def _model_of_component(call: Call, reader: Reader, endpoint: Item, name: str) -> object:
    component = found(call, reader, "inference-component", name)
    if component is None or component.body.get("EndpointName") != endpoint.name:
        raise errors.unknown_component(name, call.account)
    if component.status not in ("InService", "Updating"):
        raise errors.refused(f"Inference Component {name} is {component.status}.")
    return (component.body.get("Specification") or {}).get("ModelName")


OPERATIONS: Final[Mapping[str, Operation]] = {
    "InvokeEndpoint": Operation(invoke, writes=False),
    "InvokeEndpointAsync": Operation(invoke_asynchronously, writes=False),
    "InvokeEndpointWithResponseStream": Operation(invoke_streaming, writes=False),
}
