"""Hubs and their contents."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.lives.platform import HUB, HUB_CONTENT
from rolecall.services.sagemaker.resources.row import ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="hub",
        noun="Hub",
        verbs="Create Update List Delete",
        status="HubStatus",
        life=HUB,
        whole=True,
        # One account owns all that are listed: hubs of others are shared through AWS RAM, which is not there.
        sorts={"AccountIdOwner": "HubName"},
    ),
    # A version of a content, called `Model/name/1.0.0` in its hub.
    ResourceType(
        type="hub-content",
        noun="HubContent",
        verbs="",
        name="HubContentVersion",
        parent="HubName",
        status="HubContentStatus",
        life=HUB_CONTENT,
        whole=True,
    ),
)
