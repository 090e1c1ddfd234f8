"""-k chooses cases by words of their names."""

from __future__ import annotations

import pytest

from rolecall.analysis.policy_tests.selection import chooser
from rolecall.errors import InputError

NAMES = ("small job", "large job", "small endpoint", "a job and an endpoint")


@pytest.mark.parametrize(
    ("expression", "chosen"),
    [
        ("job", [0, 1, 3]),
        ("JOB", [0, 1, 3]),
        ("small and job", [0]),
        ("small or large", [0, 1, 2]),
        ("not job", [2]),
        ("not (small or large)", [3]),
        ("small and not job or large", [1, 2]),
        ("small and (not job or large)", [2]),
        ('"job and"', [3]),
        ("not not job", [0, 1, 3]),
    ],
)
def test_words_and_or_not_and_parentheses(expression: str, chosen: list[int]) -> None:
    chooses = chooser(expression)
    assert [number for number, name in enumerate(NAMES) if chooses(name)] == chosen


@pytest.mark.parametrize("expression", ["", "and", "job and", "(job", "job)", "job endpoint", "not", '"job'])
def test_what_is_no_expression_is_refused(expression: str) -> None:
    with pytest.raises(InputError, match="-k"):
        chooser(expression)
