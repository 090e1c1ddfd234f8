"""Model cards and their export jobs."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import CONFLICT, NOT_FOUND, Refusal
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final = (
    ResourceType(
        type="model-card",
        noun="ModelCard",
        verbs="Create List Delete",
        status="ModelCardStatus",
        takes=("model-card-version", "model-card-export-job"),
        unknown=Refusal(NOT_FOUND, "Modelcard {name} does not exist."),
        taken=Refusal(CONFLICT, "Modelcard {name} already exists"),
    ),
    # A version is kept as it was; the latest is the card itself.
    ResourceType(
        type="model-card-version",
        noun="ModelCardVersion",
        verbs="",
        name="ModelCardVersion",
        parent="ModelCardName",
        arn="model-card/{parent}#{key}",  # no ARN of AWS's: a version is named by its card
        arn_name="_VersionArn",
        status="ModelCardStatus",
    ),
    ResourceType(
        type="model-card-export-job",
        noun="ModelCardExportJob",
        verbs="List",
        parent="ModelCardName",
        arn="model-card/{parent}/export-job/{key}",
        status="Status",
        created="CreatedAt",
        modified="LastModifiedAt",
        filters={"ModelCardVersion": "ModelCardVersion"},
        life=lives.EXPORT,
        taken=Refusal(CONFLICT, "Modelcard export job {name} already exists"),
    ),
)
