"""Where bytes of objects lie: a folder of files under random ids, `aa/bb/<id>`.

A file is written under a temporary name, synced, and renamed when it is whole; rows name only whole ones. Each id
belongs to one row, so that a file goes when its row does. What no row names (a crash between the two) is swept.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

PIECE: Final = 1024 * 1024
INCOMING: Final = "incoming"


class Writing:
    """A blob that is being written. `finish` or `discard` ends it."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self.id = secrets.token_hex(16)
        self._path = blobs.folder / INCOMING / self.id
        self._file = self._path.open("xb")

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def finish(self) -> str:
        """Make it whole and lasting; gives its id."""
        self._file.flush()
        if self._blobs.lasting:
            os.fsync(self._file.fileno())
        self._file.close()
        self._blobs.settle(self._path, self.id)
        return self.id

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


class Blobs:
    """The files of one server, or of several that share a folder. folder None: one that ends with the process."""

    def __init__(self, folder: Path | None) -> None:
        self.lasting = folder is not None
        self._temporary = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix="rolecall-blobs-"))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / INCOMING).mkdir(mode=0o700, exist_ok=True)

    def new(self) -> Writing:
        return Writing(self)

    def open(self, id: str) -> BinaryIO:
        """The bytes of a blob; raises FileNotFoundError."""
        return self._path(id).open("rb")

    def share(self, id: str) -> str:
        """Another blob with the same bytes, without a second copy where the file system can."""
        made = secrets.token_hex(16)
        incoming = self.folder / INCOMING / made
        try:
            os.link(self._path(id), incoming)
        except OSError:
            shutil.copyfile(self._path(id), incoming)
        self.settle(incoming, made)
        return made

    def remove(self, id: str) -> None:
        self._path(id).unlink(missing_ok=True)

    def sweep(self, used: Callable[[str], bool], older_than: float) -> int:
        """Remove what nothing uses and nobody has touched for some seconds; says how many files went."""
        before, gone = time.time() - older_than, 0
        for path in self._all():
            try:
                stale = path.stat().st_mtime <= before
            except FileNotFoundError:
                continue
            if stale and (path.parent.name == INCOMING or not used(path.name)):
                path.unlink(missing_ok=True)
                gone += 1
        return gone

    def clear(self) -> None:
        """Remove everything."""
        for path in self._all():
            path.unlink(missing_ok=True)

    def close(self) -> None:
        if self._temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def settle(self, incoming: Path, id: str) -> None:
        """Give a whole file its place."""
        place = self._path(id)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        incoming.rename(place)
        if self.lasting:
            descriptor = os.open(place.parent, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _path(self, id: str) -> Path:
        return self.folder / id[:2] / id[2:4] / id

    def _all(self) -> Iterator[Path]:
        for root, _, files in os.walk(self.folder):
            for name in files:
                yield Path(root) / name
