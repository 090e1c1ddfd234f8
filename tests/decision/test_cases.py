"""Single decisions as data: every case of tests/cases in the decision format, through the neutral request."""

from __future__ import annotations

import json
from typing import Any, cast

import msgspec
import pytest

from case_files import DecisionCase, decision_cases, neutral
from rolecall import catalog
from rolecall.decision.neutral import read_request
from rolecall.decision.neutral_answer import answer
from rolecall.decision.profile import Profile

TOPICS = (
    "traps",
    "evaluation",
    "cross-account",
    "organizations",
    "sessions",
    "trust",
    "principals",
    "messages",
    "open-points",
    "unknown-keys",
    "profiles",
)


def decided(case: DecisionCase) -> dict[str, Any]:
    asked = read_request(json.dumps(neutral(case)), catalog.load().multivalued)
    return answer(asked, profile=cast(Profile, case.profile))


@pytest.mark.parametrize("topic", TOPICS)
def test_cases_are_decided_as_aws_decides_them(topic: str, subtests: pytest.Subtests) -> None:
    for case in decision_cases(topic):
        with subtests.test(case.name):
            said = decided(case)
            assert said["decision"] == case.want
            if case.by is None:
                assert said["by"] is None
            elif not isinstance(case.by, msgspec.UnsetType):
                found = said["by"]
                assert {name: found[name] for name in case.by} == case.by
            if case.message is not None:
                assert said["message"] == case.message
            if case.depends_on:
                assert said["depends_on"] == case.depends_on


def test_names_of_cases_are_unique() -> None:
    names = [case.name for topic in TOPICS for case in decision_cases(topic)]
    assert len(names) == len(set(names))


def test_all_decision_traps_are_there() -> None:
    """The traps that give a request and a decision: sections B to I, and GetCallerIdentity."""
    numbers = sorted(case.trap for case in decision_cases("traps") if case.trap is not None)
    elsewhere = {24, 90, 104, 105}  # list actions' resources, recreated roles, tags on create, session tags
    assert numbers == [*(n for n in range(18, 104) if n not in elsewhere), 106]
