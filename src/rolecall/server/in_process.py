"""Call a server in this process: botocore's requests are answered without a socket.

Registered for `before-send`, the hook takes a request after it was signed and gives back the response, so
everything between boto3 and the handlers is as it is over HTTP: signature, protocol, authorization, records. The
server works in a loop of its own thread, so that code inside a running event loop may call it as well.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, TypeVar
from urllib.parse import urlsplit

from botocore.awsrequest import AWSResponse, HeadersDict

from rolecall.wire.http import HttpRequest, HttpResponse

T = TypeVar("T")

Answer = Callable[[HttpRequest], Awaitable[HttpResponse]]


class InProcess:
    """A way to whoever answers. Close it when nobody calls any more."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rolecall-in-process", daemon=True)
        self._thread.start()

    def send(self, request: HttpRequest) -> HttpResponse:
        async def answered() -> HttpResponse:
            return await self._answer(request)

        return self.wait_for(answered())

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of a coroutine that runs in the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def hook(self, request: Any, **_: Any) -> AWSResponse:
        """botocore's `before-send`: the response in place of the network's."""
        response = self.send(http_request(request))
        headers: Any = HeadersDict(dict(response.headers))
        return AWSResponse(
            request.url,
            response.status,
            headers,
            _Body(response.body if response.file is None else b"".join(response.file)),
        )

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def http_request(prepared: Any) -> HttpRequest:
    """A request of botocore's as it would have arrived."""
    url = urlsplit(prepared.url)
    headers = [(name.lower(), _text(value)) for name, value in prepared.headers.items()]
    if not any(name == "host" for name, _ in headers):
        headers.append(("host", url.netloc))
    return HttpRequest(
        method=prepared.method,
        raw_path=url.path or "/",
        raw_query=url.query,
        headers=tuple(headers),
        body=_bytes(prepared.body),
        secure=url.scheme == "https",
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes | bytearray):
        return bytes(body)
    content = body.read()
    return content.encode() if isinstance(content, str) else bytes(content)


class _Body(io.BytesIO):
    """A response's body as urllib3 gives it to botocore."""

    def stream(self, amount: int = 65_536, **_: Any) -> Iterator[bytes]:
        while chunk := self.read(amount):
            yield chunk

    def release_conn(self) -> None:
        """There is no connection."""
