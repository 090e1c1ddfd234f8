"""Filter patterns of FilterLogEvents: words and phrases that a message must, may or must not have.

Patterns over JSON (`{ $.x = 1 }`) and over fields (`[a, b]`) are refused rather than guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from rolecall.services.logs.errors import refuse

TERM: Final = re.compile(r'\s*(?P<sign>[?-]?)(?:"(?P<phrase>(?:[^"\\]|\\.)*)"|(?P<word>[^\s"]+))')


def compiled(pattern: str) -> Callable[[str], bool]:
    """What says whether a message fits a pattern; an empty one fits all."""
    text = pattern.strip()
    if text[:1] in ("{", "["):
        raise refuse("bad pattern")
    needed: list[str] = []
    optional: list[str] = []
    forbidden: list[str] = []
    at = 0
    while at < len(text):
        found = TERM.match(text, at)
        if found is None:
            raise refuse("bad pattern")
        phrase = found["phrase"]
        term = found["word"] if phrase is None else re.sub(r"\\(.)", r"\1", phrase)
        {"": needed, "?": optional, "-": forbidden}[found["sign"]].append(term)
        at = found.end()

    def fits(message: str) -> bool:
        return (
            all(term in message for term in needed)
            # Beside needed terms, optional ones are of no account.
            and (bool(needed) or not optional or any(term in message for term in optional))
            and not any(term in message for term in forbidden)
        )

    return fits
