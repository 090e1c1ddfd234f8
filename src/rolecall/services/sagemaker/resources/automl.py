"""AutoML jobs, made by either form of their operations."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import JOB_TAKEN
from rolecall.services.sagemaker.resources.row import DESCENDING, NAME, ResourceType

ROWS: Final = (
    ResourceType(
        type="automl-job",
        noun="AutoMLJob",
        verbs="Create Describe List Stop",
        aliases={"CreateAutoMLJobV2": "Create", "DescribeAutoMLJobV2": "Describe"},
        status="AutoMLJobStatus",
        label="AutoML job",
        sort=NAME,
        order=DESCENDING,
        also={"AutoMLJobSecondaryStatus": "SecondaryStatus", "EndTime": "_Ended"},
        life=lives.AUTOML,
        taken=JOB_TAKEN,
    ),
)
