"""Models and the endpoints that serve them."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final = (
    ResourceType(
        type="model",
        noun="Model",
        order=DESCENDING,
        defaults={
            "EnableNetworkIsolation": False,
            "PrimaryContainer.Environment": {},
            "PrimaryContainer.Mode": "SingleModel",
            "Containers[].Environment": {},
            "Containers[].Mode": "SingleModel",
        },
        unknown=Refusal(VALIDATION, 'Could not find model "{arn}".'),
        taken=Refusal(VALIDATION, 'Cannot create already existing model "{arn}".'),
    ),
    ResourceType(
        type="endpoint-config",
        noun="EndpointConfig",
        order=DESCENDING,
        defaults={"EnableNetworkIsolation": False},
        unknown=Refusal(VALIDATION, 'Could not find endpoint configuration "{arn}".'),
        taken=Refusal(VALIDATION, 'Cannot create already existing endpoint configuration "{arn}".'),
    ),
    ResourceType(
        type="endpoint",
        noun="Endpoint",
        status="EndpointStatus",
        verbs="Create Describe List Delete",
        order=DESCENDING,
        life=lives.ENDPOINT,
        unknown=Refusal(VALIDATION, 'Could not find endpoint "{arn}".'),
        taken=Refusal(VALIDATION, 'Cannot create already existing endpoint "{arn}".'),
    ),
)
