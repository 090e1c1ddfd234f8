"""Laws of wildcard patterns, held against plain matching of every short text."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.analysis.lint.patterns import covers, covers_arn, distance, opened, overlap, overlap_arn
from rolecall.policy.glob import matches

patterns = st.text(alphabet="ab*?", max_size=5)
TEXTS = ["".join(letters) for size in range(7) for letters in product("ab", repeat=size)]


@given(one=patterns, other=patterns)
def test_two_patterns_overlap_exactly_when_some_text_matches_both(one: str, other: str) -> None:
    common = any(matches(one, text) and matches(other, text) for text in TEXTS)
    assert overlap(one, other) is common or len(one) + len(other) > 6
    if common:
        assert overlap(one, other)


@given(wide=patterns, narrow=patterns)
def test_a_pattern_that_covers_another_matches_whatever_that_matches(wide: str, narrow: str) -> None:
    if covers(wide, narrow):
        assert all(matches(wide, text) for text in TEXTS if matches(narrow, text))


@given(pattern=patterns)
def test_every_pattern_covers_and_overlaps_itself(pattern: str) -> None:
    assert covers(pattern, pattern)
    assert overlap(pattern, pattern)


@given(one=patterns, other=patterns)
def test_overlap_does_not_mind_the_order(one: str, other: str) -> None:
    assert overlap(one, other) is overlap(other, one)


@pytest.mark.parametrize(
    ("wide", "narrow", "wanted"),
    [
        ("*", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/*", "*", False),
        ("arn:aws:s3:::b*", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b/?", "arn:aws:s3:::b/*", False),
        # A star does not reach over a colon between the parts.
        ("arn:aws:*:role/x", "arn:aws:iam::111122223333:role/x", False),
        ("arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:role/x", True),
    ],
)
def test_arns_are_covered_part_by_part(wide: str, narrow: str, wanted: bool) -> None:
    assert covers_arn(wide, narrow) is wanted


@pytest.mark.parametrize(
    ("pattern", "template", "wanted"),
    [
        (
            "arn:aws:sagemaker:*:*:model/*",
            "arn:${Partition}:sagemaker:${Region}:${Account}:model/${ModelName}",
            True,
        ),
        ("arn:aws:sagemaker:*:*:models/*", "arn:${Partition}:sagemaker:${Region}:${Account}:model/${Name}", False),
        ("arn:aws:sagemaker:*", "arn:${Partition}:sagemaker:${Region}:${Account}:model/${Name}", True),
        (
            "arn:aws:sagemaker:*:*:${aws:username}/*",
            "arn:${Partition}:sagemaker:${Region}:${Account}:app/${A}",
            True,
        ),
        ("arn:aws:SageMaker:*:*:model/*", "arn:${Partition}:sagemaker:${Region}:${Account}:model/${Name}", True),
        ("arn:aws:sagemaker:*:*:Model/*", "arn:${Partition}:sagemaker:${Region}:${Account}:model/${Name}", False),
    ],
)
def test_entry_fits_a_type_when_an_arn_of_it_can_match(pattern: str, template: str, wanted: bool) -> None:
    assert overlap_arn(pattern, template) is wanted


def test_variables_stand_for_anything_but_escaped_wildcards_do_not() -> None:
    assert opened("model/${aws:username}-*") == "model/*-*"
    assert opened("model/${*}") == "model/*"


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [("", "", 0), ("model", "model", 0), ("modle", "model", 1), ("modl", "model", 1), ("abc", "xyz", 3)],
)
def test_distance_counts_letters_changed_added_dropped_or_swapped(one: str, other: str, wanted: int) -> None:
    assert distance(one, other) == wanted
