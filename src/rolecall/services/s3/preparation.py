"""What S3 looks at before it decides: which bucket, whose, which tags, which version; what is refused at once.

Gives what rows of `authorization.s3_table` speak of as `$state…`. A bucket that is not there, an owner's id that
is none, and a copy source that names nothing are refused here; everything else waits until the call is allowed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from rolecall.authorization.api_call import ApiCall
from rolecall.services.s3 import rows
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.names import is_bucket_name
from rolecall.store.ports import Reader
from rolecall.store.records import Item

ACCOUNT: Final = re.compile(r"\d{12}")
KEY_ID: Final = re.compile(r"(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
# Operations that are about an object as it is; the others make one, or never tell whether it was there.
READING: Final = frozenset(
    {
        "GetObject", "HeadObject", "GetObjectAttributes", "GetObjectTagging", "PutObjectTagging",
        "DeleteObjectTagging", "GetObjectAcl", "PutObjectAcl",
    }
)  # fmt: skip
WRITING: Final = frozenset({"PutObject", "CopyObject", "CreateMultipartUpload"})
OF_UPLOAD: Final = frozenset(
    {"UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload", "ListParts"}
)
KMS: Final = ("aws:kms", "aws:kms:dsse")
ENCRYPTION: Final = "s3:x-amz-server-side-encryption"


def prepare(call: ApiCall, reader: Reader) -> Mapping[str, Any]:
    """What was found of the call's surroundings, with `state` filled in."""
    given = call.parameters
    state: dict[str, Any] = {"request_tags": request_tags(given)}
    name = given.get("Bucket")
    if name is not None and call.operation != "CreateBucket":
        home = _bucket(str(name), call, reader)
        state["bucket"] = {"account": home.account}
        if call.operation in READING:
            _read_object(call, home, reader, state)
        if call.operation in OF_UPLOAD:
            _read_upload(call, home, reader, state)
        if call.operation in WRITING:
            state["kms"] = wanted_encryption(given, home)[0] in KMS
            state["key_arn"] = _key_arn(given.get("SSEKMSKeyId"), call, reader)
    elif name is not None:
        state["bucket"] = {"account": call.account}
    if given.get("CopySource") is not None:
        _read_source(call, reader, state)
    for member in ("ExpectedBucketOwner", "ExpectedSourceBucketOwner"):
        owner = given.get(member)
        if owner is not None and not ACCOUNT.fullmatch(str(owner)):
            raise refuse("owner id", value=owner)
    return {**call.found, "state": state}


def _bucket(name: str, call: ApiCall, reader: Reader) -> Item:
    home = rows.bucket(reader, call.partition, name)
    if home is None and not is_bucket_name(name):
        raise refuse("bucket name", BucketName=name)
    if home is None:
        raise refuse("no bucket", BucketName=name)
    return home


def _read_object(call: ApiCall, home: Item, reader: Reader, state: dict[str, Any]) -> None:
    item = rows.named(reader, home, str(call.parameters.get("Key")), _text(call.parameters.get("VersionId")))
    if item is None:
        state["missing"] = "yes"
        return
    state["object"] = {"tags": reader.tags(item.id)}
    if item.body.get("SSE") in KMS and call.operation != "HeadObject":
        state["kms"] = call.operation in ("GetObject", "GetObjectAttributes")
    elif item.body.get("SSE") in KMS:
        state["kms"] = call.parameters.get("ChecksumMode") == "ENABLED"


def _read_upload(call: ApiCall, home: Item, reader: Reader, state: dict[str, Any]) -> None:
    item = rows.upload(reader, home, str(call.parameters.get("Key")), str(call.parameters.get("UploadId") or ""))
    if item is None:
        return
    state["upload"] = {"initiator": item.body["Initiator"], "account": item.body["InitiatorAccount"]}
    state["kms"] = item.body.get("SSE") in KMS and call.operation != "AbortMultipartUpload"
    if call.operation in ("UploadPart", "UploadPartCopy", "CompleteMultipartUpload"):
        # What a policy demands of every PutObject was said when the upload began (S3 User Guide, "Multipart upload
        # and permissions"): each of its later steps counts as saying it again.
        state["filled"] = dict(item.body.get("Filled") or {})


def _read_source(call: ApiCall, reader: Reader, state: dict[str, Any]) -> None:
    source = copy_source(call.parameters["CopySource"])
    state["source"] = {name: value for name, value in source.items() if value is not None}
    home = _bucket(str(source["bucket"]), call, reader)
    state["source_bucket"] = {"account": home.account}
    item = rows.named(reader, home, str(source["key"]), source["version"])
    if item is None or item.body.get("Marker"):
        state["source_missing"] = "yes"
        return
    tags = reader.tags(item.id)
    state["source_object"] = {"tags": tags}
    state["source_kms"] = item.body.get("SSE") in KMS
    replaces = call.parameters.get("TaggingDirective") == "REPLACE"
    state["destination_tags"] = state["request_tags"] if replaces else tags


def copy_source(value: object) -> dict[str, str | None]:
    """bucket, key, version and `named` (bucket/key) of an x-amz-copy-source."""
    text, _, query = str(value).partition("?versionId=")
    path = unquote(text.removeprefix("/"))
    bucket, slash, key = path.partition("/")
    if not slash or not bucket or not key:
        raise refuse("copy source", ArgumentName="x-amz-copy-source", ArgumentValue=str(value))
    return {"bucket": bucket, "key": key, "version": unquote(query) if query else None, "named": path}


def request_tags(given: Mapping[str, Any]) -> dict[str, str]:
    """The tags that a request brings, in its header or its body; whether they may be so is asked later."""
    tagging = given.get("Tagging")
    if isinstance(tagging, str):
        return dict(parse_qsl(tagging, keep_blank_values=True))
    configuration = given.get("CreateBucketConfiguration")
    found = tagging.get("TagSet") if isinstance(tagging, Mapping) else None
    if found is None and isinstance(configuration, Mapping):
        found = configuration.get("Tags")
    return {
        str(tag.get("Key")): str(tag.get("Value") or "")
        for tag in (found if isinstance(found, list | tuple) else ())
        if isinstance(tag, Mapping) and tag.get("Key") is not None
    }


def wanted_encryption(given: Mapping[str, Any], home: Item) -> tuple[str, str | None, bool]:
    """Algorithm, key and whether the bucket's key is used, of a new object: the request's, else the bucket's."""
    rule = home.body.get("Encryption") or {"SSEAlgorithm": "AES256"}
    algorithm = given.get("ServerSideEncryption")
    bucket_key = given.get("BucketKeyEnabled")
    if algorithm is None:
        own = str(rule["SSEAlgorithm"])
        return (
            own,
            rule.get("KMSMasterKeyID"),
            bool(rule.get("BucketKeyEnabled") if bucket_key is None else bucket_key),
        )
    return str(algorithm), given.get("SSEKMSKeyId"), bool(bucket_key)


def _key_arn(named: object, call: ApiCall, reader: Reader) -> str | None:
    """The ARN of the key that a request names, as conditions hold it; None for an alias that nothing has."""
    if not isinstance(named, str) or not named:
        return None
    place = f"arn:{call.partition}:kms:{call.region}:{call.account}"
    if KEY_ID.fullmatch(named):
        return f"{place}:key/{named}"
    arn = named if named.startswith("arn:") else f"{place}:{named}"
    if ":alias/" not in arn:
        return arn
    alias = reader.item_by_arn(arn)
    if alias is None or alias.service != "kms":
        return None
    return f"{arn.partition(':alias/')[0]}:key/{alias.body['TargetKeyId']}"


def _text(value: object) -> str | None:
    return None if value is None else str(value)
