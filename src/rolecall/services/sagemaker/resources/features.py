"""The feature store."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import IN_USE, NOT_FOUND, Refusal
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final = (
    ResourceType(
        type="feature-group",
        noun="FeatureGroup",
        verbs="Create Describe List Delete",
        status="FeatureGroupStatus",
        filters={"OfflineStoreStatusEquals": "OfflineStoreStatus.Status"},
        life=lives.FEATURE_GROUP,
        unknown=Refusal(
            NOT_FOUND, "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [{name}]."
        ),
        taken=Refusal(
            IN_USE,
            "Resource Already Exists: FeatureGroup with name {name} already exists. Choose a different name.",
        ),
    ),
)
