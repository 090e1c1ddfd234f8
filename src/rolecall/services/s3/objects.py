"""Objects: put, get, head, attributes, delete one or many, tags, and the ACL that all of them have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.s3 import common, keys, rows
from rolecall.services.s3.conditions import check_form, check_read, check_write, same_etag
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.names import NULL, VERSION
from rolecall.services.s3.ranges import FilePieces, chosen
from rolecall.services.s3.receiving import Received
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

DEFAULT_TYPE: Final = "binary/octet-stream"
MOST_KEYS: Final = 1000
OVERRIDES: Final[Mapping[str, str]] = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


def open_put(call: Call, unit: Reader) -> Mapping[str, Any]:
    """What is settled before the body of an object is asked for."""
    home = common.home_of(call, unit)
    common.check_headers(call)
    check_form(call.parameters)
    common.header_tags(call.parameters.get("Tagging"))
    return keys.for_new(call, unit, home)


def put_object(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    given, received = call.parameters, call.received
    assert isinstance(received, Received), "an object has a body"
    key = str(given["Key"])
    check_write(given, rows.current(unit, home, key))
    body = {
        **common.kept_headers(given),
        **received.opening,
        **body_of(received),
        "VersionId": common.next_version(home),
        "Owner": home.account,
    }
    item, gone = rows.add(unit, home, key, body, common.header_tags(given.get("Tagging")), call.now)
    return {
        "ETag": item.body["ETag"],
        **common.checksums(item.body),
        **keys.told(item.body),
        **common.told_version(home, item.body),
        "_gone": gone,
    }


def body_of(received: Received) -> dict[str, Any]:
    """What a row says of the bytes of a single upload."""
    made: dict[str, Any] = {
        "Size": received.size,
        "ETag": f'"{etag(received)}"',
        "Parts": [{"Blob": received.blob, "Size": received.size}],
    }
    if received.checksums:
        made |= {
            "Checksums": dict(received.checksums),
            "ChecksumType": "FULL_OBJECT",
            "ChecksumAlgorithm": list(received.checksums),
        }
    return made


def etag(received: Received) -> str:
    """The MD5 of the bytes; with SSE-KMS something else that differs with every upload."""
    if received.opening.get("SSE", "AES256") == "AES256":
        return received.md5
    return received.blob


def get_object(call: Call, reader: Reader) -> Mapping[str, Any]:
    home, item = _read(call, reader)
    given = call.parameters
    if not call.caller.access_key_id and any(given.get(name) is not None for name in OVERRIDES):
        raise refuse("anonymous headers")
    keys.open_for(call, reader, home, item.body)
    made = _told(call, reader, home, item)
    pieces = made.pop("_pieces")
    return {**made, "_file": FilePieces(call.platform.blobs, pieces, made["ContentLength"])}


def head_object(call: Call, reader: Reader) -> Mapping[str, Any]:
    home, item = _read(call, reader)
    if call.parameters.get("ChecksumMode") == "ENABLED":
        keys.open_for(call, reader, home, item.body)
    made = _told(call, reader, home, item)
    made.pop("_pieces")
    return made


def _read(call: Call, reader: Reader) -> tuple[Item, Item]:
    home = common.home_of(call, reader)
    item = common.version_named(reader, home, str(call.parameters["Key"]), call.parameters.get("VersionId"))
    check_read(call.parameters, item)
    return home, item


def _told(call: Call, reader: Reader, home: Item, item: Item) -> dict[str, Any]:
    """What GET and HEAD say of a version."""
    given, body = call.parameters, item.body
    part = chosen(given, body)
    tags = reader.tags(item.id)
    made: dict[str, Any] = {
        "ContentType": DEFAULT_TYPE,
        **{name: body[name] for name in common.KEPT if name in body and name != "StorageClass"},
        "AcceptRanges": "bytes",
        "LastModified": item.modified,
        "ContentLength": part.length,
        "ETag": body["ETag"],
        **keys.told(body),
        **common.told_version(home, body),
        "_pieces": part.pieces,
    }
    if body.get("StorageClass", "STANDARD") != "STANDARD":
        made["StorageClass"] = body["StorageClass"]
    if tags:
        made["TagCount"] = len(tags)
    if part.partial:
        made["ContentRange"] = f"bytes {part.start}-{part.start + part.length - 1}/{body['Size']}"
        made["_status"] = 206
    if given.get("PartNumber") is not None and body.get("Multipart"):
        made["PartsCount"] = len(body["Parts"])
    whole = given.get("Range") is None and given.get("PartNumber") is None
    if given.get("ChecksumMode") == "ENABLED" and whole:
        made |= common.checksums(body)
    for asked, member in OVERRIDES.items():
        if given.get(asked) is not None:
            value = given[asked]
            made[member] = common.expires(value) if member == "Expires" else value
    return made


def get_object_attributes(call: Call, reader: Reader) -> Mapping[str, Any]:
    home, item = _read(call, reader)
    body = item.body
    keys.open_for(call, reader, home, body)
    asked = call.parameters.get("ObjectAttributes") or []
    wanted = {part.strip() for one in ([asked] if isinstance(asked, str) else asked) for part in one.split(",")}
    made: dict[str, Any] = {"LastModified": item.modified, **common.told_version(home, body)}
    if "ETag" in wanted:
        made["ETag"] = body["ETag"].strip('"')
    if "Checksum" in wanted and body.get("Checksums"):
        made["Checksum"] = common.checksums(body)
    if "StorageClass" in wanted:
        made["StorageClass"] = body.get("StorageClass", "STANDARD")
    if "ObjectSize" in wanted:
        made["ObjectSize"] = body["Size"]
    if "ObjectParts" in wanted and body.get("Multipart"):
        made["ObjectParts"] = _object_parts(call, body)
    return made


def _object_parts(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    numbered = list(enumerate(body["Parts"], 1))
    marker = int(call.parameters.get("PartNumberMarker") or 0)
    most = int(call.parameters.get("MaxParts") or MOST_KEYS)
    shown = [one for one in numbered if one[0] > marker][:most]
    made: dict[str, Any] = {"TotalPartsCount": len(numbered)}
    if not body.get("Checksums") or body.get("ChecksumType") != "COMPOSITE":
        return made
    made |= {
        "PartNumberMarker": marker,
        "MaxParts": most,
        "IsTruncated": bool(shown) and shown[-1][0] < len(numbered),
        "NextPartNumberMarker": shown[-1][0] if shown else marker,
        "Parts": [
            {
                "PartNumber": number,
                "Size": part["Size"],
                **{f"Checksum{name}": value for name, value in (part.get("Checksums") or {}).items()},
            }
            for number, part in shown
        ],
    }
    return made


def delete_object(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    given = call.parameters
    for member, header in (
        ("IfMatchLastModifiedTime", "x-amz-if-match-last-modified-time"),
        ("IfMatchSize", "x-amz-if-match-size"),
    ):
        if given.get(member) is not None:
            raise refuse("header", Header=header)
    ident = given.get("VersionId")
    key = str(given["Key"])
    if given.get("IfMatch") is not None:
        there = rows.named(unit, home, key, ident)
        if there is None:
            raise refuse("no key", Key=key)
        if not same_etag(str(given["IfMatch"]), str(there.body.get("ETag", ""))):
            raise refuse("precondition", Condition="If-Match")
    return remove(call, unit, home, key, ident)


def remove(call: Call, unit: Unit, home: Item, key: str, ident: str | None, nth: int = 0) -> dict[str, Any]:
    """Delete a version, or put a delete marker in front of a key; what the answer says of it, with its blobs."""
    if ident is not None:
        return _remove_version(call, unit, home, key, ident)
    state = home.body.get("Versioning")
    if not state:
        old = rows.version(unit, home, key, NULL)
        if old is None:
            return {"_gone": []}
        gone = rows.end(unit, old)
        rows.point(unit, home, key, None, call.now)
        return {"_gone": gone}
    body = {"VersionId": common.next_version(home), "Marker": True, "Owner": home.account}
    item, gone = rows.add(unit, home, key, body, {}, call.now, nth)
    return {"DeleteMarker": True, "VersionId": item.body["VersionId"], "_gone": gone}


def _remove_version(call: Call, unit: Unit, home: Item, key: str, ident: str) -> dict[str, Any]:
    if not VERSION.fullmatch(ident):
        raise refuse("bad version", ArgumentName="versionId", ArgumentValue=ident)
    item = rows.version(unit, home, key, ident)
    told: dict[str, Any] = {"VersionId": ident} if home.body.get("Versioning") else {}
    if item is None:
        return {**told, "_gone": []}
    last = rows.newest(unit, home, key)
    gone = rows.end(unit, item)
    if last is not None and last.id == item.id:
        left = rows.newest(unit, home, key)
        rows.point(unit, home, key, None if left is None or left.body.get("Marker") else left, call.now)
    if item.body.get("Marker"):
        told["DeleteMarker"] = True
    return {**told, "_gone": gone}


def delete_objects(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    asked = call.parameters.get("Delete") or {}
    entries = asked.get("Objects") or []
    if not 0 < len(entries) <= MOST_KEYS or any(not entry.get("Key") for entry in entries):
        raise refuse("xml")
    denied = call.found.get("denied_entries") or {}
    deleted: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    gone: list[str] = []
    for index, entry in enumerate(entries):
        key, ident = str(entry["Key"]), entry.get("VersionId")
        named = {"Key": key, **({} if ident is None else {"VersionId": ident})}
        if index in denied:
            errors.append({**named, "Code": "AccessDenied", "Message": denied[index]})
            continue
        if entry.get("ETag") is not None:
            there = rows.named(unit, home, key, ident)
            if there is None or not same_etag(str(entry["ETag"]), str(there.body.get("ETag", ""))):
                errors.append(
                    {
                        **named,
                        "Code": "PreconditionFailed",
                        "Message": "At least one of the pre-conditions you specified did not hold",
                    }
                )
                continue
        if ident is not None and not VERSION.fullmatch(ident):
            errors.append({**named, "Code": "NoSuchVersion", "Message": "The specified version does not exist."})
            continue
        made = remove(call, unit, home, key, ident, index)
        gone += made.pop("_gone")
        if made.get("DeleteMarker"):
            named |= {"DeleteMarker": True, "DeleteMarkerVersionId": made["VersionId"]}
        deleted.append(named)
    return {"Deleted": [] if asked.get("Quiet") else deleted, "Errors": errors, "_gone": gone}


def _tagged(call: Call, reader: Reader) -> tuple[Item, Item]:
    home = common.home_of(call, reader)
    return home, common.version_named(reader, home, str(call.parameters["Key"]), call.parameters.get("VersionId"))


def get_object_tagging(call: Call, reader: Reader) -> Mapping[str, Any]:
    home, item = _tagged(call, reader)
    return {"TagSet": common.listed_tags(reader.tags(item.id)), **common.told_version(home, item.body)}


def put_object_tagging(call: Call, unit: Unit) -> Mapping[str, Any]:
    home, item = _tagged(call, unit)
    tags = common.check_tags(common.tag_set(call.parameters.get("Tagging")))
    unit.remove_tags(item.id, [key for key in unit.tags(item.id) if key not in tags])
    unit.set_tags(item.id, tags)
    return common.told_version(home, item.body)


def delete_object_tagging(call: Call, unit: Unit) -> Mapping[str, Any]:
    home, item = _tagged(call, unit)
    unit.remove_tags(item.id, list(unit.tags(item.id)))
    return common.told_version(home, item.body)


def get_object_acl(call: Call, reader: Reader) -> Mapping[str, Any]:
    home, _ = _tagged(call, reader)
    return owners_acl(home.account)


def put_object_acl(call: Call, unit: Unit) -> Mapping[str, Any]:
    home, _ = _tagged(call, unit)
    policy = call.parameters.get("AccessControlPolicy")
    if policy is not None and not _says_nothing_new(policy, home.account):
        raise refuse("no acls")
    common.check_acl(call.parameters, "no acls")
    return {}


def _says_nothing_new(policy: Mapping[str, Any], account: str) -> bool:
    return bool(policy.get("Grants") == owners_acl(account)["Grants"])


def owners_acl(account: str) -> dict[str, Any]:
    """The ACL of everything while ACLs are disabled."""
    grantee = {**common.owner(account), "Type": "CanonicalUser"}
    return {"Owner": common.owner(account), "Grants": [{"Grantee": grantee, "Permission": "FULL_CONTROL"}]}


OPERATIONS: Final = {
    "PutObject": Operation(put_object, writes=True),
    "GetObject": Operation(get_object, writes=False),
    "HeadObject": Operation(head_object, writes=False),
    "GetObjectAttributes": Operation(get_object_attributes, writes=False),
    "DeleteObject": Operation(delete_object, writes=True),
    "DeleteObjects": Operation(delete_objects, writes=True),
    "GetObjectTagging": Operation(get_object_tagging, writes=False),
    "PutObjectTagging": Operation(put_object_tagging, writes=True),
    "DeleteObjectTagging": Operation(delete_object_tagging, writes=True),
    "GetObjectAcl": Operation(get_object_acl, writes=False),
    "PutObjectAcl": Operation(put_object_acl, writes=True),
}
