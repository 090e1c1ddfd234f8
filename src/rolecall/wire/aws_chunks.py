"""Bodies in aws-chunked encoding: pieces with their length in front, perhaps signed, perhaps with trailers behind.

The decoder takes bytes as they arrive and gives the payload back at once; it holds no more than a line. What it
gave out counts only when `finish` raised nothing: a bad signature, a length that is not kept or a broken trailer
shows at the end of a piece.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.sigv4.canonical import EMPTY_HASH

SIGNED: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER: Final = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER: Final = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

INCOMPLETE: Final = "You did not provide the number of bytes specified by the Content-Length HTTP header"
MALFORMED_TRAILER: Final = (
    "The request contained trailing data that was not well-formed or did not conform to our published schema."
)
LONGEST_LINE: Final = 4096
MOST_TRAILERS: Final = 16
HEAD: Final = re.compile(rb"([0-9a-fA-F]{1,16})(?:;([^\r\n]*))?")
SIGNATURE: Final = re.compile(rb"(?:^|;)\s*chunk-signature=([0-9a-f]{64})(?:;|$)")
TRAILER: Final = re.compile(rb"([A-Za-z0-9-]{1,128}):\s*(.*?)\s*")
TRAILER_SIGNATURE: Final = "x-amz-trailer-signature"


class Signing(Struct, frozen=True):
    """What the signatures of pieces are made with. seed: the signature of the request's head."""

    key: bytes
    timestamp: str
    scope: str
    seed: str


class ChunkDecoder:
    """scheme: the value of x-amz-content-sha256. signing: needed where the scheme has signatures. trailers: the
    names announced in x-amz-trailer. length: what x-amz-decoded-content-length says, if it was sent."""

    def __init__(
        self, scheme: str, signing: Signing | None, trailers: tuple[str, ...] = (), length: int | None = None
    ) -> None:
        if scheme not in (SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER):
            raise ValueError(f"no scheme of pieces: {scheme}")
        if scheme != UNSIGNED_TRAILER and signing is None:
            raise ValueError(f"{scheme} has signatures")
        self._signing = None if scheme == UNSIGNED_TRAILER else signing
        self._has_trailer = scheme != SIGNED
        self._announced = frozenset(name.strip().lower() for name in trailers)
        self._length = length
        self._previous = signing.seed if signing is not None else ""
        self._held = b""
        self._left = 0  # bytes of the present piece that are still to come
        self._expected = b""  # its signature
        self._hash = hashlib.sha256()
        self._state = "head"
        self._size = 0
        self.trailers: dict[str, str] = {}

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The payload in these bytes; raises AwsError for what is no such body."""
        self._held += data
        while self._held or self._state == "piece":
            if self._state == "piece":
                part, self._held = self._held[: self._left], self._held[self._left :]
                if part:
                    yield self._payload(part)
                if self._left:
                    return
                self._state = "end of piece"
            elif self._state == "done":
                raise malformed("there is more after the end")
            else:
                line = self._line()
                if line is None:
                    return
                self._take(line)

    def finish(self) -> Mapping[str, str]:
        """The trailers, when the body was whole."""
        if self._state == "end" and not self._has_trailer and not self._held:
            self._state = "done"  # some clients leave out the last empty line
        if self._state != "done" or (self._length is not None and self._size != self._length):
            raise AwsError("IncompleteBody", INCOMPLETE, 400)
        if self._announced != set(self.trailers):
            raise AwsError("MalformedTrailerError", MALFORMED_TRAILER, 400)
        return self.trailers

    def _payload(self, part: bytes) -> bytes:
        self._left -= len(part)
        self._size += len(part)
        if self._length is not None and self._size > self._length:
            raise AwsError("IncompleteBody", INCOMPLETE, 400)
        self._hash.update(part)
        return part

    def _line(self) -> bytes | None:
        line, found, rest = self._held.partition(b"\r\n")
        if not found:
            if len(self._held) > LONGEST_LINE:
                raise malformed("a line is too long")
            return None
        self._held = rest
        return line

    def _take(self, line: bytes) -> None:
        match self._state:
            case "head":
                self._begin(line)
            case "end of piece":
                if line:
                    raise malformed("a piece is longer than it says")
                self._check()
                self._state = "head"
            case "end":
                self._trailer(line)

    def _begin(self, line: bytes) -> None:
        found = HEAD.fullmatch(line)
        if found is None:
            raise malformed("a piece does not begin with its length")
        self._left = int(found[1], 16)
        self._hash = hashlib.sha256()
        if self._signing is not None:
            signature = SIGNATURE.search(found[2] or b"")
            if signature is None:
                raise fault(Family.REST_XML, Fault.BAD_SIGNATURE)
            self._expected = signature[1]
        if self._left:
            self._state = "piece"
        else:
            self._check()
            self._state = "end"

    def _check(self) -> None:
        if self._signing is None:
            return
        self._previous = self._signed("AWS4-HMAC-SHA256-PAYLOAD", EMPTY_HASH, self._hash.hexdigest())
        if not hmac.compare_digest(self._previous.encode(), self._expected):
            raise fault(Family.REST_XML, Fault.BAD_SIGNATURE)

    def _trailer(self, line: bytes) -> None:
        if not line:
            if TRAILER_SIGNATURE in self.trailers:
                self._check_trailer(self.trailers.pop(TRAILER_SIGNATURE))
            elif self._signing is not None and self._has_trailer:
                raise fault(Family.REST_XML, Fault.BAD_SIGNATURE)
            self._state = "done"
            return
        found = TRAILER.fullmatch(line)
        if found is None or not self._has_trailer or len(self.trailers) >= MOST_TRAILERS:
            raise AwsError("MalformedTrailerError", MALFORMED_TRAILER, 400)
        self.trailers[found[1].decode("ascii").lower()] = found[2].decode("latin-1")

    def _check_trailer(self, signature: str) -> None:
        if self._signing is None:
            return
        text = "".join(f"{name}:{value}\n" for name, value in sorted(self.trailers.items()))
        made = self._signed("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(text.encode("latin-1")).hexdigest())
        if not hmac.compare_digest(made.encode(), signature.encode("latin-1")):
            raise fault(Family.REST_XML, Fault.BAD_SIGNATURE)

    def _signed(self, algorithm: str, *hashes: str) -> str:
        assert self._signing is not None
        signing = self._signing
        to_sign = "\n".join((algorithm, signing.timestamp, signing.scope, self._previous, *hashes))
        return hmac.digest(signing.key, to_sign.encode(), "sha256").hex()


def malformed(why: str) -> AwsError:
    return AwsError("InvalidRequest", f"The body is not in aws-chunked encoding: {why}.", 400)
