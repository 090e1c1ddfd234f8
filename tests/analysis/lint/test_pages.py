"""The pages of docs/findings are what the table and the examples say."""

from __future__ import annotations

from pathlib import Path

from rolecall.analysis.lint import CODES
from rolecall.analysis.lint.pages import index, page

FOLDER = Path(__file__).parents[3] / "docs" / "findings"


def test_every_code_has_its_page_and_every_page_a_code() -> None:
    assert {path.stem for path in FOLDER.glob("*.md")} == {*CODES, "README"}


def test_pages_are_up_to_date() -> None:
    """`python docs/findings/write.py` writes them."""
    from analysis.lint.conftest import examples

    found = examples()
    stale = [
        name
        for name, row in CODES.items()
        if (FOLDER / f"{name}.md").read_text(encoding="utf-8") != page(row, found)
    ]
    assert stale == []
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == index()


def test_every_page_shows_an_example_and_its_repair() -> None:
    lacking = [
        path.stem
        for path in FOLDER.glob("*.md")
        if path.stem in CODES
        and not all(part in path.read_text(encoding="utf-8") for part in ("## Example", "## Repaired", "```"))
    ]
    assert lacking == []
