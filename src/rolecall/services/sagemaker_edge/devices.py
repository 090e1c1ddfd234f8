"""Registration, deployments and heartbeats of a device."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker_items import arn, noted
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

CACHE_SECONDS: Final = "86400"


def registration(call: Call, reader: Reader) -> Mapping[str, Any]:
    device = _device(call, reader)
    said = {"DeviceName": device.name, "DeviceFleetName": device.parent, "DeviceArn": device.arn}
    return {"DeviceRegistration": json.dumps(said), "CacheTTL": CACHE_SECONDS}


def deployments(call: Call, reader: Reader) -> Mapping[str, Any]:
    """Nothing is rolled out to devices here, so no deployment waits for one."""
    _device(call, reader)
    return {"Deployments": []}


def heartbeat(call: Call, unit: Unit) -> Mapping[str, Any]:
    models = [
        {"ModelName": one["ModelName"], "ModelVersion": one["ModelVersion"]}
        for one in call.parameters.get("Models") or ()
        if one.get("ModelName") and one.get("ModelVersion")
    ]
    noted(
        unit,
        _device(call, unit),
        {
            "LatestHeartbeat": call.now.timestamp(),
            "AgentVersion": call.parameters["AgentVersion"],
            **({"Models": models} if models else {}),
        },
    )
    return {}


def _device(call: Call, reader: Reader) -> Item:
    fleet, name = call.parameters["DeviceFleetName"], call.parameters["DeviceName"]
    device = reader.item_by_arn(arn(call, f"device-fleet/{fleet}/device/{name}"))
    if device is None or device.region != call.region:
        raise AwsError("ValidationException", f"No device with name {name} found.", 400)
    return device


OPERATIONS: Final[Mapping[str, Operation]] = {
    "GetDeviceRegistration": Operation(registration, writes=False),
    "GetDeployments": Operation(deployments, writes=False),
    "SendHeartbeat": Operation(heartbeat, writes=True),
}
