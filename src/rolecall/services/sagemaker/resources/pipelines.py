"""Pipelines and their executions."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import NOT_FOUND, VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final = (
    ResourceType(
        type="pipeline",
        noun="Pipeline",
        status="PipelineStatus",
        verbs="Create Describe List Update Delete",
        filters={"PipelineNamePrefix": "PipelineName", "ManagedBy": "ManagedBy"},
        takes=("pipeline-version", "pipeline-execution"),
        life=lives.ACTIVE,
        unknown=Refusal(NOT_FOUND, "Pipeline '{arn}' does not exist."),
        taken=Refusal(
            VALIDATION,
            "Pipeline names must be unique within an AWS account and region. "
            "Pipeline with name ({name}) already exists.",
        ),
    ),
    ResourceType(
        type="pipeline-execution",
        noun="PipelineExecution",
        verbs="Describe List",
        name="PipelineExecutionArn",
        parent="PipelineName",
        arn="pipeline/{parent}/execution/{key}",
        status="PipelineExecutionStatus",
        order=DESCENDING,
        filters={"PipelineVersionAlias": "PipelineVersionAliases[]"},
        life=lives.EXECUTION,
        unknown=Refusal(NOT_FOUND, "Pipeline execution '{arn}' does not exist."),
    ),
    # A version is kept as it was; the latest is the pipeline itself.
    ResourceType(
        type="pipeline-version",
        noun="PipelineVersion",
        verbs="",
        name="_Name",
        parent="PipelineName",
        arn="pipeline/{parent}#{key}",  # no ARN of AWS's: a version is named by its pipeline
        arn_name="_VersionArn",
        order=DESCENDING,
    ),
)
