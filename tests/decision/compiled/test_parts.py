"""The parts that the compiled evaluator has of its own, each against the reference's."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from rolecall.decision.compiled.actions import ActionPatterns
from rolecall.decision.compiled.arns import fold_head
from rolecall.decision.compiled.caches import Generations
from rolecall.decision.compiled.patterns import test_of as text_test
from rolecall.decision.compiled.templates import matcher
from rolecall.decision.reference.actions import action_matches
from rolecall.decision.request import Context
from rolecall.policy.arn import split_arn
from rolecall.policy.glob import Fragment, compile_fragments, matches
from rolecall.policy.variables import parse_template, resolve

few_letters = st.text(alphabet="ab*?:\n", max_size=12)
plain = st.text(alphabet="ab:\n", max_size=16)
fragments = st.lists(st.builds(Fragment, few_letters, st.booleans()), min_size=1, max_size=3)


@given(patterns=st.lists(fragments, min_size=1, max_size=3), text=few_letters)
def test_patterns_match_as_globs(patterns: list[list[Fragment]], text: str) -> None:
    wanted = any(compile_fragments(pattern).matches(text) for pattern in patterns)
    assert bool(text_test(patterns)(text)) is wanted


@given(pattern=st.text(alphabet="ab*?${}u,' ", max_size=14), value=few_letters, text=few_letters)
def test_templates_match_as_globs_filled_in(pattern: str, value: str, text: str) -> None:
    template = parse_template(pattern.replace("u", "${u}"))
    context = Context({"u": value})
    filled = resolve(template, context).fragments
    wanted = filled is not None and compile_fragments(filled).matches(text)
    assert matcher(template)(context, text) is wanted


@given(
    patterns=st.lists(st.text(alphabet="sS3:*?gGx", max_size=8), max_size=4),
    action=st.text(alphabet="sS3:gGx", max_size=8),
)
def test_actions_match_as_in_the_reference(patterns: list[str], action: str) -> None:
    lower = action.lower()
    asked = lower if ":" in lower else f"{lower}:"
    assert ActionPatterns(patterns).match(asked) is any(action_matches(each, action) for each in patterns)


@given(arn=st.lists(st.text(alphabet="aA\u03a3\u0130:z", max_size=4), max_size=8).map(":".join))
def test_heads_are_folded_part_by_part(arn: str) -> None:
    parts = split_arn(f"arn:{arn}")
    if parts is not None:
        assert fold_head(f"arn:{arn}") == ":".join((*(part.lower() for part in parts[:4]), *parts[4:]))


def test_lower_case_texts_are_what_lower_leaves() -> None:
    """`arn == arn.lower()` tells that no part of an ARN would change if it were lowered alone."""
    for number in range(sys.maxunicode + 1):
        character = chr(number)
        if character.lower() == character:
            assert f"a{character}:".lower() == f"a{character}:"


def test_a_storm_of_stars_ends() -> None:
    text = "a" * 20_000
    for pattern in ("a*" * 60 + "b", "*a?" * 60 + "b", "?*" * 200 + "b"):
        assert not text_test([[Fragment(pattern)]])(text)
        assert not matches(pattern, text)
        assert not matcher(parse_template(pattern + "${u}"))(Context({"u": "b"}), text)


def test_caches_are_bounded_and_keep_what_is_used() -> None:
    cache: Generations[int, str] = Generations(10)
    for number in range(1_000):
        cache.get_or_make(number, lambda: "made")
        assert cache.get_or_make(-1, lambda: "first") == "first"
        assert len(cache) <= 12
    assert cache.get(0) is None
