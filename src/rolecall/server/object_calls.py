"""What calls of S3 need of the edge besides a decision: bodies that arrive in pieces, and checks of several kinds.

A missing object is `NoSuchKey` only for those who may list the bucket; each key of DeleteObjects is decided alone;
bytes are taken in after the call is allowed and before its unit of work.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.authorization.api_call import ApiCall
from rolecall.server.judging import Judge, Judgement, denial_text
from rolecall.services import s3
from rolecall.services.call import Call
from rolecall.services.s3 import preparation
from rolecall.services.s3.copying import copied
from rolecall.services.s3.errors import refuse
from rolecall.services.s3.receiving import HEADER, Arriving, Received, bad_digest, receive
from rolecall.store.ports import Reader, Store
from rolecall.wire import checksums
from rolecall.wire.aws_chunks import SIGNED, SIGNED_TRAILER, Signing
from rolecall.wire.errors import AwsError
from rolecall.wire.http import HttpRequest
from rolecall.wire.protocols import ParsedCall
from rolecall.wire.protocols.rest_xml import OBJECT_BODIES
from rolecall.wire.sigv2 import ALGORITHM as V2
from rolecall.wire.sigv4 import Signature

SERVICE: Final = "s3"
SIGNED_SCHEMES: Final = frozenset({SIGNED, SIGNED_TRAILER})
# Checksums in the headers of these are of the object, not of the request.
OF_OBJECTS: Final = frozenset({"CompleteMultipartUpload", "CreateMultipartUpload", "CopyObject", "UploadPartCopy"})
NEED_DIGEST: Final = frozenset({"DeleteObjects"})


class Whole:
    """A body that is there already, as one that arrives."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    async def read(self) -> bytes:
        body, self._body = self._body, b""
        return body


def surroundings(
    request: HttpRequest, parsed: ParsedCall, signature: Signature | None, now: Any
) -> dict[str, Any]:
    """What conditions of S3 may ask of a request: how it was signed, over which connection."""
    made: dict[str, Any] = {"auth": {}, "header": {}, "connection": {}}
    if signature is not None:
        made["auth"]["type"] = "REST-QUERY-STRING" if signature.presigned else "REST-HEADER"
        made["auth"]["algorithm"] = signature.algorithm
        if signature.presigned and signature.algorithm != V2:
            made["auth"]["age_ms"] = max(0, int((now - signature.signed_at).total_seconds() * 1000))
    claimed = request.header("x-amz-content-sha256")
    if claimed is not None:
        made["header"]["x-amz-content-sha256"] = claimed
    if request.tls:
        made["connection"]["tls_version"] = request.tls
    refusal = _wrong_body(request, parsed.operation)
    if refusal is not None:
        made["refusal"] = refusal
    return made


def arriving(
    request: HttpRequest, operation: str, key: bytes | None, signature: Signature | None
) -> Arriving | None:
    """The body of an object, for the operations that take one. key: signs the pieces of a chunked one."""
    if operation not in OBJECT_BODIES:
        return None
    scheme = request.header("x-amz-content-sha256")
    if scheme is None and signature is not None and not signature.presigned:
        raise refuse("no sha256")
    headers: dict[str, str] = {}
    for name, value in request.headers:
        headers.setdefault(name, value)
    stream = request.stream
    if stream is None:
        stream = Whole(request.body)
        headers.setdefault("content-length", str(len(request.body)))
    signing = None
    if scheme in SIGNED_SCHEMES:
        if signature is None or key is None:
            raise refuse("sha256", ClientComputedContentSHA256=scheme)
        signing = Signing(key, signature.timestamp, signature.scope, signature.value)
    return Arriving(stream, headers, signing)


def _wrong_body(request: HttpRequest, operation: str) -> AwsError | None:
    """What is wrong with a body that was read whole, by the digests that came with it."""
    if operation in OBJECT_BODIES or operation in OF_OBJECTS:
        return None
    given = request.header("content-md5")
    if given is not None:
        made = hashlib.md5(request.body, usedforsecurity=False).digest()
        try:
            wanted = base64.b64decode(given, validate=True)
        except ValueError:
            wanted = b""
        if len(wanted) != 16:
            return bad_digest(given)
        if wanted != made:
            return refuse("digest", ExpectedDigest=given, CalculatedDigest=base64.b64encode(made).decode())
    found = False
    for name, value in request.headers:
        algorithm = name.removeprefix(HEADER).upper()
        if not name.startswith(HEADER) or not checksums.available(algorithm):
            continue
        found = True
        if not checksums.well_formed(algorithm, value):
            return refuse("bad checksum", algorithm=algorithm.lower())
        sum_ = checksums.new(algorithm)
        sum_.update(request.body)
        if checksums.written(sum_.digest()) != value:
            return refuse("checksum", algorithm=algorithm)
    if operation in NEED_DIGEST and given is None and not found:
        return refuse("no digest")
    return None


def prepared(api: ApiCall, reader: Reader) -> ApiCall:
    return msgspec.structs.replace(api, found=preparation.prepare(api, reader))


def judged(judge: Judge, api: ApiCall, reader: Reader, *, committed: bool = True) -> tuple[ApiCall, Judgement]:
    """The judgement of a call, with what else is decided for it."""
    judgement = judge.judge(api, reader, committed=committed)
    if api.service != SERVICE or judgement.denial is not None:
        return api, judgement
    state = api.found["state"]
    assert isinstance(state, Mapping)
    if state.get("missing") or state.get("source_missing"):
        asked = msgspec.structs.replace(api, found={**api.found, "deciding": True})
        return api, _both(judgement, judge.judge(asked, reader, committed=committed))
    if api.operation != "DeleteObjects":
        return api, judgement
    denied: dict[int, str] = {}
    deletion = api.parameters.get("Delete")
    entries = deletion.get("Objects") if isinstance(deletion, Mapping) else None
    for index, entry in enumerate(entries or ()):
        asked = msgspec.structs.replace(api, found={**api.found, "entry": entry})
        one = judge.judge(asked, reader, committed=committed)
        if one.denial is None:
            judgement = _both(judgement, one)
        else:
            denied[index] = denial_text(one.denial)
    return msgspec.structs.replace(api, found={**api.found, "denied_entries": denied}), judgement


def _both(first: Judgement, second: Judgement) -> Judgement:
    return msgspec.structs.replace(
        first,
        checks=first.checks + second.checks,
        rulings=first.rulings + second.rulings,
        versions={**first.versions, **second.versions},
        encoded=first.encoded or second.encoded,
    )


def needs_unit(api: ApiCall) -> bool:
    """Whether a read is done in a unit of work: KMS's part in it is a call of its own, with its own record."""
    return api.service == SERVICE and _asks_kms(api)


def _asks_kms(api: ApiCall) -> bool:
    state = api.found.get("state")
    return isinstance(state, Mapping) and bool(state.get("kms") or state.get("source_kms"))


def takes_bytes(api: ApiCall) -> bool:
    return api.service == SERVICE and api.operation in s3.OPENINGS


async def take_in(api: ApiCall, call: Call, store: Store, body: Arriving | None) -> Received:
    """The bytes of an allowed call, whole and verified, in a blob; raises S3's errors."""
    opening = s3.OPENINGS[api.operation]
    if _asks_kms(api):
        settled = await store.write(lambda unit: opening(call, unit))
    else:
        with store.read() as reader:
            settled = opening(call, reader)
    if body is None:
        received = await asyncio.to_thread(copied, call.platform.blobs, settled)
    else:
        received = await receive(body, call.platform.blobs)
    kept = {name: value for name, value in settled.items() if not name.startswith("_")}
    return msgspec.structs.replace(received, opening=kept)


def let_go(call: Call, blobs: Any) -> None:
    """Remove blobs that no row names any more."""
    for ident in blobs or ():
        call.platform.blobs.remove(ident)
