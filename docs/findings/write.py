"""Write the pages of this folder from the table of findings and its examples: `python docs/findings/write.py`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.example import FILES, decode
from rolecall.analysis.lint.pages import index, page

FOLDER = Path(__file__).parent


def pages() -> dict[str, str]:
    """File name -> text."""
    held = files("rolecall.analysis.lint") / "examples"
    examples = decode((held / name).read_bytes() for name in FILES)
    return {"README.md": index(), **{f"{name}.md": page(row, examples) for name, row in CODES.items()}}


if __name__ == "__main__":
    written = pages()
    for old in FOLDER.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
