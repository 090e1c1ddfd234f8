"""A load balancer as simple as can be: every request goes to the next gateway, whatever connection it came on."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

MOST_HEADERS = 256 * 1024


class Balancer:
    """Listens on a loopback port in a thread of its own. `sent`: how many requests each gateway was given."""

    def __init__(self, endpoints: Sequence[str]) -> None:
        self._backends = [(str(urlsplit(one).hostname), int(urlsplit(one).port or 80)) for one in endpoints]
        self._next = itertools.cycle(range(len(self._backends)))
        self.sent = [0] * len(self._backends)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="balancer", daemon=True)
        self._thread.start()
        self._server = self._run(asyncio.start_server(self._client, "127.0.0.1", 0, limit=MOST_HEADERS))
        self.endpoint = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def _run(self, work: object) -> asyncio.Server:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()  # type: ignore[arg-type]

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind: dict[int, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b"expect: 100-continue" in head.lower():
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await _body(head, reader)
                number = next(self._next)
                self.sent[number] += 1
                if number not in behind:
                    behind[number] = await asyncio.open_connection(*self._backends[number], limit=MOST_HEADERS)
                answers, requests = behind[number]
                requests.write(head + body)
                while True:
                    answer = await answers.readuntil(b"\r\n\r\n")
                    if not answer.startswith(b"HTTP/1.1 1"):
                        break
                ended = head.startswith(b"HEAD ") or answer.split(b" ", 2)[1] in (b"204", b"304")
                writer.write(answer if ended else answer + await _body(answer, answers))
                await writer.drain()
                if b"connection: close" in answer.lower() or b"connection: close" in head.lower():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            for _, requests in behind.values():
                requests.close()
            writer.close()


async def _body(head: bytes, reader: asyncio.StreamReader) -> bytes:
    """What follows a head, as it was sent."""
    fields = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(b":") for line in head.split(b"\r\n")[1:])
    }
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        parts = []
        while True:
            size = await reader.readuntil(b"\r\n")
            chunk = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            parts += [size, chunk]
            if len(chunk) == 2:
                return b"".join(parts)
    return await reader.readexactly(int(fields.get(b"content-length", b"0")))
