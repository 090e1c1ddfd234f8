"""Writes results into documents: each run has a section between two marks, the rest is by hand."""

from __future__ import annotations

import datetime
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.environment import ROOT

DOCUMENT: Final = ROOT / "docs" / "PERFORMANCE.md"
CONFORMANCE: Final = ROOT / "docs" / "CONFORMANCE.md"


def write_section(name: str, lines: Sequence[str], document: Path = DOCUMENT, by: str = "make bench") -> None:
    """Replace what stands between the marks of a section."""
    begin, end = f"<!-- {name}: written by {by} -->", f"<!-- end of {name} -->"
    text = document.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise SystemExit(f"{document} has no section {name!r}")
    where = f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}"
    made = f"One run of {datetime.date.today():%Y-%m-%d} on {where}."
    document.write_text("\n".join((f"{before}{begin}", made, "", *lines, f"{end}{after}")), encoding="utf-8")
