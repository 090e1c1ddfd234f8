"""HTTP/1.1 on a connection: bytes in, requests to the server one after the other, bytes out.

httptools (llhttp) reads the syntax; here are the bounds. A request has to arrive whole within a time, may have so
many header bytes and so large a body; whoever is slower, larger or never ends gets an error or is hung up on, and
nobody else notices. Bodies of objects are handed on as they arrive, and large answers leave in pieces. uvicorn
runs the loop, accepts and drains; it makes one of these for each connection.
"""

from __future__ import annotations

import asyncio
import http
import logging
from typing import Any, Final, Protocol, cast

import httptools

from rolecall.server.arriving_body import ArrivingBody
from rolecall.server.asgi import MAX_HEADERS, NO_BODY, Answering, Bounds, refused
from rolecall.wire.http import HttpRequest, HttpResponse

# A client that was refused while it sends is listened to for a while: most read their answer only afterwards.
DRAIN_SECONDS: Final = 5.0
DRAIN_BYTES: Final = 64 * 1024 * 1024
HIGH_WATER: Final = 4 * 1024 * 1024  # bytes a client may leave unread before its next request waits
PROGRESS: Final = 64 * 1024  # bytes of a body that arrives, for which its time begins anew
EXPECTED: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
STATUS_LINES: Final = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in http.HTTPStatus
}

_log = logging.getLogger(__name__)


class ServerState(Protocol):
    """What uvicorn shares with its connections."""

    connections: set[Any]
    tasks: set[Any]
    total_requests: int


class HttpConnection(asyncio.Protocol):
    """One connection. `shutdown` is uvicorn's word for: end when the request at hand is answered."""

    def __init__(self, answering: Answering, bounds: Bounds, state: ServerState) -> None:
        self._answering = answering
        self._bounds = bounds
        self._state = state
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport = cast(asyncio.Transport, None)
        self._parser: Any = httptools.HttpRequestParser(self)
        self._waiting: list[HttpRequest] = []  # pipelined requests
        self._refusals: list[HttpResponse] = []
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False
        self._drained = 0
        self._writable: asyncio.Event | None = None
        self._client = ""
        self._secure = False
        self._url = b""
        self._headers: list[tuple[str, str]] = []
        self._size = 0
        self._body: list[bytes] = []
        self._body_size = 0
        self._arriving: ArrivingBody | None = None
        self._left_unread = False
        self._expects = False  # the client waits to be told that its body is wanted
        self._tls = ""

    # ---- asyncio
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        peer = transport.get_extra_info("peername")
        self._client = str(peer[0]) if isinstance(peer, tuple) and peer else "127.0.0.1"
        self._secure = transport.get_extra_info("sslcontext") is not None
        if (tls := transport.get_extra_info("ssl_object")) is not None:
            self._tls = str(tls.version() or "").removeprefix("TLSv")
        self._state.connections.add(self)
        self._wait(self._bounds.request_seconds)

    def connection_lost(self, error: Exception | None) -> None:
        self._state.connections.discard(self)
        self._closing = True
        self._stop_waiting()
        self._end_body()
        if self._writable is not None:
            self._writable.set()
        self._parser = None

    def eof_received(self) -> bool:
        """The client says nothing more; what it asked is answered."""
        self._closing = True
        self._end_body()
        return self._task is not None  # False: closed by asyncio

    def pause_writing(self) -> None:
        if self._writable is None:
            self._writable = asyncio.Event()
        self._writable.clear()
        self._wait(self._bounds.request_seconds)

    def resume_writing(self) -> None:
        if self._writable is not None:
            self._writable.set()
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        if self._closing:
            self._drained += len(data)
            if self._drained > DRAIN_BYTES:
                self._transport.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._refuse(400, "no other protocol is spoken here")
        except httptools.HttpParserError:
            self._refuse(400, "this is no HTTP request")

    # ---- the parser's
    def on_message_begin(self) -> None:
        self._url = b""
        self._headers = []
        self._size = self._body_size = 0
        self._body = []
        # The clock runs from the first byte: a request that trickles in is cut off, however steadily it does.
        self._wait(self._bounds.request_seconds)

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers.append((name.decode("latin-1").lower(), value.decode("latin-1")))
        self._count(len(name) + len(value))

    def on_headers_complete(self) -> None:
        if self._closing:
            return
        if self._task is None and not self._waiting and self._streams():
            return
        for name, value in self._headers:
            if name == "content-length" and value.isdigit() and int(value) > self._bounds.max_body:
                self._refuse(413, f"body larger than {self._bounds.max_body} bytes")
                return
            if name == "expect" and value.lower() == "100-continue" and self._task is None:
                self._transport.write(EXPECTED)

    def on_body(self, body: bytes) -> None:
        if self._arriving is not None:
            self._hand_on(self._arriving, body)
            return
        self._body_size += len(body)
        if self._body_size > self._bounds.max_body:
            self._body = []
            self._refuse(413, f"body larger than {self._bounds.max_body} bytes")
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        if self._arriving is not None:
            self._stop_waiting()
            self._end_body()
            self._closing = self._closing or not self._parser.should_keep_alive()
            return
        if self._closing:
            return
        request = self._request(b"".join(self._body) if len(self._body) != 1 else self._body[0])
        self._url, self._headers, self._body = b"", [], []
        if not self._parser.should_keep_alive():
            self._closing = True
        self._begin(request)

    def _request(self, body: bytes, stream: ArrivingBody | None = None) -> HttpRequest:
        path, _, query = self._url.decode("latin-1").partition("?")
        if not path.startswith("/"):  # a proxy's form: http://host/path
            path = "/" + path.partition("://")[2].partition("/")[2]
        return HttpRequest(
            method=self._parser.get_method().decode("latin-1"),
            raw_path=path,
            raw_query=query.partition("#")[0],
            headers=tuple(self._headers),
            body=body,
            client=self._client,
            secure=self._secure,
            tls=self._tls,
            stream=stream,
        )

    def _begin(self, request: HttpRequest) -> None:
        self._waiting.append(request)
        if self._task is None:
            self._stop_waiting()
            self._task = self._loop.create_task(self._answer_waiting())
            self._state.tasks.add(self._task)
            self._task.add_done_callback(self._state.tasks.discard)
        else:
            self._transport.pause_reading()  # one at a time: who sends ahead waits

    # ---- bodies that are handed on
    def _streams(self) -> bool:
        """Begin to answer a request whose body is still to come, where that is how it is answered."""
        stream = ArrivingBody(self._want_more)
        request = self._request(b"", stream)
        if not self._answering.streams(request):
            return False
        self._expects = any(name == "expect" and value.lower() == "100-continue" for name, value in self._headers)
        self._url, self._headers = b"", []
        self._arriving = stream
        self._begin(request)
        self._wait(self._bounds.request_seconds)
        return True

    def _hand_on(self, stream: ArrivingBody, body: bytes) -> None:
        stream.feed(body)
        self._body_size += len(body)
        if stream.full:
            self._stop_waiting()
            self._transport.pause_reading()
        elif self._body_size >= PROGRESS:
            self._body_size = 0
            self._wait(self._bounds.request_seconds)

    def _want_more(self) -> None:
        if self._arriving is None or self._transport.is_closing():
            return
        if self._expects:
            self._expects = False
            self._transport.write(EXPECTED)
        self._transport.resume_reading()
        self._wait(self._bounds.request_seconds)

    def _end_body(self) -> None:
        if self._arriving is not None:
            self._arriving.end()
            self._arriving = None

    def _leave_body(self) -> None:
        """Nobody reads what is still to come: the connection ends with the answer."""
        self._end_body()
        self._closing = True
        self._left_unread = True

    def _count(self, more: int) -> None:
        self._size += more
        if self._size > MAX_HEADERS:
            self._refuse(431, "headers larger than 64 KB")

    # ---- answering
    async def _answer_waiting(self) -> None:
        try:
            while self._waiting:
                request = self._waiting.pop(0)
                self._state.total_requests += 1
                response = await self._answering.answer(request)
                if self._arriving is not None:
                    self._leave_body()
                if self._transport.is_closing():
                    _close(response)
                    return
                self._write(response, last=self._closing and not self._waiting, head=request.method == "HEAD")
                if self._writable is not None:
                    await self._writable.wait()
                if response.file is not None:
                    await self._write_file(response.file, head=request.method == "HEAD")
        except Exception:
            _log.exception("a connection ended unexpectedly")
            self._closing = True
        finally:
            self._task = None
            self._after_answers()

    def _after_answers(self) -> None:
        if self._transport.is_closing():
            return
        if self._refusals:
            self._write(self._refusals.pop(), last=True, head=False)
            self._transport.resume_reading()
            self._timer = self._loop.call_later(DRAIN_SECONDS, self._transport.close)
            return
        if self._left_unread:
            self._transport.resume_reading()
            self._timer = self._loop.call_later(DRAIN_SECONDS, self._transport.close)
            return
        if self._closing:
            self._transport.close()
            return
        self._transport.resume_reading()
        self._wait(self._bounds.idle_seconds)

    async def _write_file(self, file: Any, *, head: bool) -> None:
        """The rest of an answer, piece by piece as the client takes it."""
        try:
            pieces = iter(() if head else file)
            while (data := await asyncio.to_thread(next, pieces, None)) is not None:
                if self._transport.is_closing():
                    return
                self._transport.write(data)
                if self._writable is not None:
                    await self._writable.wait()
        finally:
            file.close()

    def _write(self, response: HttpResponse, *, last: bool, head: bool) -> None:
        parts = [STATUS_LINES.get(response.status) or f"HTTP/1.1 {response.status} \r\n".encode()]
        sized = False
        for name, value in response.headers:
            parts.append(f"{name}: {value}\r\n".encode("latin-1"))
            sized = sized or name.lower() == "content-length"
        if not sized and response.status not in NO_BODY:
            parts.append(b"Content-Length: %d\r\n" % len(response.body))
        if last and not any(name.lower() == "connection" for name, _ in response.headers):
            parts.append(b"Connection: close\r\n")
        parts.append(b"\r\n")
        if not head:
            parts.append(response.body)
        self._transport.write(b"".join(parts))

    def _refuse(self, status: int, text: str) -> None:
        """Answer what cannot be read to its end, after what came before it; then hang up."""
        if self._closing:
            return
        self._closing = True
        self._stop_waiting()
        self._refusals.append(refused(status, text))
        if self._task is None:
            self._after_answers()

    # ---- time
    def _wait(self, seconds: float) -> None:
        self._stop_waiting()
        self._timer = self._loop.call_later(seconds, self._too_late)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_late(self) -> None:
        self._timer = None
        started = bool(self._headers or self._url)
        if self._task is None and started and not self._closing:
            self._closing = True
            self._write(refused(408, "the request did not arrive in time"), last=True, head=False)
            self._transport.close()
            return
        self._closing = True
        # A client that does not take its answer is hung up on; one that says nothing is let go.
        self._transport.abort() if self._task is not None else self._transport.close()

    def shutdown(self) -> None:
        """The server ends: what is being answered is answered."""
        self._closing = True
        if self._task is None:
            self._transport.close()


def _close(response: HttpResponse) -> None:
    if response.file is not None:
        response.file.close()
