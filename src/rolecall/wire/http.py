"""An HTTP request and response as plain values: what wire and server exchange."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class HttpRequest(Struct, frozen=True):
    """raw_path and raw_query are as sent, still percent-encoded; header names are lower case, in order.

    stream: the body of an object that is still arriving (`async read() -> bytes`, empty at its end); `body` is
    empty then. tls: the version of TLS it came over (1.3), where that is known.
    """

    method: str
    raw_path: str
    raw_query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    client: str = "127.0.0.1"
    secure: bool = False
    tls: str = ""
    stream: Any = None

    def header(self, name: str) -> str | None:
        """The first value of a header (lower-case name), or None."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


class HttpResponse(Struct, frozen=True):
    """file: bytes that follow in pieces (an iterable with `length` and `close`), in place of `body`."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    file: Any = None
