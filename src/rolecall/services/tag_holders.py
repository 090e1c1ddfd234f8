"""On which resource are the tags of an ARN kept? For nearly all, on the resource itself.

A version of a hub content shares the tags of the content: IAM names the content without a version, SageMaker's
answers name it with one. A log stream has the tags of its group.
"""

from __future__ import annotations

import re
from typing import Final

from rolecall.store.ports import Reader
from rolecall.store.records import Item

VERSION: Final = re.compile(r"(arn:[^:]*:sagemaker:[^:]*:[^:]*:hub-content/[^/]+/[^/]+/[^/]+)/[^/]+")


def tag_holder(reader: Reader, arn: str) -> Item | None:
    """The live item that holds the tags of an ARN; None when nothing has the ARN."""
    if ":log-group:" in arn:
        return reader.item_by_arn(arn.partition(":log-stream:")[0])
    item = reader.item_by_arn(arn)
    version = VERSION.fullmatch(arn)
    return item if item is None or version is None else reader.item_by_arn(version[1])
