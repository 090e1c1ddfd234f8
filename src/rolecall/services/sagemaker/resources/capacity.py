"""Training plans and the capacity they reserve. What the plans come from is in training_plans.py."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.resources.row import Assigned, ResourceType

ROWS: Final = (
    ResourceType(
        type="training-plan",
        noun="TrainingPlan",
        verbs="Describe",
        status="Status",
        sort="TrainingPlanName",
        sorts={"TrainingPlanName": "TrainingPlanName", "StartTime": "StartTime"},
        filters={"StartTimeAfter": "StartTime", "StartTimeBefore": "StartTime"},
        life=lives.PLAN,
    ),
    ResourceType(
        type="reserved-capacity",
        noun="ReservedCapacity",
        verbs="Describe",
        name="_Name",
        parent="TrainingPlanName",
        arn="reserved-capacity/{key}",
        assigned=Assigned(letters=24),
        status="Status",
        life=lives.PLAN,
    ),
)
