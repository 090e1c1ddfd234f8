"""The refusals of SageMaker's control plane: code and text by situation, as clients match on them.

What a name answers that nothing or something else has is a column of its type's row (resources/); every other
situation has a name in one of the tables here. Texts are those of public reports and of clients that depend on
them; where AWS's wording is not known, only the code and the words that clients look for are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors import general, jobs, lineage, platform
from rolecall.services.sagemaker.errors.refusal import (
    CONFLICT,
    IN_USE,
    JOB_TAKEN,
    JOB_UNKNOWN,
    LIMIT,
    NOT_FOUND,
    OTHER_TAKEN,
    OTHER_UNKNOWN,
    VALIDATION,
    Refusal,
    made,
)
from rolecall.wire.errors import AwsError

__all__ = [
    "CONFLICT",
    "IN_USE",
    "JOB_TAKEN",
    "JOB_UNKNOWN",
    "LIMIT",
    "NOT_FOUND",
    "OTHER_TAKEN",
    "OTHER_UNKNOWN",
    "REFUSALS",
    "VALIDATION",
    "Refusal",
    "made",
    "refuse",
]

REFUSALS: Final[Mapping[str, Refusal]] = {
    **general.REFUSALS,
    **jobs.REFUSALS,
    **lineage.REFUSALS,
    **platform.REFUSALS,
}


def refuse(situation: str, **facts: object) -> AwsError:
    """The error for a situation of the tables."""
    return made(REFUSALS[situation], **facts)
