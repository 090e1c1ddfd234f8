"""Request ids as AWS prints them, from random bytes that the caller brings along."""

from __future__ import annotations

import base64
import os
from typing import Final

from rolecall.wire.family import Family

# The first digit of the fourth group says 10 in its first two bits (RFC 9562).
_VARIANT: Final = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def request_id(family: Family, random: bytes) -> str:
    """A uuid for most services, 16 letters and digits for S3; takes 16 random bytes."""
    if family is Family.REST_XML:
        return base64.b32encode(random[:10]).decode()
    return uuid4(random)


def uuid4(random: bytes) -> str:
    """A uuid of version 4 from 16 random bytes. (0.4 us instead of 2 through `uuid.UUID`.)"""
    text = random.hex()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{_VARIANT[text[16]]}{text[17:20]}-{text[20:32]}"


class Randomness:
    """Random bytes, fetched from the system many at a time. Not shared by processes: made after a fork."""

    def __init__(self) -> None:
        self._bytes = b""
        self._at = 0

    def take(self) -> bytes:
        """16 bytes."""
        at = self._at
        if at >= len(self._bytes):
            self._bytes, at = os.urandom(4096), 0
        self._at = at + 16
        return self._bytes[at : at + 16]


def extended_request_id(random: bytes) -> str:
    """S3's second id (x-amz-id-2): base64 of 56 random bytes."""
    return base64.b64encode(random[:56]).decode()
