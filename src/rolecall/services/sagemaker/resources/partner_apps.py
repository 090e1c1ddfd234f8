"""Partner applications."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import CONFLICT, Refusal
from rolecall.services.sagemaker.lives.platform import PARTNER_APP
from rolecall.services.sagemaker.resources.row import Assigned, ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="partner-app",
        noun="PartnerApp",
        verbs="Create Describe List Update Delete",
        name="Name",
        arn_name="Arn",
        assigned=Assigned("app-", 12, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
        status="Status",
        life=PARTNER_APP,
        whole=True,
        defaults={
            "EnableIamSessionBasedIdentity": False,
            "EnableAutoMinorVersionUpgrade": False,
            "Version": "1.0",
        },
        taken=Refusal(CONFLICT, "A partner app with the name {name} already exists."),
    ),
)
