"""Let wrk send signed requests, and read what it measured."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from benchmarks.server.requests import Signed, script

UNITS: Final = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


class Measured(Struct, frozen=True):
    """Requests a second, milliseconds, and the answers that were no success."""

    rate: float
    p50: float
    p99: float
    failed: int
    first_failure: str = ""


def measure(address: str, requests: Sequence[Signed], seconds: float, connections: int = 4) -> Measured:
    """Send the requests, again and again, over some connections that each wait for their answers."""
    with tempfile.TemporaryDirectory() as folder:
        lua = Path(folder) / "requests.lua"
        script(requests, lua)
        told = subprocess.run(
            [
                "wrk",
                "-t1",
                f"-c{connections}",
                f"-d{seconds:g}s",
                "--latency",
                "--timeout",
                "30s",
                "-s",
                lua,
                address,
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    first = re.search(r"FIRST (.*)", told)
    return Measured(
        rate=float(_found(r"Requests/sec:\s+([\d.]+)", told)),
        p50=_milliseconds(_found(r"\n +50%\s+(\S+)", told)),
        p99=_milliseconds(_found(r"\n +99%\s+(\S+)", told)),
        failed=int(bad.group(1)) if bad else 0,
        first_failure=first.group(1) if first else "",
    )


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f"wrk said nothing of {pattern}:\n{text}")
    return found.group(1)


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)([a-z]+)", text).groups()  # type: ignore[union-attr]
    return float(number) * UNITS[unit]
