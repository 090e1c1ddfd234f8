"""What CloudWatch Logs answers when it refuses (CloudWatch Logs API Reference; all have status 400)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.wire.errors import AwsError

INVALID: Final = "InvalidParameterException"

# reason: (code, sentence)
REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "no such group": ("ResourceNotFoundException", "The specified log group does not exist."),
    "no such stream": ("ResourceNotFoundException", "The specified log stream does not exist."),
    "no such resource": ("ResourceNotFoundException", "The specified resource does not exist."),
    "group taken": ("ResourceAlreadyExistsException", "The specified log group already exists"),
    "stream taken": ("ResourceAlreadyExistsException", "The specified log stream already exists"),
    "reserved name": (INVALID, "Log group names starting with the reserved prefix aws/ cannot be created."),
    "protected": (
        INVALID,
        "The log group {group} is protected from deletion: switch deletion protection off first.",
    ),
    "stream name": (INVALID, "A log stream name must not contain a colon or an asterisk."),
    "retention": (INVALID, "{days} is not a number of days that log events can be kept."),
    "both names": ("ValidationException", "LogGroup name and LogGroup ARN are mutually exclusive parameters."),
    "no name": ("ValidationException", "Either a log group name or a log group identifier is needed."),
    "prefix and pattern": (
        INVALID,
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
    ),
    "names and prefix": (
        INVALID,
        "Log stream names and a log stream name prefix are mutually exclusive parameters.",
    ),
    "prefix with time": (INVALID, "Cannot order by LastEventTime with a logStreamNamePrefix."),
    "order": (INVALID, "Log events in a single PutLogEvents request must be in chronological order."),
    "span": (
        INVALID,
        "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
    ),
    "too large": (INVALID, "Upload too large: {size} bytes exceeds limit of {limit}"),
    "event too large": (INVALID, "Log event too large: {size} bytes exceeds limit of {limit}"),
    "bad token": (INVALID, "The specified nextToken is invalid."),
    "bad pattern": (INVALID, "Invalid filter pattern"),
    "bad times": (INVALID, "The end time must not be before the start time."),
    "too many tags": ("TooManyTagsException", "A resource has at most {limit} tags."),
    "reserved tag": (INVALID, "Tag keys must not begin with aws:"),
}


def refuse(reason: str, **details: object) -> AwsError:
    """The error for a reason of the table, its sentence filled in."""
    code, sentence = REFUSALS[reason]
    return AwsError(code, sentence.format(**details))
