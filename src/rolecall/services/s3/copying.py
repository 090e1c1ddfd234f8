"""Copies: of a whole object in one step, and of a stretch of one as a part of an upload."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.blobs import Blobs
from rolecall.services.call import Call, Operation
from rolecall.services.s3 import common, keys, multipart, rows
from rolecall.services.s3.conditions import check_source, check_write
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.ranges import FilePieces, cut
from rolecall.services.s3.receiving import LARGEST, Received, Sink
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire import checksums

RANGE: Final = re.compile(r"bytes=(\d+)-(\d+)")


def copy_object(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    common.check_headers(call)
    given = call.parameters
    key = str(given["Key"])
    tags = common.header_tags(given.get("Tagging"))
    source_home, source = common.source_of(call, unit)
    check_source(given, source)
    _check_onto_itself(call, home, source_home, source)
    check_write(given, rows.current(unit, home, key))
    if int(source.body["Size"]) > LARGEST:
        raise refuse("too large", ProposedSize=source.body["Size"], MaxSizeAllowed=LARGEST)
    keys.open_for(call, unit, source_home, source.body)
    replaces = given.get("MetadataDirective") == "REPLACE"
    own = common.kept_headers(given)
    if not replaces:
        kept = {name: source.body[name] for name in common.KEPT if name in source.body}
        # Neither travels with a copy (CopyObject): a copy has the class and the redirect that it is given.
        kept.pop("StorageClass", None)
        kept.pop("WebsiteRedirectLocation", None)
        own = kept | {name: own[name] for name in ("StorageClass", "WebsiteRedirectLocation") if name in own}
    encryption = keys.for_new(call, unit, home)
    shared = [{**part, "Blob": call.platform.blobs.share(str(part["Blob"]))} for part in source.body["Parts"]]
    body: dict[str, Any] = {
        **own,
        **encryption,
        "Size": source.body["Size"],
        "ETag": _etag(source.body, encryption, shared),
        "Parts": shared,
        "VersionId": common.next_version(home),
        "Owner": home.account,
        **{
            name: source.body[name]
            for name in ("Checksums", "ChecksumType", "ChecksumAlgorithm", "Multipart")
            if name in source.body
        },
    }
    if given.get("TaggingDirective") != "REPLACE":
        tags = unit.tags(source.id)
    item, gone = rows.add(unit, home, key, body, tags, call.now)
    result = {"ETag": item.body["ETag"], "LastModified": item.modified, **common.checksums(item.body)}
    made: dict[str, Any] = {
        "CopyObjectResult": result,
        **keys.told(item.body),
        **common.told_version(home, item.body),
        "_gone": gone,
    }
    if source_home.body.get("Versioning"):
        made["CopySourceVersionId"] = source.body["VersionId"]
    return made


def _etag(source: Mapping[str, Any], encryption: Mapping[str, Any], parts: list[dict[str, Any]]) -> str:
    if encryption["SSE"] == "AES256" and source.get("SSE", "AES256") == "AES256":
        return str(source["ETag"])
    return f'"{parts[0]["Blob"]}"' if parts else str(source["ETag"])


def _check_onto_itself(call: Call, home: Item, source_home: Item, source: Item) -> None:
    given = call.parameters
    same = home.id == source_home.id and source.body["Key"] == given["Key"]
    changes = (
        given.get("MetadataDirective") == "REPLACE",
        given.get("TaggingDirective") == "REPLACE",
        given.get("StorageClass") is not None,
        given.get("WebsiteRedirectLocation") is not None,
        given.get("ServerSideEncryption") is not None,
        call.found["state"]["source"].get("version") is not None,
        bool(home.body.get("EncryptionSet")),
    )
    if same and not any(changes):
        raise refuse("onto itself")


def open_part_copy(call: Call, unit: Reader) -> Mapping[str, Any]:
    """What is settled before bytes are copied: the stretch, and that KMS lets it be read and written."""
    settled = dict(multipart.open_part(call, unit))
    home, source = common.source_of(call, unit)
    check_source(call.parameters, source)
    keys.open_for(call, unit, home, source.body)
    size = int(source.body["Size"])
    start, length = 0, size
    asked = call.parameters.get("CopySourceRange")
    if asked is not None:
        found = RANGE.fullmatch(str(asked))
        if found is None or int(found[2]) < int(found[1]):
            raise refuse("copy range", ArgumentName="x-amz-copy-source-range", ArgumentValue=asked)
        if int(found[2]) >= size:
            raise refuse("range", RangeRequested=asked, ActualObjectSize=size)
        start, length = int(found[1]), int(found[2]) - int(found[1]) + 1
    if length > LARGEST:
        raise refuse("too large", ProposedSize=length, MaxSizeAllowed=LARGEST)
    upload = rows.upload(
        unit, common.home_of(call, unit), str(call.parameters["Key"]), str(call.parameters.get("UploadId"))
    )
    pieces = FilePieces(call.platform.blobs, tuple(cut(source.body["Parts"], start, length)), length)
    settled |= {"_pieces": pieces, "_algorithm": None if upload is None else upload.body.get("ChecksumAlgorithm")}
    if home.body.get("Versioning"):
        settled["SourceVersion"] = source.body["VersionId"]
    return settled


def copied(blobs: Blobs, settled: Mapping[str, Any]) -> Received:
    """The stretch as a blob of its own."""
    algorithm = settled.get("_algorithm")
    sink = Sink(blobs.new(), [str(algorithm)] if algorithm else [])
    try:
        for data in settled["_pieces"]:
            sink.take(data)
        blob = sink.writing.finish()
    except BaseException:
        sink.writing.discard()
        raise
    told = {name: checksums.written(one.digest()) for name, one in sink.sums.items()}
    return Received(blob, sink.size, sink.md5.hexdigest(), told)


OPERATIONS: Final = {"CopyObject": Operation(copy_object, writes=True)}
