"""The model registry."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final = (
    ResourceType(
        type="model-package-group",
        noun="ModelPackageGroup",
        identity=True,
        status="ModelPackageGroupStatus",
        # Groups of other accounts are shared through AWS RAM, which is not there.
        filters={"CrossAccountFilterOption": ""},
        life=lives.COMPLETED,
        unknown=Refusal(VALIDATION, "Cannot find Model Package Group: {arn}"),
        taken=Refusal(VALIDATION, "Model Package Group already exists: {arn}"),
    ),
    ResourceType(
        type="model-package",
        noun="ModelPackage",
        identity=True,
        verbs="Describe List Delete",
        parent="ModelPackageGroupName",
        status="ModelPackageStatus",
        filters={"ModelApprovalStatus": "ModelApprovalStatus", "ModelPackageType": "_Type"},
        life=lives.COMPLETED,
        unknown=Refusal(VALIDATION, 'Could not find model package "{arn}".'),
        taken=Refusal(VALIDATION, "ModelPackage already exists: {arn}"),
    ),
)
