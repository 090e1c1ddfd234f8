"""Edge Manager: fleets and their devices, packaging jobs, and plans that deploy models stage by stage.

A stage deploys to its devices in a minute, and every device takes what it is given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import PLAIN, Body, Hooks, add, change, find, named, refused, view
from rolecall.services.sagemaker.lists import every
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

FLEET: Final = BY_TYPE["device-fleet"]
DEVICE: Final = BY_TYPE["device"]
PLAN: Final = BY_TYPE["edge-deployment"]
MOST_STAGES: Final = 10
DEPLOYING_SECONDS: Final = 60.0


# ---- fleets and devices


def _prepare_fleet(call: Call, unit: Unit, body: Body) -> Body:
    return _with_alias(body, str(body["DeviceFleetName"]))


def _update_fleet(call: Call, unit: Unit, item: Item, new: Body) -> Body:
    role = new.get("RoleArn") or item.body.get("RoleArn")
    made = _with_alias({**new, "RoleArn": role}, item.name)
    return {name: value for name, value in made.items() if value is not None}


def _with_alias(body: Body, fleet: str) -> Body:
    """A fleet whose devices have a role at AWS IoT goes by an alias of it."""
    if body.pop("EnableIotRoleAlias", None):
        if not body.get("RoleArn"):
            raise refuse("role missing")
        body["IotRoleAlias"] = f"SageMakerEdge-{fleet}"
    return body


def register_devices(call: Call, unit: Unit) -> Mapping[str, Any]:
    fleet = find(call, unit, FLEET, str(call.parameters["DeviceFleetName"]))
    tags = tagging.requested(call.parameters.get("Tags"))
    for one in _devices(call):
        name = str(one["DeviceName"])
        if unit.item(call.account, fleet.service, DEVICE.type, name, region=call.region, parent=fleet.name):
            raise refuse("device registered", name=name)
        add(call, unit, DEVICE, name, one, parent=fleet.name, tags=tags)
    return {}


def update_devices(call: Call, unit: Unit) -> Mapping[str, Any]:
    fleet = find(call, unit, FLEET, str(call.parameters["DeviceFleetName"]))
    for one in _devices(call):
        change(call, unit, DEVICE, find(call, unit, DEVICE, str(one["DeviceName"]), fleet.name), one)
    return {}


def _devices(call: Call) -> list[Body]:
    devices: list[Body] = model.storable(call.parameters["Devices"])
    names = [str(one["DeviceName"]) for one in devices]
    for name in names:
        if names.count(name) > 1:
            raise refuse("device names", name=name)
    return devices


def deregister_devices(call: Call, unit: Unit) -> Mapping[str, Any]:
    fleet = find(call, unit, FLEET, str(call.parameters["DeviceFleetName"]))
    for name in dict.fromkeys(map(str, call.parameters["DeviceNames"])):
        unit.remove_item(find(call, unit, DEVICE, name, fleet.name).id)
    return {}


def fleet_report(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Devices that have sent a heartbeat are connected."""
    item = named(call, reader, FLEET)
    devices = list(every(call, reader, DEVICE, item.name))
    connected = [one for one in devices if one.body.get("LatestHeartbeat")]
    versions = [str(one.body["AgentVersion"]) for one in connected if one.body.get("AgentVersion")]
    report: Body = {
        **view(call, reader, FLEET, PLAIN, item),
        "ReportGenerated": call.now,
        "DeviceStats": {"ConnectedDeviceCount": len(connected), "RegisteredDeviceCount": len(devices)},
        "AgentVersions": [{"Version": one, "AgentCount": versions.count(one)} for one in dict.fromkeys(versions)],
        "ModelStats": [],
    }
    return model.answer(call.operation, report)


# ---- packaging jobs


def _show_packaging(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if item.status == "COMPLETED":
        place = str(item.body["OutputConfig"]["S3OutputLocation"]).rstrip("/")
        shown["ModelArtifact"] = f"{place}/{item.body['ModelName']}-{item.body['ModelVersion']}.tar.gz"
    return shown


# ---- deployment plans


def _prepare_plan(call: Call, unit: Unit, body: Body) -> Body:
    return {**body, "Stages": _stages(body["EdgeDeploymentPlanName"], [], body.get("Stages") or ())}


def _stages(plan: str, held: list[Body], new: Any) -> list[Body]:
    """The stages of a plan with new ones."""
    made = list(held)
    for one in new:
        if any(other["StageName"] == one["StageName"] for other in made):
            raise refuse("stage taken", name=one["StageName"], arn=plan)
        # A failed deployment is rolled back unless a stage says otherwise.
        made.append({"DeploymentConfig": {"FailureHandlingPolicy": "ROLLBACK_ON_FAILURE"}, **one})
    if len(made) > MOST_STAGES:
        raise refuse("too many stages", limit=MOST_STAGES)
    return made


def create_stage(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, PLAN)
    new = model.storable(call.parameters["Stages"])
    _keep(call, unit, item, _stages(item.arn, list(item.body["Stages"]), new))
    return {}


def delete_stage(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, PLAN)
    stage = _stage(call, item)
    _refuse_active(call, item, stage)
    _keep(call, unit, item, [one for one in item.body["Stages"] if one is not stage])
    return {}


def start_stage(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, PLAN)
    stage = _stage(call, item)
    _refuse_active(call, item, stage)
    begun = {**stage, "_Began": call.now.timestamp(), "_Stopped": None}
    begun["_Devices"] = [device.name for device in _selected(call, unit, item, stage)]
    _keep(call, unit, item, [begun if one is stage else one for one in item.body["Stages"]])
    return {}


def stop_stage(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, PLAN)
    stage = _stage(call, item)
    if _status(call, item, stage) == "INPROGRESS":
        stopped = {**stage, "_Stopped": call.now.timestamp()}
        _keep(call, unit, item, [stopped if one is stage else one for one in item.body["Stages"]])
    return {}


def _stage(call: Call, item: Item) -> Body:
    wanted = call.parameters["StageName"]
    for one in item.body["Stages"]:
        if one["StageName"] == wanted:
            found: Body = one
            return found
    raise refuse("stage unknown", name=wanted, arn=item.arn)


def _keep(call: Call, unit: Unit, item: Item, stages: list[Body]) -> None:
    body = {**item.body, "Stages": stages}
    unit.change_item(msgspec.structs.replace(item, body=body, modified=call.now))


def _refuse_active(call: Call, item: Item, stage: Mapping[str, Any]) -> None:
    status = _status(call, item, stage)
    if status == "INPROGRESS":
        raise refused(call, "stage active", name=stage["StageName"], arn=item.arn, status=status)


def _delete_plan(call: Call, unit: Unit, item: Item) -> None:
    for stage in item.body["Stages"]:
        _refuse_active(call, item, stage)


def _status(call: Call, item: Item, stage: Mapping[str, Any]) -> str:
    """Of a stage, and of each of its devices."""
    began = stage.get("_Began")
    if began is None:
        return "READYTODEPLOY"
    if stage.get("_Stopped") is not None:
        return "STOPPED"
    scale = float(item.body.get("_scale", 1.0))
    lasting = DEPLOYING_SECONDS / scale if scale > 0 else 0.0
    return "DEPLOYED" if call.now.timestamp() >= float(began) + lasting else "INPROGRESS"


def _selected(call: Call, reader: Reader, item: Item, stage: Mapping[str, Any]) -> list[Item]:
    """The devices of the plan's fleet that a stage is for."""
    devices = list(every(call, reader, DEVICE, str(item.body["DeviceFleetName"])))
    choice = stage["DeviceSelectionConfig"]
    match choice["DeviceSubsetType"]:
        case "SELECTION":
            return [one for one in devices if one.name in (choice.get("DeviceNames") or ())]
        case "NAMECONTAINS":
            return [one for one in devices if str(choice.get("DeviceNameContains") or "") in one.name]
    share = int(choice.get("Percentage") or 0)
    return devices[: -(-len(devices) * share // 100)]


def _of_stage(call: Call, reader: Reader, item: Item, stage: Mapping[str, Any]) -> list[Item]:
    """The devices that a stage was started with; before that, those that it would be started with."""
    started = stage.get("_Devices")
    if started is None:
        return _selected(call, reader, item, stage)
    devices = every(call, reader, DEVICE, str(item.body["DeviceFleetName"]))
    return [one for one in devices if one.name in started]


def _show_plan(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    totals = {"Success": 0, "Pending": 0, "Failed": 0}
    stages: list[Body] = []
    for stage in item.body["Stages"]:
        status = _status(call, item, stage)
        count = len(_of_stage(call, reader, item, stage))
        done = count if status == "DEPLOYED" else 0
        totals["Success"] += done
        totals["Pending"] += count - done
        told: Body = {
            "StageStatus": status,
            "EdgeDeploymentSuccessInStage": done,
            "EdgeDeploymentPendingInStage": count - done,
            "EdgeDeploymentFailedInStage": 0,
            "EdgeDeploymentStageStartTime": stage.get("_Began"),
        }
        stages.append({**stage, "DeploymentStatus": told})
    shown |= {f"EdgeDeployment{name}": number for name, number in totals.items()}
    shown["Stages"] = stages
    return shown


def describe_plan(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The stages of a plan come in pages."""
    shown = view(call, reader, PLAN, HOOKS["edge-deployment"], named(call, reader, PLAN))
    limit = int(call.parameters.get("MaxResults") or PLAN.page)
    shown["Stages"], token = page_of(shown["Stages"], limit, call.parameters.get("NextToken"))
    return model.answer(call.operation, {**shown, "NextToken": token})


def list_stage_devices(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, PLAN)
    stage = _stage(call, item)
    found = list(_deployments(call, reader, item, stage))
    limit = int(call.parameters.get("MaxResults") or PLAN.page)
    shown, token = page_of(found, limit, call.parameters.get("NextToken"))
    return model.answer(call.operation, {"DeviceDeploymentSummaries": shown, "NextToken": token})


def _deployments(call: Call, reader: Reader, item: Item, stage: Mapping[str, Any]) -> Iterator[Body]:
    elsewhere = {
        device
        for other in item.body["Stages"]
        if other is not stage and _status(call, item, other) == "DEPLOYED"
        for device in other.get("_Devices") or ()
    }
    status = _status(call, item, stage)
    for device in _of_stage(call, reader, item, stage):
        if call.parameters.get("ExcludeDevicesDeployedInOtherStage") and device.name in elsewhere:
            continue
        yield {
            "EdgeDeploymentPlanArn": item.arn,
            "EdgeDeploymentPlanName": item.name,
            "StageName": stage["StageName"],
            "DeployedStageName": stage["StageName"] if status == "DEPLOYED" else None,
            "DeviceFleetName": device.parent,
            "DeviceName": device.name,
            "DeviceArn": device.arn,
            "DeviceDeploymentStatus": status,
            "Description": device.body.get("Description"),
            "DeploymentStartTime": stage.get("_Began"),
        }


HOOKS: Final = {
    "device-fleet": Hooks(prepare=_prepare_fleet, update=_update_fleet),
    "edge-packaging-job": Hooks(show=_show_packaging),
    "edge-deployment": Hooks(prepare=_prepare_plan, show=_show_plan, delete=_delete_plan),
}

OPERATIONS: Final = {
    "RegisterDevices": Operation(register_devices, writes=True),
    "UpdateDevices": Operation(update_devices, writes=True),
    "DeregisterDevices": Operation(deregister_devices, writes=True),
    "GetDeviceFleetReport": Operation(fleet_report, writes=False),
    "DescribeEdgeDeploymentPlan": Operation(describe_plan, writes=False),
    "CreateEdgeDeploymentStage": Operation(create_stage, writes=True),
    "DeleteEdgeDeploymentStage": Operation(delete_stage, writes=True),
    "StartEdgeDeploymentStage": Operation(start_stage, writes=True),
    "StopEdgeDeploymentStage": Operation(stop_stage, writes=True),
    "ListStageDevices": Operation(list_stage_devices, writes=False),
}
