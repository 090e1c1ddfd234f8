"""Studio: domains and what lies in them."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import NOT_FOUND, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final = (
    ResourceType(
        type="domain",
        noun="Domain",
        verbs="Describe List",
        name="DomainId",
        status="Status",
        defaults={
            "AppNetworkAccessType": "PublicInternetOnly",
            "TagPropagation": "DISABLED",
        },
        life=lives.STUDIO,
        unknown=Refusal(NOT_FOUND, "Domain [{name}] does not exist."),
    ),
    ResourceType(
        type="user-profile",
        noun="UserProfile",
        verbs="Create Describe List Update Delete",
        parent="DomainId",
        status="Status",
        life=lives.STUDIO,
        unknown=Refusal(NOT_FOUND, "UserProfile [{arn}] does not exist."),
    ),
    ResourceType(
        type="space",
        noun="Space",
        verbs="Create Describe List Update Delete",
        parent="DomainId",
        status="Status",
        life=lives.STUDIO,
        unknown=Refusal(NOT_FOUND, "Space [{arn}] does not exist."),
    ),
    ResourceType(
        type="app",
        noun="App",
        parent="DomainId",
        key="{UserProfileName or SpaceName}/{AppType}/{AppName}",
        status="Status",
        filters={"UserProfileNameEquals": "UserProfileName", "SpaceNameEquals": "SpaceName"},
        life=lives.APP,
        unknown=Refusal(NOT_FOUND, "App [{arn}] does not exist."),
    ),
    ResourceType(
        type="studio-lifecycle-config",
        noun="StudioLifecycleConfig",
        order=DESCENDING,
        filters={"AppTypeEquals": "StudioLifecycleConfigAppType"},
        unknown=Refusal(NOT_FOUND, "StudioLifecycleConfig [{arn}] does not exist."),
    ),
    ResourceType(
        type="app-image-config",
        noun="AppImageConfig",
        verbs="Create Describe List Update Delete",
        order=DESCENDING,
        unknown=Refusal(NOT_FOUND, "AppImageConfig [{arn}] does not exist."),
    ),
)
