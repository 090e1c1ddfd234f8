"""Fresh ids of Organizations: a prefix that tells the kind, then small letters and digits."""

from __future__ import annotations

from typing import Final

from rolecall.services.call import Call
from rolecall.store.ports import Reader

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
DIGITS: Final = "0123456789"


def fresh(call: Call, reader: Reader, prefix: str, count: int, alphabet: str = LETTERS) -> str:
    """An id that nothing has yet."""
    while True:
        made = call.platform.new_id(prefix, len(prefix) + count, alphabet)
        if reader.item_by_unique_id(made) is None:
            return made
