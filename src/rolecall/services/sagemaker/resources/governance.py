"""Projects, catalogs and what governs accounts."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.lives.platform import PROJECT
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="project",
        noun="Project",
        verbs="Create Describe List Update Delete",
        status="ProjectStatus",
        life=PROJECT,
        whole=True,
        identity=True,
        unknown=Refusal(VALIDATION, "Project {name} does not exist"),
        taken=Refusal(VALIDATION, "Project {name} already exists"),
    ),
)
