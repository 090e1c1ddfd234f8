"""A body that is handed on as it arrives: bytes from a connection to whoever reads them, with a bound between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

FULL: Final = 2 * 1024 * 1024  # bytes that may wait to be read


class ArrivingBody:
    """wanted: called before the first read, and whenever there is room again. Reading ends early when the client
    goes away; what was read then is shorter than was declared."""

    def __init__(self, wanted: Callable[[], None]) -> None:
        self._wanted = wanted
        self._pieces: list[bytes] = []
        self._size = 0
        self._more = asyncio.Event()
        self.ended = False

    @property
    def full(self) -> bool:
        return self._size >= FULL

    def feed(self, data: bytes) -> None:
        self._pieces.append(data)
        self._size += len(data)
        self._more.set()

    def end(self) -> None:
        self.ended = True
        self._more.set()

    async def read(self) -> bytes:
        """All that has arrived; empty at the end."""
        if not self._pieces and not self.ended:
            self._wanted()
            await self._more.wait()
        data = b"".join(self._pieces)
        self._pieces, self._size = [], 0
        if not self.ended:
            self._more.clear()
            self._wanted()
        return data
