"""Amazon S3: buckets and objects as rows, their bytes as blobs. What is not in the table is NotImplemented."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.s3 import (
    bucket_policies,
    buckets,
    configuration,
    copying,
    listing,
    multipart,
    objects,
)
from rolecall.store.ports import Reader

OPERATIONS: Final[Mapping[str, Operation]] = {
    **bucket_policies.OPERATIONS,
    **buckets.OPERATIONS,
    **configuration.OPERATIONS,
    **copying.OPERATIONS,
    **listing.OPERATIONS,
    **multipart.OPERATIONS,
    **objects.OPERATIONS,
}
# What is settled, once a call is allowed, before its bytes are taken in.
OPENINGS: Final[Mapping[str, Callable[[Call, Reader], Mapping[str, Any]]]] = {
    "PutObject": objects.open_put,
    "UploadPart": multipart.open_part,
    "UploadPartCopy": copying.open_part_copy,
}
