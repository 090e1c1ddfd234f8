"""Inference experiments (shadow tests): they wait for their schedule, run, and end with it or by a stop.

Traffic is not copied; what is told is the experiment, its variants and the endpoint that it is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lives, model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import SERVICE, Body, Hooks, named, turn
from rolecall.services.sagemaker.lives import Turn
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

EXPERIMENT: Final = BY_TYPE["inference-experiment"]
DAYS: Final = 7 * 86_400  # how long an experiment without schedule lasts, in seconds

# DesiredState of a stop -> the phase that leads there.
_STOPS: Final[Mapping[str, str]] = {"Completed": "Stopping", "Cancelled": "Cancelling"}

# The status of an experiment -> that of its variants.
_VARIANTS: Final[Mapping[str, str]] = {
    "Creating": "Creating",
    "Created": "Creating",
    "Starting": "Creating",
    "Updating": "Updating",
    "Running": "InService",
    "Stopping": "Deleting",
}


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    names = {str(one["VariantName"]) for one in body["ModelVariants"]}
    shadow = body["ShadowModeConfig"]
    for name in (
        shadow["SourceModelVariantName"],
        *(one["ShadowModelVariantName"] for one in shadow["ShadowModelVariants"]),
    ):
        if name not in names:
            raise refuse("variant unknown", name=name, arn=body["EndpointName"])
    return {**body, **_times(call, body.get("Schedule") or {})}


def _times(call: Call, schedule: Mapping[str, Any]) -> Body:
    """The instants at which an experiment begins and ends; with a schedule they are real time."""
    if not schedule:
        return {}
    starts = float(schedule.get("StartTime") or call.now.timestamp())
    return {"_Starts": starts, "_Ends": float(schedule.get("EndTime") or starts + DAYS)}


def _update(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    schedule = new.get("Schedule")
    if schedule is None:
        return new
    if item.status == "Running":  # only the end can still be moved
        schedule = {**schedule, "StartTime": (item.body.get("Schedule") or {}).get("StartTime")}
    return {**new, **_times(call, schedule)}


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    status = _VARIANTS.get(item.status, "Deleted")
    shown["ModelVariants"] = [{**one, "Status": status} for one in item.body["ModelVariants"]]
    name = str(item.body["EndpointName"])
    endpoint = reader.item(item.account, SERVICE, "endpoint", name, region=item.region)
    shown["EndpointMetadata"] = {"EndpointName": name}
    if endpoint is not None:
        shown["EndpointMetadata"] |= {
            "EndpointConfigName": endpoint.body.get("EndpointConfigName"),
            "EndpointStatus": endpoint.status,
        }
    return shown


def stop(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    item = named(call, unit, EXPERIMENT)
    asked = set(given["ModelVariantActions"])
    for variant in item.body["ModelVariants"]:
        if variant["VariantName"] not in asked:
            raise refuse("experiment model", name=variant["VariantName"])
    to = lives.SHADOW.stop
    assert to is not None
    state = str(given.get("DesiredState") or "Completed")
    body: Body = {"_Reason": given["Reason"]} if given.get("Reason") else {}
    if given.get("DesiredModelVariants"):
        body["ModelVariants"] = model.storable(given["DesiredModelVariants"])
    turn(call, unit, EXPERIMENT, item, Turn(_STOPS[state], to.allowed, to.refusal), **body)
    return {"InferenceExperimentArn": item.arn}


HOOKS: Final = {"inference-experiment": Hooks(prepare=_prepare, update=_update, show=_show)}

OPERATIONS: Final = {"StopInferenceExperiment": Operation(stop, writes=True)}
