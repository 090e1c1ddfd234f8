"""The tour is readable at 80 columns and counts in its last line."""

from __future__ import annotations

import pytest

from rolecall.tour.check import NO_IDENTITY, Check, Denied, Section, sagemaker_arn
from rolecall.tour.page import page
from rolecall.tour.play import Result
from rolecall.tour.sections import SECTIONS
from rolecall.tour.show import heading, last_line, listed, statements, told
from rolecall.tour.stage import Answer

DENIAL = Denied("sagemaker:CreateTrainingJob", sagemaker_arn(f"training-job/{'x' * 20}"), NO_IDENTITY)
CALLER = "arn:aws:sts::123456789012:assumed-role/Role/tour"
ALL = [
    pytest.param(section, check, id=f"{section.name}-{check.title}")
    for section in SECTIONS
    for check in section.checks
]


def result(section: Section, check: Check, wrong: str | None = None) -> Result:
    answer = Answer(members={}, code="AccessDenied", message=DENIAL.message(CALLER), request_id="r", decision=None)
    return Result(1, section, check, answer, CALLER, wrong)


def too_wide(line: str) -> bool:
    # A single word such as an ARN is never broken: it must stay copyable.
    return len(line) > 80 and len(line.split()) > 2


@pytest.mark.parametrize(("section", "check"), ALL)
def test_every_check_fits_in_eighty_columns(section: Section, check: Check) -> None:
    assert not [line for line in told(result(section, check)) if too_wide(line)]


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_headings_fit_in_eighty_columns(section: Section) -> None:
    assert not [line for line in heading(section, 1, 140) if len(line) > 80]


def test_a_wrong_check_is_marked_and_says_what_differs() -> None:
    section = SECTIONS[0]
    lines = list(told(result(section, section.checks[0], "expected one thing, got another")))
    assert lines[0].endswith(" WRONG")
    assert any("expected one thing, got another" in line for line in lines)


def test_the_list_counts_all_checks() -> None:
    total = sum(len(section.checks) for section in SECTIONS)
    assert list(listed(SECTIONS))[-1] == f"{total} checks"


def test_the_last_line_counts_what_is_wrong() -> None:
    assert last_line(3, 0, 1.0).startswith("3 checks, all right")
    assert last_line(3, 2, 1.0).startswith("5 checks, 2 wrong")


def test_a_statement_reads_as_a_sentence() -> None:
    document = {
        "Statement": [
            {
                "Effect": "Deny",
                "NotAction": ["sagemaker:List*", "sagemaker:Describe*"],
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:RequestTag/team": ["a", "b"]}},
            }
        ]
    }
    assert list(statements(document)) == [
        "Deny all but sagemaker:List*, sagemaker:Describe* when StringEquals aws:RequestTag/team a or b"
    ]


def test_the_page_shows_each_check_and_escapes_what_it_shows() -> None:
    section = SECTIONS[0]
    text = page([result(section, check, wrong="<got>") for check in section.checks], 1.0)
    assert text.count("<summary>1. ") == len(section.checks)
    assert "&lt;got&gt;" in text
    assert "<got>" not in text
