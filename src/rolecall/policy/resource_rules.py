"""Would IAM take this resource string? The checks of CreatePolicy and its kin, in IAM's words (SEMANTICS 1.2).

IAM's own order: the format errors here are remembered, the "legacy parsing" of the same strings comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PARTITIONS: Final = frozenset(
    {"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "*"}
)

NO_ARN: Final = 'Resource {resource} must be in ARN format or "*".'
BAD_PARTITION: Final = 'Partition "{partition}" is not valid for resource "{padded}".'
NO_VENDOR: Final = "Resource vendor must be fully qualified and cannot contain regexes."
HAS_REGION: Final = {
    "iam": "IAM resource {resource} cannot contain region information.",
    "s3": "Resource {resource} can not contain region information.",
}
# What may carry a Region although its service may not.
REGIONAL: Final = {
    "s3": ("accesspoint/", "access-grants/", "job/", "async-request/", "storage-lens/", "storage-lens-group/")
}
IAM_PATHS: Final = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
BAD_IAM_PATH: Final = f'IAM resource path must either be "*" or start with {", ".join(IAM_PATHS)}.'
# Younger than IAM's sentence: AWS's own policies name role templates, and sts:AssumeRoot is granted on `root`.
LATER_IAM_PATHS: Final = ("role-template/", "delegation-request/")
WHOLE_IAM_PATHS: Final = ("*", "root")


def first_error(resources: Iterable[str]) -> str | None:
    """IAM's sentence for the resources of one element: of several wrong ones it names the smallest."""
    for resource in sorted(resources):
        message = format_error(resource)
        if message is not None:
            return message
    return None


def format_error(resource: str) -> str | None:
    """What is wrong with the form of one resource string; None when nothing is."""
    if resource == "*":
        return None
    parts = resource.split(":", 5)
    if len(parts) < 2:
        return NO_ARN.format(resource=resource)
    partition = parts[1]
    if partition not in PARTITIONS:
        return BAD_PARTITION.format(partition=partition, padded=_padded(parts))
    if parts[0] != "arn":
        return NO_ARN.format(resource=resource)
    if len(parts) == 2:
        return NO_VENDOR
    service = parts[2]
    own_part = parts[5] if len(parts) > 5 else None
    regional = own_part is not None and own_part.startswith(REGIONAL.get(service, ()))
    if service in HAS_REGION and _names_region(parts) and not regional:
        return HAS_REGION[service].format(resource=resource)
    if service == "iam" and own_part is not None and not _is_iam_path(own_part):
        return BAD_IAM_PATH
    return None


def passes_legacy_parsing(resource: str) -> bool:
    """The old parser: an ARN with an empty part has all six, and the service is named."""
    if resource == "*":
        return True
    parts = resource.split(":")
    return (len(parts) >= 6 or "::" not in resource) and len(parts) > 2 and parts[2] != ""


def _is_iam_path(own_part: str) -> bool:
    return own_part in WHOLE_IAM_PATHS or own_part.startswith((*IAM_PATHS, *LATER_IAM_PATHS))


def _names_region(parts: list[str]) -> bool:
    """Whether the ARN says something of a Region. `arn:aws:s3:*` ends with a wildcard for all that is missing
    (SEMANTICS 3.7); `arn:aws:s3` lacks even that."""
    if len(parts) == 3:
        return True
    return parts[3] != "" and not (len(parts) == 4 and parts[3] == "*")


def _padded(parts: list[str]) -> str:
    """The ARN as IAM's sentence prints it, with `*` for missing parts."""
    rest = parts[2:]
    if rest and rest[0] == "" and len(rest) == 1:
        rest = []
    return ":".join(("arn", parts[1], *rest, *("*",) * (4 - len(rest))))
