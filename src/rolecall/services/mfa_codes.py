"""One-time codes of virtual MFA devices: TOTP with 30 seconds, SHA-1 and six digits (RFC 6238)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

PERIOD: Final = 30
WINDOW: Final = 1  # periods that a device's clock may be off


def code_at(seed: str, counter: int) -> str:
    """The six digits of a base32 seed for one period."""
    digest = hmac.new(base64.b32decode(seed), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"


def counter_of(seed: str, code: str, now: datetime, *, after: int = -1, window: int = WINDOW) -> int | None:
    """The period that a code belongs to, or None. Periods up to `after` are spent: a code is single-use."""
    current = int(now.timestamp()) // PERIOD
    for counter in range(current - window, current + window + 1):
        if counter > after and hmac.compare_digest(code_at(seed, counter), code):
            return counter
    return None
