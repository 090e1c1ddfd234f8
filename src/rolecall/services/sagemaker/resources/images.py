"""Images of Studio and their versions."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import NOT_FOUND, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final = (
    ResourceType(
        type="image",
        noun="Image",
        verbs="Create Describe List Delete",
        status="ImageStatus",
        order=DESCENDING,
        life=lives.IMAGE,
        unknown=Refusal(NOT_FOUND, "No Image with the name {name} exists: {arn} does not exist."),
    ),
    ResourceType(
        type="image-version",
        noun="ImageVersion",
        verbs="List",
        name="Version",
        parent="ImageName",
        status="ImageVersionStatus",
        order=DESCENDING,
        life=lives.IMAGE_VERSION,
        unknown=Refusal(NOT_FOUND, "ImageVersion [{arn}] does not exist."),
    ),
)
