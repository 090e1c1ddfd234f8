"""The checksums that S3 keeps of objects: which there are, and their computation as bytes go by.

CRC32, SHA-1, SHA-256, SHA-512 and MD5 need nothing. CRC32C and CRC64NVME come with the extra `checksums` (awscrt);
an upload that announces one of them without it is refused rather than kept unverified.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, Protocol

HEADER: Final = "x-amz-checksum-"


class Checksum(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def digest(self) -> bytes: ...


class _Running:
    """A checksum of an integer state, told big-endian."""

    def __init__(self, step: Callable[[bytes, int], int], width: int) -> None:
        self._step = step
        self._width = width
        self._state = 0

    def update(self, data: bytes, /) -> None:
        self._state = self._step(data, self._state)

    def digest(self) -> bytes:
        return self._state.to_bytes(self._width, "big")


@cache
def _crt() -> Any:
    """awscrt's checksums; None where the extra is not installed."""
    try:
        from awscrt import checksums
    except ImportError:
        return None
    return checksums


def _from_crt(name: str, width: int) -> Callable[[], Checksum]:
    return lambda: _Running(getattr(_crt(), name), width)


PLAIN: Final[Mapping[str, Callable[[], Checksum]]] = {
    "CRC32": lambda: _Running(zlib.crc32, 4),
    "SHA1": lambda: hashlib.sha1(usedforsecurity=False),
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
    "MD5": lambda: hashlib.md5(usedforsecurity=False),
}
EXTRA: Final[Mapping[str, Callable[[], Checksum]]] = {
    "CRC32C": _from_crt("crc32c", 4),
    "CRC64NVME": _from_crt("crc64nvme", 8),
}
WIDTHS: Final[Mapping[str, int]] = {
    "CRC32": 4, "CRC32C": 4, "CRC64NVME": 8, "SHA1": 20, "SHA256": 32, "SHA512": 64, "MD5": 16,
}  # fmt: skip


def known(algorithm: str) -> bool:
    return algorithm in PLAIN or algorithm in EXTRA


def available(algorithm: str) -> bool:
    """Whether it can be computed here."""
    return algorithm in PLAIN or (algorithm in EXTRA and _crt() is not None)


def new(algorithm: str) -> Checksum:
    """A computation at its beginning; raises KeyError for what is not available."""
    if algorithm in PLAIN:
        return PLAIN[algorithm]()
    if not available(algorithm):
        raise KeyError(algorithm)
    return EXTRA[algorithm]()


def written(digest: bytes) -> str:
    """A checksum as headers carry it."""
    return base64.b64encode(digest).decode("ascii")


def well_formed(algorithm: str, value: str) -> bool:
    """Whether a text is a checksum of this algorithm at all."""
    try:
        return len(base64.b64decode(value, validate=True)) == WIDTHS[algorithm]
    except ValueError:
        return False
