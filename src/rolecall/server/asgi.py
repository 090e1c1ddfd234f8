"""The door: ASGI events in and out, with bounds on what is read.

A body beyond the limit, or headers beyond 64 KB, are refused before anything else looks at the request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, Final, Protocol

from rolecall.wire.http import HttpRequest, HttpResponse

MAX_HEADERS: Final = 64 * 1024
NO_BODY: Final = frozenset({204, 304})

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]


class Answering(Protocol):
    """Whoever answers requests: the server as a whole."""

    async def answer(self, request: HttpRequest) -> HttpResponse: ...

    def streams(self, request: HttpRequest) -> bool:
        """Whether the body of a request is taken as it arrives. The request has everything but its body."""

    async def close(self) -> None: ...


class Bounds(Protocol):
    """What the settings say of requests and connections; times in seconds."""

    @property
    def max_body(self) -> int: ...

    @property
    def request_seconds(self) -> float: ...  # for a request to arrive whole, and for its answer to be taken

    @property
    def idle_seconds(self) -> float: ...  # between requests


class AsgiApplication:
    """An ASGI application over a server."""

    def __init__(self, server: Answering, bounds: Bounds) -> None:
        self.server = server
        self.bounds = bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "http":
                await self._http(scope, receive, send)
            case "lifespan":
                await self._lifespan(receive, send)
            case "websocket":
                await send({"type": "websocket.close", "code": 1000})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            return await respond(send, refused(431, "headers larger than 64 KB"))
        body = await read_body(receive, self.bounds.max_body)
        if body is None:
            return await respond(send, refused(413, f"body larger than {self.bounds.max_body} bytes"))
        await respond(send, await self.server.answer(request_of(scope, body)))

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            event = await receive()
            if event["type"] == "lifespan.startup":
                await send({"type": "lifespan.startup.complete"})
            elif event["type"] == "lifespan.shutdown":
                await self.server.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


def request_of(scope: Scope, body: bytes) -> HttpRequest:
    """The request as a value: the path as it was sent, header names in lower case."""
    raw_path = scope.get("raw_path") or scope["path"].encode("utf-8")
    client = scope.get("client")
    return HttpRequest(
        method=scope["method"],
        raw_path=raw_path.decode("latin-1"),
        raw_query=scope["query_string"].decode("latin-1"),
        headers=tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]
        ),
        body=body,
        client=client[0] if client else "127.0.0.1",
        secure=scope.get("scheme") == "https",
    )


async def read_body(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None when it is larger than the limit."""
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        event = await receive()
        if event["type"] == "http.disconnect":
            break
        chunk = event.get("body", b"")
        size += len(chunk)
        if size > limit:
            return None
        chunks.append(chunk)
        more = event.get("more_body", False)
    return b"".join(chunks)


async def respond(send: Send, response: HttpResponse) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    if not any(name == b"content-length" for name, _ in headers) and response.status not in NO_BODY:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.file is None:
        await send({"type": "http.response.body", "body": response.body})
        return
    try:
        for data in response.file:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        response.file.close()


def refused(status: int, text: str) -> HttpResponse:
    """An answer to what is no request of AWS's at all; the rest of it stays unread."""
    return HttpResponse(status, (("Content-Type", "text/plain"), ("Connection", "close")), f"{text}\n".encode())
