"""How AWS's identifiers look (IAM User Guide, "IAM identifiers"), made from injected randomness.

Ids of access keys carry the account number as AWS's do since 2019, so that third-party decoders agree: the 16
characters after the prefix are base32 of 10 bytes, and bits 7 to 46 of the first six are the account.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Callable
from typing import Final

Randomness = Callable[[int], bytes]

ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
ID_LENGTH: Final = 21
ACCESS_KEY_LENGTH: Final = 20

# What an id belongs to → its prefix.
PREFIXES: Final = {
    "access-key": "AKIA",
    "temporary-access-key": "ASIA",
    "user": "AIDA",
    "role": "AROA",
    "group": "AGPA",
    "policy": "ANPA",
    "policy-version": "ANVA",
    "instance-profile": "AIPA",
    "server-certificate": "ASCA",
    "public-key": "APKA",
    "bearer-token": "ABIA",
    "service-specific-credential": "ACCA",
}

_ACCOUNT_MASK: Final = 0x7FFFFFFFFF80
_ACCOUNT_SHIFT: Final = 7
_TOP_BIT: Final = 1 << 47  # set in the ids that AWS gives out today


def new_id(
    prefix: str,
    length: int = ID_LENGTH,
    alphabet: str | None = None,
    *,
    randomness: Randomness = secrets.token_bytes,
) -> str:
    """An id of `length` characters, prefix included."""
    letters = ALPHABET if alphabet is None else alphabet
    fair = 256 - 256 % len(letters)  # bytes from here on would prefer the first letters
    chosen: list[str] = []
    wanted = length - len(prefix)
    while len(chosen) < wanted:
        chosen += [letters[byte % len(letters)] for byte in randomness(wanted) if byte < fair]
    return prefix + "".join(chosen[:wanted])


def new_access_key_id(prefix: str, account: str, *, randomness: Randomness = secrets.token_bytes) -> str:
    """AKIA… or ASIA…, with the account inside."""
    random = int.from_bytes(randomness(5), "big")  # 7 bits beside the account, 4 bytes behind it
    head = _TOP_BIT | int(account) << _ACCOUNT_SHIFT | random >> 33
    tail = random & 0xFFFFFFFF
    return prefix + base64.b32encode(head.to_bytes(6, "big") + tail.to_bytes(4, "big")).decode()


def account_of(access_key_id: str) -> str | None:
    """The account that an access key id carries; None when it does not look like one."""
    try:
        raw = base64.b32decode(access_key_id[4:])
    except (binascii.Error, ValueError):
        return None
    if len(access_key_id) != ACCESS_KEY_LENGTH:
        return None
    account = (int.from_bytes(raw[:6], "big") & _ACCOUNT_MASK) >> _ACCOUNT_SHIFT
    return f"{account:012d}" if account < 10**12 else None


def new_secret(*, randomness: Randomness = secrets.token_bytes) -> str:
    """A secret access key: 40 characters of A-Z a-z 0-9 + /."""
    return base64.b64encode(randomness(30)).decode()
