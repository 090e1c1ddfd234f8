"""Workforces, workteams, human review."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.lives import ACTIVE
from rolecall.services.sagemaker.lives.platform import FLOW, WORKFORCE
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="workforce",
        noun="Workforce",
        verbs="Create Describe List Update Delete",
        status="Status",
        created="CreateDate",
        modified="LastUpdatedDate",
        wrapped="Workforce",
        life=WORKFORCE,
        whole=True,
        defaults={"IpAddressType": "ipv4"},
        unknown=Refusal(VALIDATION, "No workforce found with name {name} in this account and region."),
        taken=Refusal(VALIDATION, "A workforce with name {name} already exists in this account and region."),
    ),
    ResourceType(
        type="workteam",
        noun="Workteam",
        verbs="Create Describe List Update",
        arn="workteam/private-crowd/{key}",
        created="CreateDate",
        modified="LastUpdatedDate",
        wrapped="Workteam",
        whole=True,
        unknown=Refusal(VALIDATION, "The work team {name} was not found."),
    ),
    ResourceType(
        type="flow-definition",
        noun="FlowDefinition",
        status="FlowDefinitionStatus",
        life=FLOW,
    ),
    ResourceType(
        type="human-task-ui",
        noun="HumanTaskUi",
        status="HumanTaskUiStatus",
        life=ACTIVE,
    ),
)
