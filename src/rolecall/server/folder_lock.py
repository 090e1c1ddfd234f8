"""Is a data folder served already? One server at a time keeps its state in a folder; a second one is told so.

The lock belongs to the process and ends with it, however that ends: nothing is left behind that anybody has to
clean up.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rolecall.errors import StartError

LOCK_FILE: Final = "lock"


@contextlib.contextmanager
def held(folder: Path) -> Iterator[int]:
    """Hold a folder; gives the file descriptor of the lock. Raises StartError when another process has it."""
    path = folder / LOCK_FILE
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise StartError(
            f"cannot write to {folder}: {problem.strerror}; name a folder of yours with --data"
        ) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(_served(folder, os.pread(handle, 32, 0).decode("ascii", "replace").strip())) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield handle
    finally:
        with contextlib.suppress(OSError):
            os.close(handle)


def _served(folder: Path, pid: str) -> str:
    who = f" (process {pid})" if pid else ""
    return (
        f"another rolecall{who} keeps its state in {folder}: end it first, or give this one a folder of its own "
        "(--data); for more processes on one folder start it once with --workers N"
    )
