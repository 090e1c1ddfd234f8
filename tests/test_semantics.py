"""Every "SEMANTICS 4.2" in the tree leads to a place in docs/SEMANTICS.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CITATION = re.compile(r"SEMANTICS ((?:\d+(?:\.\d+)?)(?:(?:, |-| and |–)\d+\.\d+)*)")


def places() -> set[str]:
    """Section numbers, and numbers of list entries inside sections that have no subsections."""
    found: set[str] = set()
    section = ""
    for line in (ROOT / "docs" / "SEMANTICS.md").read_text().splitlines():
        heading = re.match(r"#+ (\d+(?:\.\d+)?)\.? ", line)
        entry = re.match(r"(\d+)\. ", line)
        if heading:
            section = heading[1]
            found.add(section)
        elif entry and "." not in section:
            found.add(f"{section}.{entry[1]}")
    return found


def sources() -> list[Path]:
    return sorted(
        path
        for folder in ("src", "tests", "docs")
        for kind in ("*.py", "*.yaml", "*.md", "*.json")
        for path in (ROOT / folder).rglob(kind)
    )


def test_citations_resolve() -> None:
    known = places()
    lost = {
        f"{path.relative_to(ROOT)}: SEMANTICS {number}"
        for path in sources()
        for citation in CITATION.findall(path.read_text())
        for number in re.findall(r"\d+(?:\.\d+)?", citation)
        if number not in known
    }
    assert not lost


@pytest.mark.parametrize("number", ["1.4", "3.7", "4.2", "5.1", "7.3", "9.3", "10", "13"])
def test_the_numbering_stays(number: str) -> None:
    assert number in places()
