"""Which checks does an operation of S3 need, and when? The table `catalog/data/s3-authorization.json`, read.

Conditions of rows are sentences there; `CONDITIONS` says for each what it means. A sentence that is not in it is a
fault of ours and ends in an error, never in a check that is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

from msgspec import Struct, field

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.paths import present
from rolecall.catalog.loader import s3_operations

GRANTS: Final = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """A check. each: one decision for every element of this list. decides: the answer chooses an error, it never
    forbids the call. via: KMS's, which S3 calls itself; those are decided where they are made."""

    action: str
    resource: str
    keys: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    each: str = ""
    denied: str = ""
    decides: str = ""
    via: str = ""
    note: str = ""


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    operation: str
    checks: tuple[Row, ...]


Holds = Callable[[ApiCall], bool]


def _given(*members: str) -> Holds:
    return lambda call: any(present(member, call.parameters) for member in members)


def _not(condition: Holds) -> Holds:
    return lambda call: not condition(call)


def _all(*conditions: Holds) -> Holds:
    return lambda call: all(condition(call) for condition in conditions)


def _found(path: str) -> Holds:
    return lambda call: present(path, call.found)


def _acl_or_grant(call: ApiCall) -> bool:
    return call.parameters.get("ACL") not in (None, "private") or _given(*GRANTS)(call)


def _replaces_tags(call: ApiCall) -> bool:
    return call.parameters.get("TaggingDirective") == "REPLACE"


_from_version: Final = _found("state.source.version")
_source_tagged: Final = _found("state.source_object.tags")
_goes_along: Final = _all(_source_tagged, _not(_replaces_tags))

CONDITIONS: Final[Mapping[str, Holds]] = {
    "": lambda call: True,
    "ACL present and not private, or any Grant* member present": _acl_or_grant,
    "ACL or any Grant* member present": _given("ACL", *GRANTS),
    "ObjectOwnership present": _given("ObjectOwnership"),
    "ObjectLockEnabledForBucket is true": lambda call: bool(call.parameters.get("ObjectLockEnabledForBucket")),
    "CreateBucketConfiguration.Tags present": _given("CreateBucketConfiguration.Tags"),
    # The text `null` is a version id like any other, and so is an empty one, which the operation then refuses.
    "VersionId absent": lambda call: call.parameters.get("VersionId") is None,
    "VersionId present": lambda call: call.parameters.get("VersionId") is not None,
    "that entry has no VersionId": lambda call: _entry(call).get("VersionId") is None,
    "that entry has a VersionId": lambda call: _entry(call).get("VersionId") is not None,
    "the object (or version) does not exist and the read itself is allowed": _found("state.missing"),
    "the source object does not exist and reading it is allowed": _found("state.source_missing"),
    "Tagging present and not empty": _found("state.request_tags"),
    "ObjectLockMode or ObjectLockRetainUntilDate present": _given("ObjectLockMode", "ObjectLockRetainUntilDate"),
    "ObjectLockLegalHoldStatus present": _given("ObjectLockLegalHoldStatus"),
    "CopySource has no versionId": _not(_from_version),
    "CopySource has a versionId": _from_version,
    "the source has tags, TaggingDirective is not REPLACE, CopySource has no versionId": _all(
        _goes_along, _not(_from_version)
    ),
    "the source has tags, TaggingDirective is not REPLACE, CopySource has a versionId": _all(
        _goes_along, _from_version
    ),
    "TaggingDirective REPLACE with tags, or COPY and the source has tags": lambda call: (
        _found("state.request_tags")(call) if _replaces_tags(call) else _source_tagged(call)
    ),
    "BypassGovernanceRetention is true": lambda call: bool(call.parameters.get("BypassGovernanceRetention")),
}


def _entry(call: ApiCall) -> Mapping[str, Any]:
    entry = call.found.get("entry")
    return entry if isinstance(entry, Mapping) else {}


@cache
def table() -> Mapping[str, tuple[Row, ...]]:
    """The checks of each operation that is in the table."""
    return {one.operation: one.checks for one in s3_operations(tuple[Named, ...])}


# Actions of operations that are not in the table, where the name of the operation is not the action's
# (Service Authorization Reference, Amazon S3).
ACTIONS: Final[Mapping[str, str]] = {
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetObjectTorrent": "GetObjectTorrent",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "SelectObjectContent": "GetObject",
}


def rows_of(operation: str, *, on_object: bool) -> tuple[Row, ...]:
    """The checks of an operation; of one that is not in the table, one action on what its address names."""
    known = table().get(operation)
    if known is not None:
        return known
    resource = "arn:{partition}:s3:::{Bucket}/{Key}" if on_object else "arn:{partition}:s3:::{Bucket}"
    return (Row(f"s3:{ACTIONS.get(operation, operation)}", resource, COMMON),)


COMMON: Final[Mapping[str, str]] = {
    "s3:authType": "$auth.type",
    "s3:signatureversion": "$auth.algorithm",
    "s3:signatureAge": "$auth.age_ms",
    "s3:TlsVersion": "$connection.tls_version",
    "s3:ResourceAccount": "$state.bucket.account",
    "s3:x-amz-content-sha256": "$header.x-amz-content-sha256",
}
