"""Suppressions hide what they name, until their day, and are findings themselves when they are of no use."""

from __future__ import annotations

from datetime import date

import pytest

from rolecall.analysis.lint import Finding
from rolecall.analysis.lint.suppressions import Sorted, Suppression, sort
from rolecall.policy.findings import Severity

TODAY = date(2026, 11, 23)
FOUND = Finding("INVALID_ACTION", Severity.ERROR, "x", ("Statement", 0, "Action", 1), also=("RC601",), named=False)


def run(*suppressions: Suppression, whole: bool = False) -> Sorted:
    return sort({"policies/ds.json": (FOUND,)}, suppressions, TODAY, whole)


@pytest.mark.parametrize(
    "suppression",
    [
        Suppression(("INVALID_ACTION",), "new action"),
        Suppression(("RC601",), "by its other code"),
        Suppression(("RC101", "RC601"), "one of several"),
        Suppression(("RC601",), "by file", file="policies/*.json"),
        Suppression(("RC601",), "by path", path="Statement[0].Action*"),
        Suppression(("RC601",), "its last day", expires=TODAY),
    ],
    ids=lambda each: each.reason,
)
def test_finding_is_hidden_and_counted(suppression: Suppression) -> None:
    done = run(suppression)
    assert done.shown == {"policies/ds.json": ()}
    assert [(each.file, each.suppression) for each in done.hidden] == [("policies/ds.json", suppression)]
    assert done.about == ()


@pytest.mark.parametrize(
    "suppression",
    [
        Suppression(("RC101",), "another code"),
        Suppression(("RC601",), "another file", file="scps/*"),
        Suppression(("RC601",), "another path", path="Statement[1]*"),
    ],
    ids=lambda each: each.reason,
)
def test_finding_that_is_not_meant_stays(suppression: Suppression) -> None:
    assert run(suppression).shown == {"policies/ds.json": (FOUND,)}


def test_expired_suppression_hides_nothing_and_is_a_finding() -> None:
    done = run(Suppression(("RC601",), "soon", expires=date(2026, 11, 22)))
    assert done.shown == {"policies/ds.json": (FOUND,)}
    assert [(each.code, "2026-11-22" in each.message) for each in done.about] == [("RC901", True)]


def test_suppression_that_hides_nothing_is_a_finding() -> None:
    assert [each.code for each in run(Suppression(("RC401",), "reviewed")).about] == ["RC902"]


@pytest.mark.parametrize(
    ("suppression", "whole"),
    [
        (Suppression(("RC401",), "its file was not looked at", file="scps/*"), False),
        (Suppression(("RC201",), "its rule was not asked"), False),
    ],
    ids=lambda each: getattr(each, "reason", str(each)),
)
def test_suppression_of_what_was_not_looked_at_is_no_finding(suppression: Suppression, whole: bool) -> None:
    assert run(suppression, whole=whole).about == ()


def test_suppression_of_a_rule_over_all_policies_counts_once_it_was_asked() -> None:
    assert [each.code for each in run(Suppression(("RC201",), "x"), whole=True).about] == ["RC902"]
