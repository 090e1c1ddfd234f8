"""Test data from botocore's source archive: the SigV4 suite and the protocol vectors (Apache-2.0, not in wheels).

The archive of the installed version is fetched once with pip and kept under `.cache`. Where it cannot be had, the
tests that need it are skipped by name.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tarfile
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

import botocore
import pytest

CACHE: Final = Path(__file__).parents[2] / ".cache" / "botocore"
ARCHIVE: Final = f"botocore-{botocore.__version__}"
FETCH_SECONDS: Final = 120


@cache
def unit_tests() -> Path | None:
    """The folder tests/unit of botocore's source, or None where it cannot be had."""
    folder = CACHE / ARCHIVE / "tests" / "unit"
    if folder.is_dir():
        return folder
    CACHE.mkdir(parents=True, exist_ok=True)
    archive = CACHE / f"{ARCHIVE}.tar.gz"
    if not archive.exists() and not _fetched():
        return None
    with tarfile.open(archive) as tar:
        wanted = (
            member
            for member in tar.getmembers()
            if member.name.startswith((f"{ARCHIVE}/tests/unit/auth/", f"{ARCHIVE}/tests/unit/protocols/"))
        )
        # Python 3.11.4 brought the filter; older ones ignore the attribute.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        with tempfile.TemporaryDirectory(dir=CACHE) as aside:
            tar.extractall(aside, members=wanted)
            # Whole or not at all: another test process may be looking.
            with contextlib.suppress(OSError):
                os.rename(Path(aside) / ARCHIVE, CACHE / ARCHIVE)
    return folder


def _fetched() -> bool:
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--retries", "1",
        "--no-deps", "--no-binary", ":all:", "--dest", str(CACHE), f"botocore=={botocore.__version__}",
    ]  # fmt: skip
    try:
        return subprocess.run(command, capture_output=True, timeout=FETCH_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def missing(what: str) -> list[object]:
    """The one parameter that stands for a whole suite which is not there."""
    reason = f"{what}: {ARCHIVE}.tar.gz cannot be had from the package index"
    return [pytest.param(None, id=f"{what} not there", marks=pytest.mark.skip(reason=reason))]
