"""Monitoring schedules and job definitions."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.platform import MONITORING_SCHEDULE
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType


def _definition(word: str, noun: str) -> ResourceType:
    """What one kind of monitoring measures: the four kinds differ in the names of their members only."""
    endpoint_input = f"{noun}JobInput.EndpointInput"
    transform_input = f"{noun}JobInput.BatchTransformInput"
    return ResourceType(
        type=f"{word}-job-definition",
        noun=f"{noun}JobDefinition",
        name="JobDefinitionName",
        arn_name="JobDefinitionArn",
        order=DESCENDING,
        filters={"EndpointName": "EndpointName"},
        also={
            "MonitoringJobDefinitionName": "JobDefinitionName",
            "MonitoringJobDefinitionArn": "JobDefinitionArn",
            "EndpointName": f"{endpoint_input}.EndpointName|",  # required, though a transform job has none
        },
        defaults={
            f"{endpoint_input}.S3InputMode": "File",
            f"{endpoint_input}.S3DataDistributionType": "FullyReplicated",
            f"{transform_input}.S3InputMode": "File",
            f"{transform_input}.S3DataDistributionType": "FullyReplicated",
        },
    )


ROWS: Final[tuple[ResourceType, ...]] = (
    _definition("data-quality", "DataQuality"),
    _definition("model-quality", "ModelQuality"),
    _definition("model-bias", "ModelBias"),
    _definition("model-explainability", "ModelExplainability"),
    ResourceType(
        type="monitoring-schedule",
        noun="MonitoringSchedule",
        verbs="Create Describe List Update Delete",
        status="MonitoringScheduleStatus",
        order=DESCENDING,
        life=MONITORING_SCHEDULE,
        whole=True,
        filters={
            "EndpointName": "EndpointName",
            "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
            "MonitoringTypeEquals": "MonitoringType",
        },
    ),
)
