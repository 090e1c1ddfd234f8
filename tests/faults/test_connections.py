"""Slow, greedy, broken and many connections: an error for that request at most, and everybody else is served."""

from __future__ import annotations

import contextlib
import resource
import socket
import struct
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from clients.server_process import ServerProcess

pytestmark = pytest.mark.clients

PATIENCE = 1  # seconds that the server waits for a request in these tests
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BODY = b"Action=GetCallerIdentity&Version=2011-06-15"
HEALTH = b"GET /_rolecall/health HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(
        tmp_path_factory.mktemp("server") / "data",
        variables={"ROLECALL_REQUEST_SECONDS": str(PATIENCE), "ROLECALL_IDLE_SECONDS": str(PATIENCE)},
    )
    server.start()
    server.environment()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.log()


@pytest.fixture(scope="module")
def sts(server: ServerProcess) -> Any:
    return server.client("sts")


@pytest.fixture
def address(sts: Any) -> Iterator[tuple[str, int]]:
    """Where to connect; afterwards the server must still serve."""
    parts = urlsplit(sts.meta.endpoint_url)
    yield str(parts.hostname), int(parts.port or 0)
    assert sts.get_caller_identity()["Account"] == "123456789012"


@contextlib.contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=30) as connection:
        yield connection


def read_all(connection: socket.socket) -> bytes:
    """Until the server hangs up, however it does."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def said_all(connection: socket.socket) -> bytes:
    """The answer to somebody who has nothing more to say."""
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
    return read_all(connection)


def is_healthy(address: tuple[str, int]) -> bool:
    with urllib.request.urlopen(f"http://{address[0]}:{address[1]}/_rolecall/health", timeout=10) as answer:
        return bool(answer.status == 200)


@pytest.mark.parametrize(
    "beginning",
    [b"POST / HT", HEAD, HEAD + b"X-Slow: ", HEAD + b"Content-Length: 1000\r\n\r\nActi"],
    ids=["in the first line", "between headers", "in a header", "in the body"],
)
def test_a_request_that_does_not_arrive_is_cut_off(address: tuple[str, int], beginning: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(beginning)
        assert is_healthy(address)
        answer = read_all(connection)
    assert answer.startswith(b"HTTP/1.1 408 ") or answer == b""


def test_a_request_that_trickles_in_is_cut_off_too(address: tuple[str, int]) -> None:
    """However steadily it does: the time is for the whole of it."""
    began = time.monotonic()
    with connected(address) as connection:
        connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                connection.sendall(b"a")
                time.sleep(0.05)
                if time.monotonic() - began > 10 * PATIENCE:
                    raise AssertionError("it was listened to for too long")
        assert is_healthy(address)


def test_a_connection_that_says_nothing_is_let_go(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        assert read_all(connection) == b""
    with connected(address) as connection:
        connection.sendall(HEALTH)
        answer = read_all(connection)  # answered, then left alone for too long
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert answer.count(b"HTTP/1.1 ") == 1


def test_a_body_that_says_it_is_too_large_is_not_read(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(HEAD + b"Content-Length: 99999999999\r\n\r\n")
        assert said_all(connection).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_never_ends_is_hung_up_on(address: tuple[str, int]) -> None:
    sent = 0
    with connected(address) as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        with contextlib.suppress(ConnectionError):
            while sent < 1_000_000_000:
                connection.sendall(chunk)
                sent += len(chunk)
        assert is_healthy(address)
    assert sent < 500_000_000


def test_headers_that_never_end_are_refused(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(HEAD)
        with contextlib.suppress(ConnectionError):
            for number in range(100_000):
                connection.sendall(b"X-%d: %s\r\n" % (number, b"a" * 1000))
        answer = said_all(connection)
    assert answer.startswith(b"HTTP/1.1 431 ") or answer == b""


@pytest.mark.parametrize(
    "garbage",
    [b"\x16\x03\x01\x02\x00\x01\x00", b"GARBAGE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\0" * 100],
    ids=["TLS", "words", "another version", "zeros"],
)
def test_what_is_no_http_is_refused(address: tuple[str, int], garbage: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(garbage)
        answer = said_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Content-Length: -1\r\n",
    ],
)
def test_a_body_of_two_lengths_is_refused(address: tuple[str, int], framing: bytes) -> None:
    """What a proxy in front might read otherwise than the server does."""
    with connected(address) as connection:
        connection.sendall(HEAD + framing + b"\r\n0\r\n\r\n" + HEALTH)
        answer = said_all(connection)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1


def test_requests_that_are_sent_ahead_are_answered_in_their_order(address: tuple[str, int]) -> None:
    paths = [f"/_rolecall/nothing-{number}".encode() for number in range(50)]
    with connected(address) as connection:
        connection.sendall(b"".join(b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n" % path for path in paths))
        answers = read_all(connection)
    found = [answers.find(b"at %s" % path + b'"') for path in paths]
    assert all(place > 0 for place in found)
    assert found == sorted(found)


def test_a_client_that_does_not_read_is_hung_up_on(address: tuple[str, int]) -> None:
    request = b"GET /_rolecall/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(address) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(60)
        with contextlib.suppress(ConnectionError, TimeoutError):
            for _ in range(200_000):
                connection.sendall(request)
        assert is_healthy(address)


def test_clients_that_vanish_leave_nothing_behind(address: tuple[str, int]) -> None:
    for number in range(100):
        with connected(address) as connection:
            # Closed with a reset, in the middle of a request or of its answer.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(HEALTH if number % 2 else HEAD + b"Content-Length: 100\r\n\r\nAction=")
    assert is_healthy(address)


def test_a_thousand_connections_at_once(address: tuple[str, int]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(connected(address)) for _ in range(1000)]
        for connection in connections:
            connection.sendall(HEALTH)
        for connection in connections:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        # They stay open and idle while others come and go.
        assert is_healthy(address)


def test_a_path_of_odd_bytes_is_answered(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(
            b"GET /%00%ff/..//\xc3\xa9?a=%zz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        answer = said_all(connection)
    assert answer.split(b" ", 2)[1][:1] == b"4"


def test_the_proxys_form_of_a_request_is_understood(address: tuple[str, int]) -> None:
    with connected(address) as connection:
        connection.sendall(
            b"GET http://localhost/_rolecall/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        assert read_all(connection).startswith(b"HTTP/1.1 200 ")


def test_an_unfinished_request_does_not_hold_up_the_end(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path / "data")
    server.start()
    parts = urlsplit(server.environment()["AWS_ENDPOINT_URL"])
    with connected((str(parts.hostname), int(parts.port or 0))) as connection:
        connection.sendall(HEALTH[:-2])
        time.sleep(0.2)
        assert server.process is not None
        server.process.terminate()
        time.sleep(0.2)
        with contextlib.suppress(ConnectionError):
            connection.sendall(b"\r\n")
        read_all(connection)
    assert server.process.wait(timeout=20) == 0
    assert "Traceback" not in server.log()
