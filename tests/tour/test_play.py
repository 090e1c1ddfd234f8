"""The tour compares exactly: an answer that differs in one word is wrong."""

from __future__ import annotations

import pytest

from rolecall.tour.check import DENY_IDENTITY, NO_IDENTITY, NO_REASON, Allowed, Denied, Outcome, Refused
from rolecall.tour.play import difference
from rolecall.tour.stage import Answer

CALLER = "arn:aws:iam::123456789012:user/ana"
MODEL = "arn:aws:sagemaker:us-east-1:123456789012:model/m"
SENTENCE = (
    f"User: {CALLER} is not authorized to perform: sagemaker:DescribeModel on resource: {MODEL} "
    "because no identity-based policy allows the sagemaker:DescribeModel action"
)


def success(**members: object) -> Answer:
    return Answer(members=members, code=None, message="", request_id="r", decision=None)


def error(code: str, message: str) -> Answer:
    return Answer(members={}, code=code, message=message, request_id="r", decision=None)


def test_a_denial_reads_as_aws_words_it() -> None:
    assert Denied("sagemaker:DescribeModel", MODEL, NO_IDENTITY).message(CALLER) == SENTENCE


def test_a_denial_without_resource_and_reason_ends_after_the_action() -> None:
    assert Denied("sts:AssumeRole", "", NO_REASON).message(CALLER) == (
        f"User: {CALLER} is not authorized to perform: sts:AssumeRole"
    )


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (Allowed(), success()),
        (Allowed({"A.B": 1}), success(A={"B": 1})),
        (Denied("sagemaker:DescribeModel", MODEL, NO_IDENTITY), error("AccessDeniedException", SENTENCE)),
        (Refused("ValidationException", "no"), error("ValidationException", "no")),
    ],
)
def test_what_is_expected_is_right(expected: Outcome, answer: Answer) -> None:
    assert difference(expected, answer, "AccessDeniedException", CALLER) is None


@pytest.mark.parametrize(
    ("expected", "answer"),
    [
        (Allowed(), error("AccessDeniedException", SENTENCE)),
        (Allowed({"A.B": 1}), success(A={"B": 2})),
        (Allowed({"A.B": 1}), success()),
        (Denied("sagemaker:DescribeModel", MODEL, NO_IDENTITY), success()),
        (Denied("sagemaker:DescribeModel", MODEL, DENY_IDENTITY), error("AccessDeniedException", SENTENCE)),
        (Denied("sagemaker:DescribeModel", MODEL, NO_IDENTITY), error("AccessDenied", SENTENCE)),
        (Refused("ValidationException", "no"), error("ValidationException", "no.")),
        (Refused("ValidationException", "no"), success()),
    ],
)
def test_what_differs_is_wrong(expected: Outcome, answer: Answer) -> None:
    assert difference(expected, answer, "AccessDeniedException", CALLER) is not None
