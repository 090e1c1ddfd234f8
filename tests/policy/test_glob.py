"""Globs: the table of cases, agreement with Python's own, and no storm."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from rolecall.policy.glob import Fragment, compile_fragments, matches

CASES = Path(__file__).parents[1] / "cases" / "glob"


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    pattern: str
    text: str
    matches: bool


def test_cases() -> None:
    for case in msgspec.yaml.decode((CASES / "glob.yaml").read_bytes(), type=list[Case]):
        assert matches(case.pattern, case.text) is case.matches, case.name


letters = st.text("ab?*/:", max_size=14)


@given(letters, st.text("ab?*/:\n", max_size=14))
def test_agrees_with_re(pattern: str, text: str) -> None:
    spelled = "".join({"*": ".*", "?": "."}.get(each) or re.escape(each) for each in pattern)
    assert matches(pattern, text) is (re.fullmatch(spelled, text, re.DOTALL) is not None)


@given(st.lists(st.tuples(st.text("ab*?", max_size=4), st.booleans()), max_size=5), st.text("ab*?", max_size=10))
def test_fragments_agree_with_re(pieces: list[tuple[str, bool]], text: str) -> None:
    """Wildcards of text that was put in are plain characters."""
    spelled = "".join(
        ({"*": ".*", "?": "."}.get(each) if live else None) or re.escape(each)
        for piece, live in pieces
        for each in piece
    )
    glob = compile_fragments(Fragment(piece, live) for piece, live in pieces)
    assert glob.matches(text) is (re.fullmatch(spelled, text, re.DOTALL) is not None)


@given(st.text("abc", max_size=20))
def test_a_text_matches_itself_and_the_star(text: str) -> None:
    assert matches(text, text)
    assert matches("*", text)


def test_a_storm_of_stars_ends() -> None:
    """Recursion on both branches would not end before the sun does; this is over at once."""
    assert not matches("*a" * 50_000 + "b", "a" * 50_000)
    assert not matches("*a" * 20_000 + "*b", "a" * 100_000)
    assert matches("*?" * 20_000, "a" * 20_000)
    assert matches("*" * 100_000, "")
    assert not matches("*" + "a?" * 3_000 + "b*", "a" * 100_000)
