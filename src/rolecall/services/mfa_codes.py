"""One-time codes of virtual MFA devices: TOTP with 30 seconds, SHA-1 and six digits (RFC 6238).

A device's seed is kept sealed under its serial number, as secret access keys are under theirs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from rolecall.services.call import Platform
from rolecall.store.records import Item

PERIOD: Final = 30
WINDOW: Final = 1  # periods that a device's clock may be off


def sealed(platform: Platform, serial: str, seed: str) -> dict[str, Any]:
    """The members of a device's body that hold its seed."""
    return {"SealedSeed": base64.b64encode(platform.seal_secret(serial, seed)).decode()}


def seed_of(platform: Platform, device: Item) -> str:
    return platform.open_secret(device.arn, base64.b64decode(device.body["SealedSeed"]))


def code_at(seed: str, counter: int) -> str:
    """The six digits of a base32 seed for one period."""
    digest = hmac.new(base64.b32decode(seed), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def counter_of(seed: str, code: str, now: datetime, *, after: int = -1, window: int = WINDOW) -> int | None:
    """The period that a code belongs to, or None. Periods up to `after` are spent: a code is single-use."""
    return next((counter for counter in _counters_of(seed, code, now, window) if counter > after), None)


def last_of_two(seed: str, first: str, second: str, now: datetime, window: int) -> int | None:
    """The period of the second of two codes that follow each other, or None.

    In a wide window many periods share their code with another: it is the pair that tells which is meant.
    """
    for counter in _counters_of(seed, first, now, window):
        if hmac.compare_digest(code_at(seed, counter + 1), second):
            return counter + 1
    return None


def _counters_of(seed: str, code: str, now: datetime, window: int) -> Iterator[int]:
    current = int(now.timestamp()) // PERIOD
    for counter in range(current - window, current + window + 1):
        if hmac.compare_digest(code_at(seed, counter), code):
            yield counter
