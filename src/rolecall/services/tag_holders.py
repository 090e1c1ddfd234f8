"""On which resource are the tags of an ARN kept? For nearly all, on the resource itself.

A version of a hub content shares the tags of the content: IAM names the content without a version, SageMaker's
answers name it with one. A version of a model package group has the tags of the group (CreateModelPackage, Tags),
a log stream those of its group.
"""

from __future__ import annotations

import re
from typing import Final

from rolecall.store.ports import Reader
from rolecall.store.records import Item

CONTENT: Final = re.compile(r"(arn:[^:]*:sagemaker:[^:]*:[^:]*:hub-content/[^/]+/[^/]+/[^/]+)/[^/]+")
PACKAGE: Final = re.compile(r"(arn:[^:]*:sagemaker:[^:]*:[^:]*:model-package)(/[^/]+)/[^/]+")


def tag_holder(reader: Reader, arn: str) -> Item | None:
    """The live item that holds the tags of an ARN; None when nothing has the ARN."""
    if ":log-group:" in arn:
        return reader.item_by_arn(arn.partition(":log-stream:")[0])
    item = reader.item_by_arn(arn)
    if item is None:
        return None
    if content := CONTENT.fullmatch(arn):
        return reader.item_by_arn(content[1])
    if package := PACKAGE.fullmatch(arn):
        return reader.item_by_arn(f"{package[1]}-group{package[2]}")
    return item
