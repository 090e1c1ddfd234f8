"""If-Match and its relatives: is a read answered, may a write go on? (RFC 9110, 13; GetObject, PutObject)"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.services.s3.errors import refuse
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

WRITES_TAKE_STAR: Final = "We don't accept the provided value of If-None-Match header for this API"
WRITES_TAKE_ETAG: Final = "We don't accept the provided value of If-Match header for this API"
BOTH: Final = "Multiple conditional request headers present in the request"


def same_etag(wanted: str, etag: str) -> bool:
    """Whether a list of entity tags names this one, quoted or not."""
    return wanted.strip() == "*" or etag.strip('"') in {
        one.strip().removeprefix("W/").strip('"') for one in wanted.split(",")
    }


def check_read(given: Mapping[str, Any], item: Item) -> None:
    """Raise 412 or 304 where the conditions of a read say so."""
    failed = _failed(given, item, "")
    if failed is None:
        return
    name, changed = failed
    if changed:
        raise refuse("precondition", Condition=name)
    headers = {"ETag": str(item.body["ETag"]), "Last-Modified": http_date(item.modified)}
    if "VersionId" in item.body and item.body["VersionId"] != "null":
        headers["x-amz-version-id"] = str(item.body["VersionId"])
    raise AwsError("NotModified", "Not Modified", 304, headers=headers, body=b"")


def check_source(given: Mapping[str, Any], item: Item) -> None:
    """Raise 412 where the conditions on the source of a copy do not hold."""
    failed = _failed(given, item, "CopySource")
    if failed is not None:
        raise refuse("precondition", Condition=f"x-amz-copy-source-{failed[0]}")


def _failed(given: Mapping[str, Any], item: Item, prefix: str) -> tuple[str, bool] | None:
    """The condition that does not hold, and whether that is a change (412) or the lack of one (304)."""
    etag = str(item.body["ETag"])
    modified = item.modified.replace(microsecond=0)
    match, none = given.get(f"{prefix}IfMatch"), given.get(f"{prefix}IfNoneMatch")
    since, until = given.get(f"{prefix}IfModifiedSince"), given.get(f"{prefix}IfUnmodifiedSince")
    if match is not None:
        if not same_etag(str(match), etag):
            return "If-Match", True
    elif isinstance(until, datetime) and modified > until:
        return "If-Unmodified-Since", True
    if none is not None:
        return ("If-None-Match", False) if same_etag(str(none), etag) else None
    if isinstance(since, datetime) and modified <= since:
        return "If-Modified-Since", False
    return None


def check_form(given: Mapping[str, Any]) -> None:
    """Refuse conditions of a write that S3 does not take."""
    match, none = given.get("IfMatch"), given.get("IfNoneMatch")
    if match is not None and none is not None:
        raise refuse("header", Header="If-Match,If-None-Match", additionalMessage=BOTH)
    if none is not None and none != "*":
        raise refuse("header", Header="If-None-Match", additionalMessage=WRITES_TAKE_STAR)
    if match == "*":
        raise refuse("header", Header="If-Match", additionalMessage=WRITES_TAKE_ETAG)


def check_write(given: Mapping[str, Any], present: Item | None) -> None:
    """Raise where a write is to happen only over something else than what is there."""
    check_form(given)
    if given.get("IfNoneMatch") is not None and present is not None:
        raise refuse("precondition", Condition="If-None-Match")
    match = given.get("IfMatch")
    if match is None:
        return
    if present is None:
        raise refuse("no key", Key=given.get("Key"))
    if not same_etag(str(match), str(present.body["ETag"])):
        raise refuse("precondition", Condition="If-Match")


def http_date(moment: datetime) -> str:
    return moment.strftime("%a, %d %b %Y %H:%M:%S GMT")
