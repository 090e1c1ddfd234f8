"""Bodies of objects on their way to a blob: in pieces, through the decoder of chunks and every checksum.

Nothing of a body is held in memory but the piece at hand, and nothing counts before all of it was verified: the
length that was declared, the hash that was signed, signatures of chunks, checksums in headers and trailers.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final, Protocol

from msgspec import Struct, field

from rolecall.services.blobs import Blobs, Writing
from rolecall.services.s3.errors import lacking, refuse
from rolecall.wire import checksums
from rolecall.wire.aws_chunks import SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER, ChunkDecoder, Signing
from rolecall.wire.errors import AwsError

LARGEST: Final = 5 * 1024**3
UNSIGNED: Final = "UNSIGNED-PAYLOAD"
HEADER: Final = checksums.HEADER
# Headers under that prefix which are no checksums themselves.
ABOUT: Final = frozenset({"algorithm", "type", "mode"})
SLOW: Final = 64 * 1024  # from this size on a piece is worth another thread


class Stream(Protocol):
    """A body as it arrives."""

    async def read(self) -> bytes:
        """The next bytes; empty at the end, or when the client went away."""


class Arriving(Struct, frozen=True):
    """A body that has not been read. signing: what signatures of chunks are checked with."""

    stream: Stream
    headers: Mapping[str, str]
    signing: Signing | None = None


class Received(Struct, frozen=True):
    """A body that was read to its end and is what it was said to be. checksums: by algorithm, in base64.
    opening: what the operation settled before it asked for the body."""

    blob: str
    size: int
    md5: str
    checksums: Mapping[str, str] = field(default_factory=dict)
    opening: Mapping[str, Any] = field(default_factory=dict)


class Sink:
    """Where the payload goes: the file, and every sum over it."""

    def __init__(self, writing: Writing, algorithms: list[str]) -> None:
        self.writing = writing
        self.size = 0
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.sha256 = hashlib.sha256()
        self.sums = {name: checksums.new(name) for name in algorithms}

    def take(self, data: bytes) -> None:
        self.size += len(data)
        self.writing.write(data)
        self.md5.update(data)
        self.sha256.update(data)
        for one in self.sums.values():
            one.update(data)


async def receive(arriving: Arriving, blobs: Blobs, *, part: bool = False) -> Received:
    """Read a body into a blob; raises S3's error for one that is not what was said, and keeps nothing then.

    part: a part of an upload, whose checksum alone need not be told.
    """
    headers = arriving.headers
    scheme = headers.get("x-amz-content-sha256", UNSIGNED)
    trailers = tuple(name.strip().lower() for name in headers.get("x-amz-trailer", "").split(",") if name.strip())
    decoder: ChunkDecoder | None = None
    declared = _number(headers.get("content-length"))
    if scheme in (SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER):
        declared = _number(headers.get("x-amz-decoded-content-length"))
        decoder = ChunkDecoder(scheme, arriving.signing, trailers, declared)
    if declared is None:
        raise refuse("no length")
    if declared > LARGEST:
        raise refuse("too large", ProposedSize=declared, MaxSizeAllowed=LARGEST)
    sent = _sent(headers)
    wanted_md5 = _md5(headers.get("content-md5"))
    algorithms = _algorithms(headers, sent, trailers)
    sink = Sink(blobs.new(), algorithms)
    try:
        while data := await arriving.stream.read():
            pieces = [data] if decoder is None else list(decoder.feed(data))
            for piece in pieces:
                if len(piece) >= SLOW:
                    await asyncio.to_thread(sink.take, piece)
                else:
                    sink.take(piece)
            if sink.size > declared:
                raise refuse("incomplete")
        if decoder is not None:
            sent |= {
                name.removeprefix(HEADER).upper(): value
                for name, value in decoder.finish().items()
                if name.startswith(HEADER)
            }
        if sink.size != declared:
            raise refuse("incomplete")
        _check(sink, scheme, decoder is not None, wanted_md5, sent)
        blob = await asyncio.to_thread(sink.writing.finish)
    except BaseException:
        sink.writing.discard()
        raise
    told = {name: checksums.written(one.digest()) for name, one in sink.sums.items()}
    return Received(blob, sink.size, sink.md5.hexdigest(), told)


def _check(sink: Sink, scheme: str, chunked: bool, wanted_md5: bytes | None, sent: Mapping[str, str]) -> None:
    if not chunked and scheme != UNSIGNED and scheme.lower() != sink.sha256.hexdigest():
        raise refuse(
            "sha256",
            ClientComputedContentSHA256=scheme,
            S3ComputedContentSHA256=sink.sha256.hexdigest(),
        )
    if wanted_md5 is not None and wanted_md5 != sink.md5.digest():
        raise refuse(
            "digest",
            ExpectedDigest=base64.b64encode(wanted_md5).decode(),
            CalculatedDigest=base64.b64encode(sink.md5.digest()).decode(),
        )
    for name, value in sent.items():
        if not checksums.well_formed(name, value):
            raise refuse("bad checksum", algorithm=name.lower())
        if base64.b64decode(value) != sink.sums[name].digest():
            raise refuse("checksum", algorithm=name)


def _sent(headers: Mapping[str, str]) -> dict[str, str]:
    """The checksums in the headers of a request."""
    made = {
        name.removeprefix(HEADER).upper(): value
        for name, value in headers.items()
        if name.startswith(HEADER) and name.removeprefix(HEADER) not in ABOUT
    }
    if len(made) > 1:
        raise refuse("two checksums")
    for name, value in made.items():
        _usable(name)
        if not checksums.well_formed(name, value):
            raise refuse("bad checksum", algorithm=name.lower())
    return made


def _algorithms(headers: Mapping[str, str], sent: Mapping[str, str], trailers: tuple[str, ...]) -> list[str]:
    names = [*sent, *(name.removeprefix(HEADER).upper() for name in trailers if name.startswith(HEADER))]
    if len(names) > 1:
        raise refuse("two checksums")
    announced = (
        headers.get("x-amz-sdk-checksum-algorithm") or headers.get("x-amz-checksum-algorithm") or ""
    ).upper()
    if announced:
        names.append(announced)
    for name in names:
        _usable(name)
    return list(dict.fromkeys(names))


def _usable(name: str) -> None:
    if not checksums.known(name):
        raise refuse("checksum algorithm")
    if not checksums.available(name):
        raise lacking(f"{name} checksums need the extra: pip install 'rolecall[checksums]'")


def _md5(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        digest = base64.b64decode(text, validate=True)
    except ValueError:
        digest = b""
    if len(digest) != 16:
        raise bad_digest(text)
    return digest


def bad_digest(text: str) -> AwsError:
    details: dict[str, Any] = {"Content-MD5": text}
    return refuse("bad digest", **details)


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() else None
