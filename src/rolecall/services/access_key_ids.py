"""Access key ids that carry their account number, as AWS's do since 2019.

The 16 characters after the prefix are base32. Of their first 48 bits, the top one is set, the next 40 are the
account and the last 7 are random, like the 32 bits that follow; so decoders made for AWS's ids read ours.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final, Protocol

LONG_TERM: Final = "AKIA"
TEMPORARY: Final = "ASIA"

ACCOUNT_BITS: Final = 0x7FFFFFFFFF80


class Identifiers(Protocol):
    """Where fresh identifiers come from; the platform of a call is one."""

    def new_id(self, prefix: str, length: int = 21, alphabet: str | None = None) -> str: ...


def new_access_key_id(platform: Identifiers, prefix: str, account: str) -> str:
    """A fresh id of 20 characters that `account_of` gives the account back for."""
    letters = platform.new_id("", 16)
    head, tail = _halves(letters)
    head = (1 << 47) | (int(account) << 7) | (head & 0x7F)
    return prefix + base64.b32encode(head.to_bytes(6, "big") + tail).decode()


def account_of(access_key_id: str) -> str | None:
    """The account that an id names, or None when it is none of this make."""
    if access_key_id[:4] not in (LONG_TERM, TEMPORARY) or len(access_key_id) != 20:
        return None
    try:
        head, _ = _halves(access_key_id[4:])
    except binascii.Error:
        return None
    return f"{(head & ACCOUNT_BITS) >> 7:012d}"


def _halves(letters: str) -> tuple[int, bytes]:
    data = base64.b32decode(letters)
    return int.from_bytes(data[:6], "big"), data[6:]
