"""Where clients come in: the main port, with or without TLS, and the port of the proxy.

Sockets are bound before anything else is made: a taken port must cost nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

from rolecall.errors import StartError
from rolecall.server.settings import Settings

LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


class Doors(Struct, frozen=True):
    """Bound sockets. tls: what the main port speaks TLS with. authority: an `Authority`, where one is needed."""

    main: socket.socket
    proxy: socket.socket | None = None
    tls: ssl.SSLContext | None = None
    authority: Any = None

    @property
    def listeners(self) -> tuple[socket.socket, ...]:
        return (self.main,) if self.proxy is None else (self.main, self.proxy)

    @property
    def endpoint(self) -> str:
        """The URL of the main port."""
        return f"{'http' if self.tls is None else 'https'}://{_address(self.main)}"

    @property
    def proxy_url(self) -> str | None:
        """What HTTPS_PROXY is set to."""
        return None if self.proxy is None else f"http://{_address(self.proxy)}"

    @property
    def ca(self) -> str | None:
        """The file with the certificate that clients have to trust; None where there is none of ours."""
        return None if self.authority is None else str(self.authority.path.absolute())


@contextlib.contextmanager
def opened(settings: Settings) -> Iterator[Doors]:
    """The doors of a server; closed at the end. Raises StartError when a port or a certificate cannot be used."""
    with contextlib.ExitStack() as closing:
        main = closing.enter_context(_bound(settings.host, settings.port, "--port"))
        proxy = None
        if settings.proxy is not None:
            proxy = closing.enter_context(_bound(settings.host, settings.proxy, "--proxy"))
        yield _secured(settings, main, proxy)


def _secured(settings: Settings, main: socket.socket, proxy: socket.socket | None) -> Doors:
    """TLS only where it is asked for: making keys takes a moment, and most servers listen on loopback."""
    if proxy is None and not settings.tls and settings.tls_certificate is None:
        return Doors(main)
    from rolecall.server.certificates import Authority, given

    own = None
    if proxy is not None or settings.tls_certificate is None:
        own = Authority.in_directory(settings.folder)
    tls = None
    if settings.tls_certificate is not None and settings.tls_key is not None:
        tls = given(settings.tls_certificate, settings.tls_key)
    elif settings.tls and own is not None:
        tls = own.context_for(*dict.fromkeys((settings.host, *LOOPBACK)))
    return Doors(main, proxy, tls, own)


@contextlib.contextmanager
def _bound(host: str, port: int, option: str) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named: asyncio switches Nagle's algorithm off only where it is. 44 ms a call otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as problem:
            raise StartError(
                f"cannot listen on {host} port {port}: {problem.strerror}; "
                f"choose another with {option}, or {option} 0 for any free one"
            ) from None
        yield listener
    finally:
        listener.close()


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else "127.0.0.1" if host == "0.0.0.0" else host
    return f"{shown}:{port}"
