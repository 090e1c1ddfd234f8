"""Signing keys: four HMACs over secret, date, region and service, remembered because most requests repeat them."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections import OrderedDict
from typing import Final

from rolecall.wire.sigv4.canonical import TERMINATOR


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, TERMINATOR):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class SigningKeys:
    """The least recently used keys are forgotten. Entries are found by a hash of the secret, never the secret."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._keys: OrderedDict[tuple[bytes, str, str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, secret: str, date: str, region: str, service: str) -> bytes:
        wanted = (hashlib.sha256(secret.encode()).digest(), date, region, service)
        with self._lock:
            known = self._keys.get(wanted)
            if known is not None:
                self._keys.move_to_end(wanted)
                return known
        made = signing_key(secret, date, region, service)
        with self._lock:
            self._keys[wanted] = made
            while len(self._keys) > self._limit:
                self._keys.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._keys)


SIGNING_KEYS: Final = SigningKeys(limit=8192)
