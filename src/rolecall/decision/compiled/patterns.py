"""Patterns of `*` and `?` as tests on a text: equality, prefix, or a regular expression that never goes back.

SEMANTICS 2 and 3, `policy.glob`. A run between two stars is found at its leftmost place and kept there (an atomic
group), so that a storm of stars costs no more than pattern times text. Patterns too long for a regular expression
stay with `policy.glob`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from rolecall.policy.glob import Fragment, compile_fragments

Test = Callable[[str], object]

# Compiling a regular expression costs about a microsecond a character.
LONGEST: Final = 2_000

_PIECES: Final = re.compile(r"\*+|\?+|[^*?]+")

ANYTHING: Final = "."
INSIDE_A_PART: Final = "[^:]"


def runs_of(fragments: Iterable[Fragment], one: str = ANYTHING) -> list[str]:
    """The regular expressions of the runs between the stars; `one` is what `?` stands for."""
    runs = [""]
    for fragment in fragments:
        if not fragment.live:
            runs[-1] += re.escape(fragment.text)
            continue
        for piece in _PIECES.findall(fragment.text):
            if piece[0] == "*":
                runs.append("")
            elif piece[0] == "?":
                runs[-1] += one * len(piece)
            else:
                runs[-1] += re.escape(piece)
    return runs


def expression(fragments: Iterable[Fragment], one: str = ANYTHING) -> str:
    """The regular expression of a pattern that must cover its text or part whole; the end is the caller's."""
    runs = runs_of(fragments, one)
    if len(runs) == 1:
        return runs[0]
    middle = "".join(f"(?>{one}*?{run})" for run in runs[1:-1] if run)
    return f"{runs[0]}{middle}{one}*{runs[-1]}"


def literal(fragments: Sequence[Fragment]) -> str | None:
    """The only text that matches, None when there is more than one."""
    if any(fragment.live and ("*" in fragment.text or "?" in fragment.text) for fragment in fragments):
        return None
    return "".join(fragment.text for fragment in fragments)


def prefix(fragments: Sequence[Fragment]) -> str | None:
    """What every match begins with, if nothing else is asked of it."""
    if not fragments or not fragments[-1].live or not fragments[-1].text.endswith("*"):
        return None
    return literal((*fragments[:-1], Fragment(fragments[-1].text.rstrip("*"))))


def whole(alternatives: Sequence[str]) -> Test:
    """A test whether a text is covered by one of several regular expressions."""
    return re.compile("|".join(alternatives), re.DOTALL).fullmatch


def test_of(patterns: Sequence[Sequence[Fragment]]) -> Test:
    """A test whether a text matches one of the patterns."""
    equal: set[str] = set()
    begins: list[str] = []
    others: list[str] = []
    long: list[Test] = []
    for fragments in patterns:
        only = literal(fragments)
        beginning = prefix(fragments)
        if only is not None:
            equal.add(only)
        elif beginning is not None:
            begins.append(beginning)
        elif sum(len(fragment.text) for fragment in fragments) > LONGEST:
            long.append(compile_fragments(fragments).matches)
        else:
            others.append(expression(fragments))
    tests = [
        *([equal.__contains__] if equal else ()),
        *([_begins(tuple(begins))] if begins else ()),
        *([whole(others)] if others else ()),
        *long,
    ]
    return tests[0] if len(tests) == 1 else lambda text: any(test(text) for test in tests)


def _begins(beginnings: tuple[str, ...]) -> Test:
    if "" in beginnings:
        return lambda _: True
    return lambda text: text.startswith(beginnings)
