"""What each operation of ECR needs (Service Authorization Reference, Amazon Elastic Container Registry).

Repositories are decided on by their ARN in the registry that the request names; `services.ecr.preparation` says
which they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, Amazon Elastic Container Registry"
NAMED: Final = "{RepositoryArns[]}"

ON: Final[Mapping[str, tuple[str, ...]]] = {
    "*": ("GetAuthorizationToken",),
    NAMED: (
        "BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage", "DeleteRepository",
        "DeleteRepositoryPolicy", "DescribeImages", "DescribeRepositories", "GetDownloadUrlForLayer",
        "GetRepositoryPolicy", "ListImages", "PutImage", "PutImageTagMutability", "SetRepositoryPolicy",
    ),
    "{resourceArn}": ("ListTagsForResource", "TagResource", "UntagResource"),
}  # fmt: skip


def _row(action: str, on: str, when: str = "") -> Requirement:
    return Requirement(action=f"ecr:{action}", on=on, when=when, source=SOURCE)


ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = {
    **{name: (_row(name, on),) for on, names in ON.items() for name in names},
    "CreateRepository": (_row("CreateRepository", NAMED), _row("TagResource", NAMED, when="tags")),
}
