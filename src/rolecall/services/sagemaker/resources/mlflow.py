"""MLflow tracking servers and applications."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import CONFLICT, Refusal
from rolecall.services.sagemaker.lives.platform import MLFLOW_APP, TRACKING_SERVER
from rolecall.services.sagemaker.resources.row import DESCENDING, Assigned, ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="mlflow-tracking-server",
        noun="MlflowTrackingServer",
        verbs="Create Describe List Update Delete Start Stop",
        name="TrackingServerName",
        arn_name="TrackingServerArn",
        status="TrackingServerStatus",
        order=DESCENDING,
        life=TRACKING_SERVER,
        filters={"MlflowVersion": "MlflowVersion"},
        defaults={
            "TrackingServerSize": "Small",
            "MlflowVersion": "3.0",
            "AutomaticModelRegistration": False,
            "S3BucketOwnerVerification": True,
            "WeeklyMaintenanceWindowStart": "Sun:03:00",
        },
        taken=Refusal(CONFLICT, "MLflow tracking server {arn} already exists."),
    ),
    ResourceType(
        type="mlflow-app",
        noun="MlflowApp",
        verbs="Create Describe List Update Delete",
        name="Name",
        arn_name="Arn",
        assigned=Assigned("app-", 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        status="Status",
        order=DESCENDING,
        life=MLFLOW_APP,
        whole=True,
        filters={
            "MlflowVersion": "MlflowVersion",
            "DefaultForDomainId": "DefaultDomainIdList[]",
            "AccountDefaultStatus": "AccountDefaultStatus",
        },
        defaults={
            "MlflowVersion": "3.4",
            "ModelRegistrationMode": "AutoModelRegistrationDisabled",
            "AccountDefaultStatus": "DISABLED",
            "WeeklyMaintenanceWindowStart": "Sun:03:00",
        },
        taken=Refusal(CONFLICT, "An MLflow app with the name {name} already exists."),
    ),
)
