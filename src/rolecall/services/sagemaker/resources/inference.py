"""Inference components and routers."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.lives.platform import COMPONENT, ROUTER
from rolecall.services.sagemaker.resources.row import DESCENDING, ResourceType

ROWS: Final[tuple[ResourceType, ...]] = (
    ResourceType(
        type="inference-component",
        noun="InferenceComponent",
        verbs="Create Describe List Update Delete",
        status="InferenceComponentStatus",
        order=DESCENDING,
        whole=True,
        life=COMPONENT,
        filters={"EndpointNameEquals": "EndpointName", "VariantNameEquals": "VariantName"},
        unknown=Refusal(VALIDATION, 'Could not find inference component "{arn}".'),
        taken=Refusal(VALIDATION, 'Cannot create already existing inference component "{arn}".'),
    ),
    ResourceType(
        type="inference-router",
        noun="InferenceRouter",
        verbs="Create Describe List Update Delete",
        status="Status",
        whole=True,
        life=ROUTER,
        taken=Refusal("ResourceAlreadyExists", "Inference router {arn} already exists."),
    ),
)
