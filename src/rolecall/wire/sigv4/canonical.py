"""The canonical request: what a signer and a verifier agree to have seen (IAM User Guide,
"Create a signed AWS API request").

Everything is bytes as sent. `HttpRequest` carries them as latin-1 text, one character for one byte.
S3 differs in the path only: it is taken as it stands, neither normalised nor encoded a second time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from rolecall.wire.http import HttpRequest

ALGORITHM: Final = "AWS4-HMAC-SHA256"
TERMINATOR: Final = "aws4_request"
EMPTY_HASH: Final = hashlib.sha256(b"").hexdigest()


def canonical_request(
    request: HttpRequest, signed_headers: tuple[str, ...], payload_hash: str, *, s3: bool
) -> bytes:
    """The text whose hash is signed; `signed_headers` are lower case and sorted."""
    names = ";".join(signed_headers)
    return b"\n".join(
        (
            request.method.encode("latin-1"),
            (canonical_path_s3 if s3 else canonical_path)(request.raw_path).encode("latin-1"),
            canonical_query(request.raw_query).encode("ascii"),
            *canonical_headers(request, signed_headers),
            b"",
            names.encode("latin-1"),
            payload_hash.encode("latin-1"),
        )
    )


def string_to_sign(timestamp: str, scope: str, canonical: bytes) -> str:
    return f"{ALGORITHM}\n{timestamp}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"


@lru_cache(maxsize=1024)
def canonical_path(raw_path: str) -> str:
    """The path without dot and empty segments, percent-encoded once more: %20 on the wire becomes %2520."""
    if raw_path in ("", "/"):
        return "/"
    kept: list[str] = []
    for segment in raw_path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    path = "/" + "/".join(kept)
    if kept and raw_path.endswith("/"):
        path += "/"
    return quote(path.encode("latin-1"), safe="/~")


def canonical_path_s3(raw_path: str) -> str:
    return raw_path or "/"


def canonical_query(raw_query: str) -> str:
    """The pairs, each decoded and encoded strictly, sorted, without the signature itself.

    A plus sign stays a plus sign (%2B): signers write a space as %20.
    """
    if not raw_query:
        return ""
    pairs: list[tuple[str, str]] = []
    for part in raw_query.split("&"):
        if not part:
            continue
        key, _, value = part.partition("=")
        name = _strict(key)
        if name != "X-Amz-Signature":
            pairs.append((name, _strict(value)))
    pairs.sort()
    return "&".join(f"{key}={value}" for key, value in pairs)


def canonical_headers(request: HttpRequest, names: Iterable[str]) -> list[bytes]:
    """One `name:value` line per name; several headers of one name are joined by a comma, as received."""
    values: dict[str, list[bytes]] = {}
    for name, value in request.headers:
        values.setdefault(name, []).append(value.encode("latin-1"))
    lines = []
    for name in names:
        # bytes.split() knows ASCII white space only: a no-break space in a value is not collapsed.
        joined = b",".join(b" ".join(value.split()) for value in values.get(name, ()))
        lines.append(name.encode("latin-1") + b":" + joined)
    return lines


def _strict(text: str) -> str:
    return quote(unquote_to_bytes(text.encode("latin-1")), safe="~")
