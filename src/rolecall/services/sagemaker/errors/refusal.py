"""A refusal: the code and the text of an error, to be filled in with what it is about."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rolecall.wire.errors import AwsError

VALIDATION: Final = "ValidationException"
NOT_FOUND: Final = "ResourceNotFound"
IN_USE: Final = "ResourceInUse"
CONFLICT: Final = "ConflictException"
LIMIT: Final = "ResourceLimitExceeded"


class Refusal(Struct, frozen=True):
    code: str
    text: str


JOB_TAKEN: Final = Refusal(
    IN_USE,
    "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
)
JOB_UNKNOWN: Final = Refusal(VALIDATION, "Requested resource not found.")

# What a name answers that nothing has, or that something has, where the row of its type says nothing else.
OTHER_UNKNOWN: Final = Refusal(NOT_FOUND, "{noun} [{arn}] does not exist.")
OTHER_TAKEN: Final = Refusal(IN_USE, "Resource Already Exists: {noun} with name {name} already exists.")


def made(refusal: Refusal, **facts: object) -> AwsError:
    """The error of a refusal; {arn}, {name}, {status} and the like stand in its text."""
    return AwsError(refusal.code, refusal.text.format(**facts))
