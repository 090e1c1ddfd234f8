"""An HTTPS proxy for clients that insist on AWS's own host names.

`CONNECT sts.amazonaws.com:443` is answered, TLS ends here with a certificate of our own authority for that name,
and what follows is an ordinary request to this server: the same protocol object reads it, with the client's own
address and "https" as its scheme. Hosts that are not AWS's are refused, so nothing leaves the machine through it.
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import Callable
from typing import Final, cast

from rolecall.wire.services import is_aws_host

_log = logging.getLogger(__name__)

MOST_HEADERS: Final = 16 * 1024
HANDSHAKE_SECONDS: Final = 15.0
# The time in which a client has to say where it wants to go.
PATIENCE_SECONDS: Final = 30.0
CONNECT: Final = re.compile(rb"CONNECT ([A-Za-z0-9.-]{1,253}):(\d{1,5}) HTTP/1\.[01]\r\n")
# Where the SageMaker Python SDK reports that it is used: answered with nothing, told to nobody.
TELEMETRY: Final = re.compile(r"sm-pysdk-t-[a-z0-9-]+\.s3\.[a-z0-9-]+\.amazonaws\.com")
ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"
NOTHING: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

MakeProtocol = Callable[[], asyncio.Protocol]
ContextFor = Callable[[str], ssl.SSLContext]


class Tunnel(asyncio.Protocol):
    """One connection to the proxy, until it knows where it goes."""

    def __init__(self, context_for: ContextFor, make_protocol: MakeProtocol) -> None:
        self._context_for = context_for
        self._make_protocol = make_protocol
        self._read = b""
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._timer = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._read += data
        if len(self._read) > MOST_HEADERS:
            return self._refuse(431, "headers larger than 16 KB")
        if b"\r\n\r\n" not in self._read:
            return None
        self._timer.cancel()
        wanted = CONNECT.match(self._read)
        if wanted is None:
            return self._refuse(405, "this proxy takes CONNECT only: set HTTPS_PROXY to it, not HTTP_PROXY")
        host, port = wanted[1].decode("ascii").lower(), int(wanted[2])
        if not is_aws_host(host) or port != 443:
            return self._refuse(403, f"{host}:{port} is no host of AWS's: rolecall connects to nothing else")
        if not self._read.endswith(b"\r\n\r\n"):
            return self._refuse(400, "nothing may follow CONNECT before it is answered")
        self._transport.pause_reading()
        self._transport.write(ESTABLISHED)
        self._task = asyncio.get_running_loop().create_task(self._secure(host))
        return None

    async def _secure(self, host: str) -> None:
        """End TLS under the name that the client asked for and hand the connection over."""
        loop = asyncio.get_running_loop()
        waiting = _Waiting()
        try:
            context = await asyncio.to_thread(self._context_for, host)
            secured = await loop.start_tls(
                self._transport, waiting, context, server_side=True, ssl_handshake_timeout=HANDSHAKE_SECONDS
            )
        except (OSError, ssl.SSLError) as problem:
            # Most often a client that does not trust our authority yet.
            _log.info("no TLS under %s: %s", host, problem)
            self._transport.abort()
            return
        if secured is None:
            return
        protocol = Telemetry() if TELEMETRY.fullmatch(host) else self._make_protocol()
        waiting.hand_over(secured, protocol)

    def _refuse(self, status: int, text: str) -> None:
        self._timer.cancel()
        body = f"{text}\n".encode()
        head = f"HTTP/1.1 {status} Refused\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
        self._transport.write(f"{head}Connection: close\r\n\r\n".encode() + body)
        self._transport.close()


class _Waiting(asyncio.Protocol):
    """Keeps what arrives between the handshake and the protocol that will read it."""

    def __init__(self) -> None:
        self._early = b""
        self._lost = False

    def data_received(self, data: bytes) -> None:
        self._early += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = True

    def hand_over(self, transport: asyncio.Transport, protocol: asyncio.Protocol) -> None:
        if self._lost:
            return
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._early:
            protocol.data_received(self._early)


class Telemetry(asyncio.Protocol):
    """Answers any one request with an empty 200."""

    def __init__(self) -> None:
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._read = (self._read + data)[-MOST_HEADERS:]
        if b"\r\n\r\n" in self._read:
            self._transport.write(NOTHING)
            self._transport.close()
