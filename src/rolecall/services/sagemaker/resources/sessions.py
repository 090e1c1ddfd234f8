"""Training sessions."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import JOB_TAKEN
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final = (
    ResourceType(
        type="training-session",
        noun="TrainingSession",
        verbs="Create Describe List Delete Stop",
        status="TrainingSessionStatus",
        label="training session",
        order=DESCENDING,
        wrapped="TrainingSessionDetail",
        also={"EndTime": "_Ended", "ErrorDetails": "FailureReason"},
        needs={"ModelPackageGroupArn": "model-package-group"},
        life=lives.SESSION,
        taken=JOB_TAKEN,
    ),
)
