"""Fresh access key ids for handlers: credentials' own make, with the randomness that the platform lends."""

from __future__ import annotations

from typing import Final, Protocol

from rolecall.credentials import identifiers

LONG_TERM: Final = identifiers.PREFIXES["access-key"]
TEMPORARY: Final = identifiers.PREFIXES["temporary-access-key"]

HEX: Final = "0123456789abcdef"


class Fresh(Protocol):
    """Where fresh identifiers come from; the platform of a call is one."""

    def new_id(self, prefix: str, length: int = 21, alphabet: str | None = None) -> str: ...


def new_access_key_id(platform: Fresh, prefix: str, account: str) -> str:
    def randomness(size: int) -> bytes:
        return bytes.fromhex(platform.new_id("", 2 * size, HEX))

    return identifiers.new_access_key_id(prefix, account, randomness=randomness)
