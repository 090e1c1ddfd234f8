"""Hear of what other gateways changed: PostgreSQL's LISTEN and NOTIFY, as a hint and never as more.

Every request reads the versions it rests on, so nothing is decided on what a hint did not say. A hint only lets a
gateway drop early what it remembers of principals; one that is late or lost costs nothing but memory.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import psycopg

from rolecall.store.scopes import is_principals_scope

CHANNEL: Final = "rolecall_versions"
RETRY_SECONDS: Final = 2.0
POLL_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


def tell(connection: psycopg.Connection[Any], scopes: Iterable[str]) -> None:
    """Inside a unit of work: others hear of it when it commits. Changes of resources alone are not told of."""
    for scope in scopes:
        if is_principals_scope(scope):
            connection.execute("SELECT pg_notify(%s, %s)", (f"{CHANNEL}", scope))


class Hints:
    """A thread with a connection of its own. listeners: called with the scope that moved."""

    def __init__(self, connect: Callable[[], psycopg.Connection[Any]]) -> None:
        self._connect = connect
        self.listeners: list[Callable[[str], None]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rolecall-store-hints", daemon=True)

    def listen(self, listener: Callable[[str], None]) -> None:
        self.listeners.append(listener)
        if not self._thread.is_alive():
            self._thread.start()

    def close(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}".encode())
                    while not self._over.is_set():
                        for notice in connection.notifies(timeout=POLL_SECONDS):
                            self._tell(notice.payload)
            except psycopg.Error as error:
                _log.debug("no hints for a while: %s", error)
                self._over.wait(RETRY_SECONDS)

    def _tell(self, scope: str) -> None:
        for listener in self.listeners:
            try:
                listener(scope)
            except Exception:
                _log.exception("a hint could not be used")
