"""Device fleets, devices, packaging and deployment."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import IN_USE, VALIDATION, Refusal
from rolecall.services.sagemaker.lives.platform import PACKAGING
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="device-fleet",
        noun="DeviceFleet",
        verbs="Create Describe List Update Delete",
        unknown=Refusal(VALIDATION, "No devicefleet with name {name} found."),
        taken=Refusal(IN_USE, "DeviceFleet with name {name} already exists."),
        held_by=("device",),
    ),
    ResourceType(
        type="device",
        noun="Device",
        verbs="Describe List",
        parent="DeviceFleetName",
        arn="device-fleet/{parent}/device/{key}",
        created="RegistrationTime",
        filters={"LatestHeartbeatAfter": "LatestHeartbeat", "ModelName": "Models[].ModelName"},
        unknown=Refusal(VALIDATION, "No device with name {name} found."),
    ),
    ResourceType(
        type="edge-packaging-job",
        noun="EdgePackagingJob",
        verbs="Create Describe List Stop",
        status="EdgePackagingJobStatus",
        label="edge packaging job",
        life=PACKAGING,
        filters={"ModelNameContains": "ModelName"},
        also={"EdgePackagingJobStatusMessage": "FailureReason"},
        needs={"CompilationJobName": "compilation-job"},
        sorts={"MODEL_NAME": "ModelName"},
    ),
    ResourceType(
        type="edge-deployment",
        noun="EdgeDeploymentPlan",
        verbs="Create Describe List Delete",
        page=50,
        filters={"DeviceFleetNameContains": "DeviceFleetName"},
        needs={"DeviceFleetName": "device-fleet", "ModelConfigs[].EdgePackagingJobName": "edge-packaging-job"},
        sorts={"DEVICE_FLEET_NAME": "DeviceFleetName"},
    ),
)
