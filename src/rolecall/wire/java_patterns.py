"""The models' patterns are Java's regular expressions; this compiles them for Python's `re`.

Both agree on most of the syntax. Translated are: property classes (`\\p{L}`), `\\z`, surrogate pairs, the meaning
of the dot (Java's stops at every line terminator), and patterns that could take exponential time. `\\w`, `\\d`
and `\\s` are ASCII in Java. A construct that Python would read otherwise is refused: a test walks all models.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

_DOT: Final = "[^\\n\\r\\x85\\u2028\\u2029]"
_PROPERTIES: Final = {"Alnum": "a-zA-Z0-9", "Print": "\\x20-\\x7e", "ASCII": "\\x00-\\x7f"}

# Stars inside of repetitions: the same language, in linear time. (The last one's limit of 1016 groups is left out:
# no text within the length that goes with the pattern has more.)
_REWRITTEN: Final = {
    r".*(?:[ \r\n\t].*)*": "[^\\x85\\u2028\\u2029]*",
    r".*(?:[ \r\n\t].*)*.*": "[^\\x85\\u2028\\u2029]*",
    r"[a-z0-9]([-a-z0-9]*[a-z0-9]){0,39}?": r"[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    r"https://([.\-_a-zA-Z0-9]+/?){3,1016}": r"https://([.\-_a-zA-Z0-9]/?){3,}",
}

_TOKEN: Final = re.compile(
    r"\\p\{(?P<property>\w+)\}"
    r"|\\u(?P<high>[Dd][89ABab][0-9A-Fa-f]{2})\\u(?P<low>[Dd][C-Fc-f][0-9A-Fa-f]{2})"
    r"|(?P<end>\\z)"
    r"|(?P<unknown>\\[PQEGXRhHvVkNcxX](?!\w{2})|\(\?<[a-zA-Z]|&&)"
    r"|(?P<anchor>\$\{\d+(?:,\d*)?\})"
    r"|(?P<hyphen>(?<=\\[wds])-)"
    r"|(?P<escape>\\.)"
    r"|(?P<character>.)",
    re.DOTALL,
)


@cache
def full_match(pattern: str) -> Callable[[str], object]:
    """A function that says whether a whole text matches a pattern of the model."""
    return re.compile(translate(pattern), re.ASCII).fullmatch


def translate(pattern: str) -> str:
    """The same pattern in Python's syntax."""
    if pattern in _REWRITTEN:
        return _REWRITTEN[pattern]
    made: list[str] = []
    in_class = False
    for token in _TOKEN.finditer(pattern):
        character = token["character"]
        if token["unknown"] or (in_class and character == "["):
            raise ValueError(f"not translated: {token[0]} in the pattern {pattern}")
        if token["property"]:
            members = _property(token["property"])
            made.append(members if in_class else f"[{members}]")
        elif token["high"]:
            pair = bytes.fromhex(token["high"] + token["low"]).decode("utf-16-be")
            made.append(f"\\U{ord(pair):08x}")
        elif token["end"]:
            made.append("\\Z")
        elif token["anchor"]:
            made.append("$")  # "the end, 1 to 128 times" is the end
        elif token["hyphen"]:
            made.append("\\-")  # after a set of characters no range can follow: Java reads the hyphen as itself
        elif character == "." and not in_class:
            made.append(_DOT)
        else:
            if character == "[":
                in_class = True
            elif character == "]":
                in_class = False
            made.append(token[0])
    return "".join(made)


def _property(name: str) -> str:
    return _PROPERTIES.get(name) or _category(name)


@cache
def _category(name: str) -> str:
    """The ranges of a Unicode general category, such as L or Lu, for use inside a character class."""
    ranges: list[tuple[int, int]] = []
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)).startswith(name):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1] = (ranges[-1][0], code)
            else:
                ranges.append((code, code))
    if not ranges:
        raise ValueError(f"unknown property: {name}")
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
