"""Algorithms and code repositories."""

from __future__ import annotations

from typing import Final

from rolecall.services.sagemaker import lives
from rolecall.services.sagemaker.errors import VALIDATION, Refusal
from rolecall.services.sagemaker.resources.row import NAME, ResourceType

ROWS: Final = (
    # Nothing is validated, so an algorithm is Completed at once.
    ResourceType(
        type="algorithm",
        noun="Algorithm",
        status="AlgorithmStatus",
        defaults={
            "AlgorithmStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
        },
        life=lives.COMPLETED,
        unknown=Refusal(VALIDATION, "Algorithm {arn} does not exist."),
        taken=Refusal(VALIDATION, "Algorithm {arn} already exists."),
    ),
    ResourceType(
        type="code-repository",
        noun="CodeRepository",
        verbs="Create Describe List Update Delete",
        plural="CodeRepositories",
        sort=NAME,
        unknown=Refusal(VALIDATION, 'Cannot find CodeRepository: "{arn}"'),
        taken=Refusal(VALIDATION, "Cannot create already existing CodeRepository: {arn}"),
    ),
)
