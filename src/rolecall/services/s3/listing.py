"""Listings of keys, versions and uploads: by prefix, rolled up at a delimiter, page by page.

Each page is read from the index of names and costs what it shows: behind a common prefix the reading goes on after
everything that begins with it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from msgspec import Struct

from rolecall.services.call import Call, Operation
from rolecall.services.s3 import common, rows
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.names import SEPARATOR, after, read, stored
from rolecall.services.s3.rows import SERVICE
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

MOST: Final = 1000
BATCH: Final = 500


class Wanted(Struct, frozen=True):
    """A page. start: the first name of the store that may be shown. skip: a common prefix that was shown."""

    prefix: str
    delimiter: str
    most: int
    start: str
    skip: str = ""


class Shown(Struct, frozen=True):
    """Rows and common prefixes in the order of keys. last: the last of them; None: nothing is left."""

    items: tuple[Item, ...]
    prefixes: tuple[str, ...]
    truncated: bool
    last: Item | str | None


def page(reader: Reader, home: Item, kind: str, wanted: Wanted) -> Shown:
    items: list[Item] = []
    prefixes: list[str] = []
    last: Item | str | None = None
    if wanted.most == 0:
        return Shown((), (), False, None)
    for one in _through(reader, home, kind, wanted):
        if len(items) + len(prefixes) == wanted.most:
            return Shown(tuple(items), tuple(prefixes), True, last)
        if isinstance(one, str):
            prefixes.append(one)
        else:
            items.append(one)
        last = one
    return Shown(tuple(items), tuple(prefixes), False, last)


def _through(reader: Reader, home: Item, kind: str, wanted: Wanted) -> Iterator[Item | str]:
    """Rows, and in place of all that share a part up to the delimiter, that part."""
    prefix = stored(wanted.prefix)
    end = after(prefix)
    start = max(prefix, wanted.start)
    limit = min(wanted.most + 1, BATCH)
    if wanted.skip:
        start = max(start, after(stored(wanted.skip)) or start)
    while True:
        found = reader.items(
            Listing(
                account=home.account,
                service=SERVICE,
                type=kind,
                parent=home.unique_id,
                name_from=start or None,
                name_until=end,
                limit=limit,
            )
        ).items
        jumped = False
        for item in found:
            key = read(item.name)
            at = key.find(wanted.delimiter, len(wanted.prefix)) if wanted.delimiter else -1
            if at < 0:
                yield item
                continue
            common_prefix = key[: at + len(wanted.delimiter)]
            yield common_prefix
            following = after(stored(common_prefix))
            if following is None:
                return
            start, jumped = following, True
            break
        if jumped:
            continue
        if len(found) < limit:
            return
        start = found[-1].name + "\x01"


def list_objects_v2(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    given = call.parameters
    token, later = given.get("ContinuationToken"), given.get("StartAfter")
    start, skip = "", ""
    if token is not None:
        kind, text = _opened(str(token))
        start, skip = ("", text) if kind == "prefix" else (stored(text) + "\x01", "")
    elif later:
        start, skip = stored(str(later)) + "\x01", _rolled(given, str(later))
    wanted = _wanted(given, start, skip)
    shown = page(reader, home, "object", wanted)
    say = _spelling(given)
    made: dict[str, Any] = {
        **_common(home, wanted, shown, say, given),
        "KeyCount": len(shown.items) + len(shown.prefixes),
        "Contents": [_object(item, say, home, given.get("FetchOwner")) for item in shown.items],
    }
    for member in ("ContinuationToken", "StartAfter"):
        if given.get(member):
            made[member] = say(str(given[member])) if member == "StartAfter" else given[member]
    if shown.truncated and shown.last is not None:
        made["NextContinuationToken"] = _sealed(shown.last)
    return made


def list_objects(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    given = call.parameters
    marker = str(given.get("Marker") or "")
    wanted = _wanted(given, stored(marker) + "\x01" if marker else "", _rolled(given, marker))
    shown = page(reader, home, "object", wanted)
    say = _spelling(given)
    made: dict[str, Any] = {
        **_common(home, wanted, shown, say, given),
        "Marker": say(marker),
        "Contents": [_object(item, say, home, True) for item in shown.items],
    }
    if shown.truncated and wanted.delimiter and shown.last is not None:
        made["NextMarker"] = say(shown.last if isinstance(shown.last, str) else read(shown.last.name))
    return made


def list_object_versions(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    given = call.parameters
    marker, ident = str(given.get("KeyMarker") or ""), given.get("VersionIdMarker")
    if ident is not None and not marker:
        raise refuse("marker order", ArgumentName="version-id-marker", ArgumentValue=ident)
    start = ""
    if ident:
        row = rows.version(reader, home, marker, str(ident))
        if row is None:
            raise refuse("bad version", ArgumentName="version-id-marker", ArgumentValue=ident)
        start = row.name + "\x01"
    elif marker:
        start = after(stored(marker) + SEPARATOR) or ""
    wanted = _wanted(given, start, _rolled(given, marker))
    shown = page(reader, home, "version", wanted)
    say = _spelling(given)
    versions: list[dict[str, Any]] = []
    markers: list[dict[str, Any]] = []
    newest: dict[str, str] = {}
    for item in shown.items:
        key = read(item.name)
        if key not in newest:
            newest[key] = _newest(reader, home, key)
        told = {
            "Key": say(key),
            "VersionId": item.body["VersionId"],
            "IsLatest": newest[key] == item.name,
            "LastModified": item.modified,
            "Owner": common.owner(home.account),
        }
        if item.body.get("Marker"):
            markers.append(told)
        else:
            versions.append(told | {name: item.body[name] for name in ("ETag", "Size")} | _classes(item))
    made: dict[str, Any] = {
        **_common(home, wanted, shown, say, given),
        "KeyMarker": say(marker),
        "VersionIdMarker": ident or "",
        "Versions": versions,
        "DeleteMarkers": markers,
    }
    if shown.truncated and shown.last is not None:
        if isinstance(shown.last, str):
            made["NextKeyMarker"] = say(shown.last)
        else:
            made["NextKeyMarker"] = say(read(shown.last.name))
            made["NextVersionIdMarker"] = shown.last.body["VersionId"]
    return made


def _newest(reader: Reader, home: Item, key: str) -> str:
    item = rows.newest(reader, home, key)
    return "" if item is None else item.name


def list_multipart_uploads(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    given = call.parameters
    marker, ident = str(given.get("KeyMarker") or ""), str(given.get("UploadIdMarker") or "")
    start = ""
    if marker:
        start = f"{stored(marker)}{SEPARATOR}{ident}\x01" if ident else (after(stored(marker) + SEPARATOR) or "")
    most = int(given["MaxUploads"]) if given.get("MaxUploads") is not None else MOST
    wanted = Wanted(
        str(given.get("Prefix") or ""), str(given.get("Delimiter") or ""), min(most, MOST), start,
        _rolled(given, marker),
    )  # fmt: skip
    shown = page(reader, home, "upload", wanted)
    say = _spelling(given)
    made: dict[str, Any] = {
        "Bucket": home.name,
        "KeyMarker": say(marker),
        "UploadIdMarker": ident,
        "Prefix": say(wanted.prefix),
        "MaxUploads": most,
        "IsTruncated": shown.truncated,
        "Uploads": [
            {
                "Key": say(read(item.name)),
                "UploadId": item.body["UploadId"],
                "Initiated": item.created,
                "StorageClass": item.body.get("StorageClass", "STANDARD"),
                "Owner": common.owner(home.account),
                "Initiator": initiator(item),
                **{name: item.body[name] for name in ("ChecksumAlgorithm", "ChecksumType") if item.body.get(name)},
            }
            for item in shown.items
        ],
        "CommonPrefixes": [{"Prefix": say(one)} for one in shown.prefixes],
    }
    if wanted.delimiter:
        made["Delimiter"] = say(wanted.delimiter)
    if given.get("EncodingType"):
        made["EncodingType"] = given["EncodingType"]
    if shown.truncated and shown.last is not None:
        rolled_up = isinstance(shown.last, str)
        made["NextKeyMarker"] = say(shown.last if isinstance(shown.last, str) else read(shown.last.name))
        made["NextUploadIdMarker"] = "" if rolled_up else shown.last.body["UploadId"]  # type: ignore[union-attr]
    return made


def _rolled(given: Mapping[str, Any], marker: str) -> str:
    """The common prefix that a marker is, or lies in: it was shown, and is not shown again."""
    prefix, delimiter = str(given.get("Prefix") or ""), str(given.get("Delimiter") or "")
    at = marker.find(delimiter, len(prefix)) if delimiter and marker.startswith(prefix) else -1
    return "" if at < 0 else marker[: at + len(delimiter)]


def initiator(item: Item) -> dict[str, str]:
    arn = str(item.body["Initiator"])
    return {"ID": arn, "DisplayName": arn.rpartition("/")[2]}


def _wanted(given: Mapping[str, Any], start: str, skip: str) -> Wanted:
    most = int(given["MaxKeys"]) if given.get("MaxKeys") is not None else MOST
    if most < 0:
        raise refuse("max keys", ArgumentName="maxKeys", ArgumentValue=most)
    return Wanted(str(given.get("Prefix") or ""), str(given.get("Delimiter") or ""), min(most, MOST), start, skip)


def _common(
    home: Item, wanted: Wanted, shown: Shown, say: Callable[[str], str], given: Mapping[str, Any]
) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Name": home.name,
        "Prefix": say(wanted.prefix),
        "MaxKeys": int(given["MaxKeys"]) if given.get("MaxKeys") is not None else MOST,
        "IsTruncated": shown.truncated,
        "CommonPrefixes": [{"Prefix": say(one)} for one in shown.prefixes],
    }
    if wanted.delimiter:
        made["Delimiter"] = say(wanted.delimiter)
    if given.get("EncodingType"):
        made["EncodingType"] = given["EncodingType"]
    return made


def _object(item: Item, say: Callable[[str], str], home: Item, owned: object) -> dict[str, Any]:
    made = {
        "Key": say(read(item.name)),
        "LastModified": item.modified,
        "ETag": item.body["ETag"],
        "Size": item.body["Size"],
        **_classes(item),
    }
    if owned:
        made["Owner"] = common.owner(home.account)
    return made


def _classes(item: Item) -> dict[str, Any]:
    made: dict[str, Any] = {"StorageClass": item.body.get("StorageClass", "STANDARD")}
    for name in ("ChecksumAlgorithm", "ChecksumType"):
        if item.body.get(name):
            made[name] = item.body[name]
    return made


def _spelling(given: Mapping[str, Any]) -> Callable[[str], str]:
    encoding = given.get("EncodingType")
    if encoding is None:
        return lambda text: text
    if encoding != "url":
        raise refuse("encoding", ArgumentName="encoding-type", ArgumentValue=encoding)
    return lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="/-_.~*")


def _sealed(last: Item | str) -> str:
    text = f"p{last}" if isinstance(last, str) else f"k{read(last.name)}"
    return base64.urlsafe_b64encode(text.encode("utf-8", "surrogatepass")).decode()


def _opened(token: str) -> tuple[str, str]:
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        text = ""
    if text[:1] not in ("p", "k"):
        raise refuse("token", ArgumentName="continuation-token", ArgumentValue=token)
    return ("prefix" if text[0] == "p" else "key"), text[1:]


OPERATIONS: Final = {
    "ListObjectsV2": Operation(list_objects_v2, writes=False),
    "ListObjects": Operation(list_objects, writes=False),
    "ListObjectVersions": Operation(list_object_versions, writes=False),
    "ListMultipartUploads": Operation(list_multipart_uploads, writes=False),
}
