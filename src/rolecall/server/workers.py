"""Several processes that answer at one address: what `rolecall up --workers N` starts and looks after.

The parent prepares the store and holds the listening socket; it answers nobody. Workers are forked from it, accept
on the same socket and share nothing else but the store. A worker that dies is started again; a parent that dies
takes its workers along, because they see its end of a pipe close.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import Any, Final

from msgspec import Struct

from rolecall.errors import RolecallError, StartError

START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
STEADY_SECONDS: Final = 30.0  # a worker that lived this long did not die of its start
SLOWEST_RESTART: Final = 5.0  # seconds between attempts at a worker that dies at once

_log = logging.getLogger(__name__)


class Place(Struct, frozen=True):
    """What a worker is told: which one it is, whom to tell that it answers, how to see that the parent is gone."""

    number: int
    ready: Callable[[], None]
    parent: int  # a file descriptor that reads as ended when the parent is gone


Work = Callable[[Place], None]


class _Worker(Struct):
    process: ForkProcess
    ready: Connection
    since: float


class Workers:
    """The parent's view: `with Workers(…) as workers: workers.start(); workers.watch()`.

    work: serves until SIGTERM. in_child: lets go in a worker of what only the parent shall hold.
    """

    def __init__(self, number: int, work: Work, in_child: Callable[[], None]) -> None:
        self._number = number
        self._work = work
        self._in_child = in_child
        self._context = multiprocessing.get_context("fork")
        self._parent_read, self._parent_write = os.pipe()
        self._asked_read, self._asked_write = socket.socketpair()
        self._asked_write.setblocking(False)
        self._workers: dict[int, _Worker] = {}
        self._before: dict[int, Any] = {}
        self._stopping = False
        self._delay = 0.0

    def __enter__(self) -> Workers:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._asked_to_stop)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._stop()
        finally:
            for number, handler in self._before.items():
                signal.signal(number, handler)
            os.close(self._parent_read)
            os.close(self._parent_write)
            self._asked_read.close()
            self._asked_write.close()

    def start(self) -> None:
        """Start all; comes back when every one answers. Raises StartError when one does not."""
        for number in range(self._number):
            self._start(number)
        for number, worker in self._workers.items():
            if not worker.ready.poll(START_SECONDS):
                raise StartError(f"worker {number} does not answer after {START_SECONDS:.0f} seconds")
            try:
                problem = worker.ready.recv()
            except EOFError:
                worker.process.join()
                problem = f"worker {number} ended at its start with {worker.process.exitcode}"
            if problem is not None:
                raise StartError(problem)

    def watch(self) -> None:
        """Look after the workers until SIGINT or SIGTERM."""
        while not self._stopping:
            sentinels: dict[Any, int] = {each.process.sentinel: n for n, each in self._workers.items()}
            for event in wait([*sentinels, self._asked_read]):
                if event in sentinels:
                    self._restart(sentinels[event])
                else:
                    self._stopping = True

    def _asked_to_stop(self, number: int, frame: object) -> None:
        with contextlib.suppress(OSError):
            self._asked_write.send(b"x")

    def _start(self, number: int) -> None:
        receiving, sending = self._context.Pipe(duplex=False)
        process = self._context.Process(target=self._child, args=(number, sending), name=f"worker-{number}")
        process.start()
        sending.close()
        self._workers[number] = _Worker(process, receiving, time.monotonic())

    def _restart(self, number: int) -> None:
        worker = self._workers.pop(number)
        worker.process.join()
        worker.ready.close()
        steady = time.monotonic() - worker.since > STEADY_SECONDS
        self._delay = 0.0 if steady else min(SLOWEST_RESTART, self._delay * 2 + 0.05)
        _log.error(
            "worker %d (process %s) ended with %s and is started again",
            number,
            worker.process.pid,
            worker.process.exitcode,
        )
        if wait([self._asked_read], self._delay):
            self._stopping = True
        else:
            self._start(number)

    def _stop(self) -> None:
        for worker in self._workers.values():
            worker.process.terminate()
        until = time.monotonic() + STOP_SECONDS
        for worker in self._workers.values():
            worker.process.join(max(0.0, until - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()

    # ---- in the worker
    def _child(self, number: int, sending: Connection) -> None:
        # Ctrl-C reaches the whole group: the parent alone says when it is over.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        os.close(self._parent_write)
        self._asked_read.close()
        self._asked_write.close()
        self._in_child()
        try:
            self._work(Place(number, lambda: sending.send(None), self._parent_read))
        except RolecallError as problem:
            with contextlib.suppress(OSError):
                sending.send(str(problem))
            os._exit(2)


def when_ended(parent: int, end: Callable[[], None]) -> None:
    """Call `end`, in a thread, when the other end of the pipe is closed."""

    def look() -> None:
        with contextlib.suppress(OSError):
            os.read(parent, 1)
        end()

    threading.Thread(target=look, name="rolecall-parent-watch", daemon=True).start()
