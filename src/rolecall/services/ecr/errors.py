"""What ECR answers when it refuses (Amazon ECR API Reference; all have status 400)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.wire.errors import AwsError

INVALID: Final = "InvalidParameterException"
REGISTRY: Final = "in the registry with id '{registry}'"

# reason: (code, sentence)
REFUSALS: Final[Mapping[str, tuple[str, str]]] = {
    "no such repository": (
        "RepositoryNotFoundException",
        f"The repository with name '{{name}}' does not exist {REGISTRY}",
    ),
    "repository taken": (
        "RepositoryAlreadyExistsException",
        f"The repository with name '{{name}}' already exists {REGISTRY}",
    ),
    "not empty": (
        "RepositoryNotEmptyException",
        f"The repository with name '{{name}}' {REGISTRY} cannot be deleted because it still contains images",
    ),
    "no policy": (
        "RepositoryPolicyNotFoundException",
        f"Repository policy does not exist for the repository with name '{{name}}' {REGISTRY}",
    ),
    "bad policy": (
        INVALID,
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    ),
    "bad arn": (INVALID, "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'"),
    "bad digest": (
        "ImageDigestDoesNotMatchException",
        "The image digest {digest} does not match the manifest, whose digest is {actual}",
    ),
    "bad manifest": (INVALID, "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON'"),
    "same image": (
        "ImageAlreadyExistsException",
        f"Image with digest '{{digest}}' and tag '{{tag}}' already exists in the repository with name '{{name}}' "
        f"{REGISTRY}",
    ),
    "tag taken": (
        "ImageTagAlreadyExistsException",
        "The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the "
        "repository is immutable.",
    ),
    "no such image": (
        "ImageNotFoundException",
        f"The image with imageId {{{{imageDigest:'{{digest}}', imageTag:'{{tag}}'}}}} does not exist within the "
        f"repository with name '{{name}}' {REGISTRY}",
    ),
    "no layers": (
        "LayersNotFoundException",
        "rolecall keeps the names, tags and manifests of images and none of their layers",
    ),
    "too many tags": ("TooManyTagsException", "A repository has at most {limit} tags."),
    "reserved tag": ("InvalidTagParameterException", "Tag keys must not begin with aws:"),
    "bad token": (INVALID, "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'"),
}


def refuse(reason: str, **details: object) -> AwsError:
    """The error for a reason of the table, its sentence filled in."""
    code, sentence = REFUSALS[reason]
    return AwsError(code, sentence.format(**details))
