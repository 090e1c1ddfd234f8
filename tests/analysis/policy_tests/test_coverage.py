"""What the cases touch: statements that match, conditions seen both ways."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.policy_tests.files import ENGINE, results
from rolecall.analysis.policy_tests.coverage import Coverage, coverage

POLICY = """{
 "Version": "2012-10-17",
 "Statement": [
  {"Sid": "One", "Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*",
   "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
  {"Sid": "Two", "Effect": "Deny", "Action": "sagemaker:ListEndpoints", "Resource": "*"}
 ]
}"""
WORLD = {"users": {"ann": {"policies": ["p.json"]}}}
HOLDS = {"principal": "user/ann", "action": "sagemaker:ListModels", "expect": "allow"}
FAILS = {**HOLDS, "region": "eu-west-1", "expect": "deny"}
DENIED = {"principal": "user/ann", "action": "sagemaker:ListEndpoints", "expect": "deny"}


def covered(*cases: dict[str, Any]) -> Coverage:
    library, found = results(WORLD, *cases, p=POLICY)
    return coverage(found, library.documents, ENGINE)


@pytest.mark.parametrize(
    ("cases", "percent", "untouched"),
    [
        ([HOLDS, FAILS, DENIED], 100, []),
        ([HOLDS, DENIED], 66, [("p.json:5", "never seen to fail")]),
        ([FAILS, DENIED], 33, [("p.json:4", "never matched"), ("p.json:5", "never seen to hold")]),
        (
            [DENIED],
            33,
            [("p.json:4", "never matched"), ("p.json:5", "never reached")],
        ),
        ([HOLDS, FAILS], 66, [("p.json:6", "never matched")]),
    ],
)
def test_what_is_untouched_is_named_with_its_line(
    cases: list[dict[str, Any]], percent: int, untouched: list[tuple[str, str]]
) -> None:
    found = covered(*cases)
    assert [(each.where, each.lack) for each in found.untouched] == untouched
    assert (found.percent, found.total) == (percent, 3)


def test_a_condition_that_fails_beside_another_element_is_not_reached() -> None:
    """The statement would not have matched in any case: it says nothing about the condition."""
    other = {"principal": "user/ann", "action": "s3:ListAllMyBuckets", "region": "eu-west-1", "expect": "deny"}
    found = covered(HOLDS, DENIED, other)
    assert [each.lack for each in found.untouched] == ["never seen to fail"]


def test_a_skipped_case_touches_nothing() -> None:
    assert len(covered({**HOLDS, "skip": "later"}).untouched) == 3


def test_only_questions_that_are_asked_touch() -> None:
    """The first denial ends a call: what its later permissions rest on is not touched."""
    policy = {
        "Version": "2012-10-17",
        "Statement": {"Sid": "Pass", "Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"},
    }
    world = {"users": {"ann": {"policies": ["p.json"]}}, "roles": {"E": {"trust": "sagemaker.amazonaws.com"}}}
    case = {
        "principal": "user/ann",
        "call": "sagemaker:CreateModel",
        "parameters": {"ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/E"},
        "expect": "deny",
    }
    library, found = results(world, case, p=policy)
    assert [each.lack for each in coverage(found, library.documents, ENGINE).untouched] == ["never matched"]


def test_what_nobody_wrote_does_not_count() -> None:
    world = {
        "roles": {
            "A": {"trust": "sagemaker.amazonaws.com", "policies": ["arn:aws:iam::aws:policy/ReadOnlyAccess"]}
        }
    }
    policy = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    case = {
        "principal": "role/A",
        "session": {"policy": policy},
        "action": "sagemaker:ListModels",
        "expect": "allow",
    }
    library, found = results(world, case)
    assert coverage(found, library.documents, ENGINE).total == 0


def test_less_than_all_is_never_told_as_100_percent() -> None:
    assert Coverage(1000, (covered(DENIED).untouched[0],)).percent == 99
