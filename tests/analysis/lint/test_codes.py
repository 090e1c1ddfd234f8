"""The table of codes against the numbers that AWS's page has, and its own form."""

from __future__ import annotations

import re

import pytest

from rolecall.analysis.lint import CODES
from rolecall.policy.findings import Severity

AWS = [row for row in CODES.values() if row.aws]
OURS = [row for row in CODES.values() if not row.aws]


@pytest.mark.parametrize(
    ("severity", "count"),
    [
        (Severity.ERROR, 79),
        (Severity.SECURITY_WARNING, 19),
        (Severity.WARNING, 26),
        (Severity.SUGGESTION, 29),
    ],
)
def test_every_check_of_access_analyzer_is_in_the_table(severity: Severity, count: int) -> None:
    """IAM User Guide, "IAM policy validation check reference", edition of 2026: 153 checks."""
    assert sum(row.severity is severity for row in AWS) == count


def test_retired_checks_are_gone() -> None:
    gone = ("ALLOW_CONDITION", "ALLOW_NOTACTION", "ALLOW_RESOURCE", "NOTRESOURCE")
    assert not {f"SCP_SYNTAX_ERROR_{name}" for name in gone} & CODES.keys()


def test_there_are_fifty_rules_of_our_own_besides_those_about_suppressions() -> None:
    assert len([row for row in OURS if not row.name.startswith("RC9")]) == 50


@pytest.mark.parametrize("row", CODES.values(), ids=CODES)
def test_message_fills_all_its_places(row) -> None:  # type: ignore[no-untyped-def]
    for wording, template in enumerate((row.message, *row.others)):
        names = re.findall(r"\{\{\{?([^{}]+)\}\}", template)
        text = row.text(dict.fromkeys(names, "X"), wording)
        assert "{{" not in text.replace("{{{", "")
