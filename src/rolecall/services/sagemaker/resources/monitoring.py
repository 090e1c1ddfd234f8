"""Monitoring schedules and job definitions."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.platform import MONITORING_SCHEDULE
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType


def _definition(word: str, noun: str) -> ResourceType:
    """What one kind of monitoring measures: the four kinds differ in the names of their members only."""
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
            # Required in a summary, though what monitors a transform job has none.
            "EndpointName": f"{noun}JobInput.EndpointInput.EndpointName|",
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
