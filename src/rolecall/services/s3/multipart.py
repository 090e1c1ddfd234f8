"""Uploads in parts: begin, parts, complete, abort, list. A part is a blob; completing writes a list of them."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.s3 import common, keys, rows
from rolecall.services.s3.conditions import check_form, check_write
from rolecall.services.s3.errors import lacking, refuse
from rolecall.services.s3.listing import initiator
from rolecall.services.s3.names import SEPARATOR, new_version, stored
from rolecall.services.s3.objects import etag
from rolecall.services.s3.receiving import Received
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire import checksums
from rolecall.wire.crc_combining import POLYNOMIALS, combine

SMALLEST: Final = 5 * 1024 * 1024
MOST_PARTS: Final = 10_000
PAGE: Final = 1000
ALGORITHMS: Final = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256", "SHA512", "MD5")
# Kinds of checksum of a whole upload that are the other way round than COMPOSITE by default.
FULL_BY_DEFAULT: Final = frozenset({"CRC64NVME"})


def create_multipart_upload(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    common.check_headers(call)
    given = call.parameters
    tags = common.header_tags(given.get("Tagging"))
    algorithm, kind = _kind(given)
    # Uploads of one key are listed in the order in which they began.
    ident = f"{unit.revision:016x}{new_version()}{new_version()}"
    encryption = keys.for_new(call, unit, home)
    key = str(given["Key"])
    principal = call.caller.principal
    body: dict[str, Any] = {
        **common.kept_headers(given),
        **encryption,
        "Key": key,
        "UploadId": ident,
        "Initiator": principal.role_arn or principal.arn,
        "InitiatorAccount": principal.account,
        "Filled": _filled(call, encryption),
        "Owner": home.account,
    }
    if algorithm is not None:
        body |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    unit.add_item(
        Item(
            account=home.account,
            service=rows.SERVICE,
            type="upload",
            name=f"{stored(key)}{SEPARATOR}{ident}",
            parent=home.unique_id,
            arn=f"s3-upload:{ident}",
            unique_id=f"s3-upload/{ident}",
            created=call.now,
            modified=call.now,
            body=body,
        ),
        tags,
    )
    made: dict[str, Any] = {"Bucket": home.name, "Key": key, "UploadId": ident, **keys.told(body)}
    if algorithm is not None:
        made |= {"ChecksumAlgorithm": algorithm, "ChecksumType": kind}
    return made


def _kind(given: Mapping[str, Any]) -> tuple[str | None, str | None]:
    algorithm, kind = given.get("ChecksumAlgorithm"), given.get("ChecksumType")
    if algorithm is None:
        return None, None
    algorithm = str(algorithm).upper()
    if algorithm not in ALGORITHMS:
        raise refuse("checksum algorithm")
    if not checksums.available(algorithm):
        raise lacking(f"{algorithm} checksums need the extra: pip install 'rolecall[checksums]'")
    if kind is None:
        kind = "FULL_OBJECT" if algorithm in FULL_BY_DEFAULT else "COMPOSITE"
    impossible = algorithm not in POLYNOMIALS if kind == "FULL_OBJECT" else algorithm in FULL_BY_DEFAULT
    if impossible:
        raise refuse("checksum type", type=kind, algorithm=algorithm.lower())
    return algorithm, str(kind)


def _filled(call: Call, encryption: Mapping[str, Any]) -> dict[str, str]:
    """What later steps of the upload count as saying again; only what was said at all."""
    given = call.parameters
    made: dict[str, str] = {}
    if given.get("ACL") is not None:
        made["s3:x-amz-acl"] = str(given["ACL"])
    if given.get("ServerSideEncryption") is not None:
        made["s3:x-amz-server-side-encryption"] = str(given["ServerSideEncryption"])
    if given.get("SSEKMSKeyId") is not None and encryption.get("KeyArn"):
        made["s3:x-amz-server-side-encryption-aws-kms-key-id"] = str(encryption["KeyArn"])
    return made


def open_part(call: Call, unit: Reader) -> Mapping[str, Any]:
    """What is settled before a part's body is asked for."""
    home, upload = _upload(call, unit)
    _number(call.parameters.get("PartNumber"))
    keys.open_for(call, unit, home, upload.body)
    return {"SSE": upload.body.get("SSE", "AES256")}


def upload_part(call: Call, unit: Unit) -> Mapping[str, Any]:
    _, upload = _upload(call, unit)
    received = call.received
    assert isinstance(received, Received), "a part has a body"
    part, gone = _keep_part(call, unit, upload, received)
    made = {"ETag": part["ETag"], **keys.told(upload.body), "_gone": gone}
    return made | {f"Checksum{name}": value for name, value in received.checksums.items()}


def upload_part_copy(call: Call, unit: Unit) -> Mapping[str, Any]:
    _, upload = _upload(call, unit)
    received = call.received
    assert isinstance(received, Received), "a part was copied before"
    part, gone = _keep_part(call, unit, upload, received)
    result = {"ETag": part["ETag"], "LastModified": call.now}
    result |= {f"Checksum{name}": value for name, value in received.checksums.items()}
    made: dict[str, Any] = {"CopyPartResult": result, **keys.told(upload.body), "_gone": gone}
    if received.opening.get("SourceVersion"):
        made["CopySourceVersionId"] = received.opening["SourceVersion"]
    return made


def _keep_part(call: Call, unit: Unit, upload: Item, received: Received) -> tuple[dict[str, Any], list[str]]:
    number = _number(call.parameters.get("PartNumber"))
    ident = str(upload.body["UploadId"])
    body: dict[str, Any] = {
        "Number": number,
        "Size": received.size,
        "ETag": f'"{etag(received)}"',
        "MD5": received.md5,
        "Parts": [{"Blob": received.blob, "Size": received.size}],
        "Checksums": dict(received.checksums),
    }
    parent = f"upload/{ident}"
    old = unit.item(upload.account, rows.SERVICE, "part", f"{number:05d}", parent=parent)
    gone = [] if old is None else rows.end(unit, old)
    item = unit.add_item(
        Item(
            account=upload.account,
            service=rows.SERVICE,
            type="part",
            name=f"{number:05d}",
            parent=parent,
            arn=f"s3-part:{ident}:{number}",
            created=call.now,
            modified=call.now,
            body=body,
        )
    )
    unit.link(item.id, rows.BLOB, received.blob)
    return body, gone


def complete_multipart_upload(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    home = common.home_of(call, unit)
    key = str(given["Key"])
    upload = rows.upload(unit, home, key, str(given.get("UploadId") or ""))
    if upload is None:
        done = _completed_before(unit, home, key, str(given.get("UploadId") or ""))
        if done is not None:
            return done
        raise refuse("no upload", UploadId=given.get("UploadId"))
    check_form(given)
    asked = (given.get("MultipartUpload") or {}).get("Parts") or []
    if not asked:
        raise refuse("xml" if given.get("MultipartUpload") is None else "no parts")
    present = rows.current(unit, home, key)
    check_write(given, present)
    if _conditional(given) and present is not None and present.created > upload.created:
        raise refuse("conflict", Condition="If-None-Match" if given.get("IfNoneMatch") else "If-Match", Key=key)
    keys.open_for(call, unit, home, upload.body)
    chosen = _chosen_parts(unit, home, upload, asked)
    size = sum(int(part.body["Size"]) for part in chosen)
    if given.get("MpuObjectSize") is not None and int(given["MpuObjectSize"]) != size:
        raise refuse("size", given=given["MpuObjectSize"], computed=size)
    body = {
        **{name: upload.body[name] for name in common.KEPT if name in upload.body},
        **keys.kept(upload.body),
        "Size": size,
        "ETag": f'"{_etag(chosen)}"',
        "Multipart": True,
        "UploadId": upload.body["UploadId"],
        "VersionId": common.next_version(home),
        "Owner": home.account,
        "Parts": [
            {**part.body["Parts"][0], **({"Checksums": part.body["Checksums"]} if part.body["Checksums"] else {})}
            for part in chosen
        ],
        **_checksum(call, upload, chosen),
    }
    tags = unit.tags(upload.id)
    left = {part.id: part for part in rows.parts(unit, home, str(upload.body["UploadId"]))}
    gone: list[str] = []
    used = {part.id for part in chosen}
    for part in left.values():
        unit.remove_item(part.id)
        if part.id not in used:
            gone += rows.blobs_of(part)
    unit.remove_item(upload.id)
    item, replaced = rows.add(unit, home, key, body, tags, call.now)
    return {**_told(call, home, key, item), "_gone": gone + replaced}


def _told(call: Call, home: Item, key: str, item: Item) -> dict[str, Any]:
    return {
        "Location": f"{call.platform.endpoint}/{home.name}/{key}",
        "Bucket": home.name,
        "Key": key,
        "ETag": item.body["ETag"],
        **common.checksums(item.body),
        **keys.told(item.body),
        **common.told_version(home, item.body),
    }


def _completed_before(unit: Unit, home: Item, key: str, ident: str) -> Mapping[str, Any] | None:
    """A client that did not hear the answer asks again; as long as its object is there it is told once more."""
    item = rows.current(unit, home, key)
    if item is None or not ident or item.body.get("UploadId") != ident:
        return None
    return {
        "Bucket": home.name,
        "Key": key,
        "Location": f"/{home.name}/{key}",
        "ETag": item.body["ETag"],
        **common.checksums(item.body),
        **keys.told(item.body),
        **common.told_version(home, item.body),
        "_gone": [],
    }


def _conditional(given: Mapping[str, Any]) -> bool:
    return given.get("IfNoneMatch") is not None or given.get("IfMatch") is not None


def _chosen_parts(unit: Reader, home: Item, upload: Item, asked: list[Mapping[str, Any]]) -> list[Item]:
    """The parts that a completion names, found to be there, in order and large enough."""
    ident = str(upload.body["UploadId"])
    algorithm = upload.body.get("ChecksumAlgorithm")
    numbers = [int(one.get("PartNumber") or 0) for one in asked]
    if any(later <= earlier for earlier, later in itertools.pairwise(numbers)):
        raise refuse("part order", UploadId=ident)
    made: list[Item] = []
    for number, one in zip(numbers, asked, strict=True):
        part = rows.part(unit, home, ident, number)
        named = str(one.get("ETag") or "").strip('"')
        if part is None or named != str(part.body["ETag"]).strip('"'):
            raise refuse("bad part", UploadId=ident, PartNumber=number, ETag=named)
        for name, value in part.body["Checksums"].items():
            told = one.get(f"Checksum{name}")
            if told is not None and told != value:
                raise refuse("bad part", UploadId=ident, PartNumber=number, ETag=named)
        composite = upload.body.get("ChecksumType") == "COMPOSITE"
        if algorithm and composite and one.get(f"Checksum{algorithm}") is None:
            raise refuse("part checksum", algorithm=str(algorithm).lower(), part=number)
        made.append(part)
    for part in made[:-1]:
        if int(part.body["Size"]) < SMALLEST:
            raise refuse(
                "too small",
                ProposedSize=part.body["Size"],
                MinSizeAllowed=SMALLEST,
                PartNumber=part.body["Number"],
                ETag=str(part.body["ETag"]).strip('"'),
            )
    return made


def _etag(parts: list[Item]) -> str:
    total = hashlib.md5(usedforsecurity=False)
    for part in parts:
        total.update(bytes.fromhex(str(part.body["MD5"])))
    return f"{total.hexdigest()}-{len(parts)}"


def _checksum(call: Call, upload: Item, parts: list[Item]) -> dict[str, Any]:
    """The checksum of the whole, from those of its parts."""
    algorithm, kind = upload.body.get("ChecksumAlgorithm"), upload.body.get("ChecksumType")
    if algorithm is None:
        return {}
    values = [part.body["Checksums"].get(algorithm) for part in parts]
    if any(value is None for value in values):
        return {}
    if kind == "COMPOSITE":
        total = checksums.new(str(algorithm))
        for value in values:
            total.update(base64.b64decode(str(value)))
        made = f"{checksums.written(total.digest())}-{len(parts)}"
    else:
        made = _combined(str(algorithm), values, parts)
    told = call.parameters.get(f"Checksum{algorithm}")
    if told is not None and str(told).partition("-")[0] != made.partition("-")[0]:
        raise refuse("checksum", algorithm=str(algorithm).lower())
    return {"Checksums": {algorithm: made}, "ChecksumType": kind, "ChecksumAlgorithm": [algorithm]}


def _combined(algorithm: str, values: list[Any], parts: list[Item]) -> str:
    total = 0
    for value, part in zip(values, parts, strict=True):
        one = int.from_bytes(base64.b64decode(str(value)), "big")
        total = combine(algorithm, total, one, int(part.body["Size"]))
    return checksums.written(total.to_bytes(checksums.WIDTHS[algorithm], "big"))


def abort_multipart_upload(call: Call, unit: Unit) -> Mapping[str, Any]:
    home, upload = _upload(call, unit)
    gone: list[str] = []
    for part in list(rows.parts(unit, home, str(upload.body["UploadId"]))):
        gone += rows.end(unit, part)
    unit.remove_item(upload.id)
    return {"_gone": gone}


def list_parts(call: Call, reader: Reader) -> Mapping[str, Any]:
    home, upload = _upload(call, reader)
    keys.open_for(call, reader, home, upload.body)
    given = call.parameters
    marker = int(given.get("PartNumberMarker") or 0)
    most = min(int(given["MaxParts"]), PAGE) if given.get("MaxParts") is not None else PAGE
    shown = [
        part for part in rows.parts(reader, home, str(upload.body["UploadId"])) if part.body["Number"] > marker
    ]
    page, more = shown[:most], len(shown) > most
    made: dict[str, Any] = {
        "Bucket": home.name,
        "Key": upload.body["Key"],
        "UploadId": upload.body["UploadId"],
        "PartNumberMarker": marker,
        "NextPartNumberMarker": page[-1].body["Number"] if page else 0,
        "MaxParts": most,
        "IsTruncated": more,
        "Parts": [
            {
                "PartNumber": part.body["Number"],
                "LastModified": part.modified,
                "ETag": part.body["ETag"],
                "Size": part.body["Size"],
                **{f"Checksum{name}": value for name, value in part.body["Checksums"].items()},
            }
            for part in page
        ],
        "Initiator": initiator(upload),
        "Owner": common.owner(home.account),
        "StorageClass": upload.body.get("StorageClass", "STANDARD"),
    }
    for name in ("ChecksumAlgorithm", "ChecksumType"):
        if upload.body.get(name):
            made[name] = upload.body[name]
    return made


def _upload(call: Call, reader: Reader) -> tuple[Item, Item]:
    home = common.home_of(call, reader)
    given = call.parameters
    upload = rows.upload(reader, home, str(given["Key"]), str(given.get("UploadId") or ""))
    if upload is None:
        raise refuse("no upload", UploadId=given.get("UploadId"))
    return home, upload


def _number(value: object) -> int:
    number = int(str(value)) if value is not None else 0
    if not 1 <= number <= MOST_PARTS:
        raise refuse("part number", ArgumentName="partNumber", ArgumentValue=value)
    return number


OPERATIONS: Final = {
    "CreateMultipartUpload": Operation(create_multipart_upload, writes=True),
    "UploadPart": Operation(upload_part, writes=True),
    "UploadPartCopy": Operation(upload_part_copy, writes=True),
    "CompleteMultipartUpload": Operation(complete_multipart_upload, writes=True),
    "AbortMultipartUpload": Operation(abort_multipart_upload, writes=True),
    "ListParts": Operation(list_parts, writes=False),
}
