"""What handlers of S3 share: the bucket of a call, tags that are in order, what is said of a version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from rolecall.services.call import Call
from rolecall.services.s3 import rows
from rolecall.services.s3.errors import lacking, refuse
from rolecall.services.s3.names import LONGEST_KEY, NULL, VERSION, canonical_user, new_version
from rolecall.store.ports import Reader
from rolecall.store.records import Item

MOST_TAGS: Final = 10
MOST_BUCKET_TAGS: Final = 50
MOST_METADATA: Final = 2048
# Headers that an object keeps and gives back.
KEPT: Final = (
    "CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires",
    "WebsiteRedirectLocation", "StorageClass", "Metadata",
)  # fmt: skip
# Headers that ask for what is not done here, with what they ask for.
UNDONE: Final[Mapping[str, str]] = {
    "SSECustomerAlgorithm": "encryption with keys that the customer provides (SSE-C)",
    "SSECustomerKey": "encryption with keys that the customer provides (SSE-C)",
    "CopySourceSSECustomerAlgorithm": "encryption with keys that the customer provides (SSE-C)",
    "ObjectLockMode": "object lock",
    "ObjectLockRetainUntilDate": "object lock",
    "ObjectLockLegalHoldStatus": "object lock",
    "ObjectLockEventHold": "object lock",
    "ObjectLockEnabledForBucket": "object lock",
    "WriteOffsetBytes": "appending to objects (directory buckets)",
}
GRANTS: Final = ("GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")


def home_of(call: Call, reader: Reader) -> Item:
    """The bucket of a call, which the expected owner has to own."""
    home = bucket_named(call, reader, str(call.parameters["Bucket"]))
    if call.parameters.get("ExpectedBucketOwner") not in (None, home.account):
        raise refuse("denied")
    return home


def bucket_named(call: Call, reader: Reader, name: str) -> Item:
    home = rows.bucket(reader, call.partition, name)
    if home is None:
        raise refuse("no bucket", BucketName=name)
    return home


def source_of(call: Call, reader: Reader) -> tuple[Item, Item]:
    """Bucket and version that a copy is made of."""
    source = call.found["state"]["source"]
    home = bucket_named(call, reader, source["bucket"])
    if call.parameters.get("ExpectedSourceBucketOwner") not in (None, home.account):
        raise refuse("denied")
    return home, version_named(reader, home, source["key"], source.get("version"))


def version_named(reader: Reader, home: Item, key: str, ident: str | None) -> Item:
    """The version of a key that is meant, which is no delete marker."""
    if ident is not None and not VERSION.fullmatch(ident):
        raise refuse("bad version", ArgumentName="versionId", ArgumentValue=ident)
    item = rows.named(reader, home, key, ident)
    if item is None and ident is not None:
        raise refuse("no version", Key=key, VersionId=ident)
    if item is None:
        last = rows.newest(reader, home, key)
        marker = {"x-amz-delete-marker": "true"} if last is not None else {}
        if last is not None and last.body["VersionId"] != NULL:
            marker["x-amz-version-id"] = str(last.body["VersionId"])
        raise refuse("no key", Key=key, headers=marker)
    if item.body.get("Marker"):
        headers = {
            "x-amz-delete-marker": "true",
            "Allow": "DELETE",
            "x-amz-version-id": str(item.body["VersionId"]),
        }
        raise refuse("marker", Method="GET", ResourceType="DeleteMarker", headers=headers)
    return item


def check_headers(call: Call) -> None:
    """Refuse what a new object or bucket cannot have here."""
    given = call.parameters
    for member, what in UNDONE.items():
        if given.get(member):
            raise lacking(what)
    key = str(given.get("Key") or "")
    size = len(key.encode("utf-8", "surrogatepass"))
    if size > LONGEST_KEY:
        raise refuse("long key", Size=size, MaxSizeAllowed=LONGEST_KEY)
    metadata = given.get("Metadata") or {}
    if sum(len(name) + len(str(value).encode()) for name, value in metadata.items()) > MOST_METADATA:
        raise refuse("metadata", MaxSizeAllowed=MOST_METADATA)
    check_acl(given, "no acls")


def check_acl(given: Mapping[str, Any], reason: str) -> None:
    """ACLs are disabled, as in every bucket that AWS makes; only what says nothing new is taken."""
    acl = given.get("ACL")
    if acl not in (None, "bucket-owner-full-control") or any(given.get(name) for name in GRANTS):
        raise refuse(reason)


def kept_headers(given: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: given[name] for name in KEPT if given.get(name) is not None}
    encoding = made.get("ContentEncoding")
    if encoding is not None:
        left = ",".join(
            part.strip() for part in str(encoding).split(",") if part.strip() not in ("aws-chunked", "")
        )
        made.pop("ContentEncoding")
        if left:
            made["ContentEncoding"] = left
    if "Metadata" in made:
        made["Metadata"] = {str(name).lower(): value for name, value in made["Metadata"].items()}
    if "Expires" in made:
        made["Expires"] = expires(made["Expires"])
    return made


def expires(value: Any) -> str:
    return value if isinstance(value, str) else value.strftime("%a, %d %b %Y %H:%M:%S GMT")


def header_tags(text: str | None) -> dict[str, str]:
    """The tags of an x-amz-tagging header."""
    if not text:
        return {}
    pairs = parse_qsl(text, keep_blank_values=True)
    if len({key for key, _ in pairs}) != len(pairs):
        raise refuse("tag header", ArgumentName="x-amz-tagging", ArgumentValue=text)
    return check_tags(pairs)


def check_tags(pairs: list[tuple[str, str]], *, bucket: bool = False) -> dict[str, str]:
    """Tags that are in order; raises S3's error for what they are not."""
    if len(pairs) > (MOST_BUCKET_TAGS if bucket else MOST_TAGS):
        raise refuse("many bucket tags" if bucket else "many tags")
    made: dict[str, str] = {}
    for key, value in pairs:
        if key in made:
            raise refuse("tag twice", TagKey=key)
        if not 0 < len(key) <= 128:
            raise refuse("tag key", TagKey=key)
        if len(value) > 256:
            raise refuse("tag value", TagKey=key, TagValue=value)
        if key.lower().startswith("aws:"):
            raise refuse("system tag" if bucket else "tag prefix", TagKey=key)
        made[key] = value
    return made


def tag_set(given: object) -> list[tuple[str, str]]:
    """The pairs in a TagSet of a request body."""
    if not isinstance(given, Mapping) or not isinstance(given.get("TagSet"), list | tuple):
        raise refuse("xml")
    pairs = []
    for tag in given["TagSet"]:
        if not isinstance(tag, Mapping) or tag.get("Key") is None or tag.get("Value") is None:
            raise refuse("xml")
        pairs.append((str(tag["Key"]), str(tag["Value"])))
    return pairs


def listed_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def next_version(home: Item) -> str:
    """The id of the version that a write makes."""
    return new_version() if home.body.get("Versioning") == "Enabled" else NULL


def told_version(home: Item, body: Mapping[str, Any]) -> dict[str, Any]:
    """`VersionId` of an answer: left out where a bucket never had versions."""
    return {"VersionId": body["VersionId"]} if home.body.get("Versioning") else {}


def owner(account: str) -> dict[str, str]:
    return {"ID": canonical_user(account)}


def checksums(body: Mapping[str, Any]) -> dict[str, Any]:
    """The members of an answer that tell an object's checksum."""
    kept = body.get("Checksums") or {}
    made: dict[str, Any] = {f"Checksum{name}": value for name, value in kept.items()}
    if made:
        made["ChecksumType"] = body.get("ChecksumType", "FULL_OBJECT")
    return made
