"""What cases come to, and which reasons their decisions have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from analysis.policy_tests.files import ENGINE, library_of, run_all
from rolecall.analysis.policy_tests.reading import read_tests
from rolecall.analysis.policy_tests.telling import Teller

HERE = Path(__file__).parent
WORLD = (HERE / "world.yaml").read_text("utf-8")


class Decided(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    case: dict[str, Any]
    got: str
    reasons: list[str]
    not_reasons: list[str]


DECIDED = msgspec.yaml.decode(
    (HERE.parents[1] / "cases" / "policy_tests" / "decided.yaml").read_bytes(), type=list[Decided]
)


@pytest.mark.parametrize("case", DECIDED, ids=lambda case: case.name)
def test_a_case_is_decided_for_its_reasons(case: Decided) -> None:
    """Each reason passes as `because`; what is no reason does not, though the decision is as expected."""
    variants = [
        ("", None),
        *((word, True) for word in case.reasons),
        *((word, False) for word in case.not_reasons),
    ]
    cases = [
        {"name": f"{word} {holds}", **case.case, "expect": case.got, **({"because": word} if word else {})}
        for word, holds in variants
    ]
    library = library_of({"w.yaml": WORLD, "t.json": {"world": "w.yaml", "cases": cases}})
    results = run_all(library, read_tests(library, "t.json"))
    assert [(each.case.name, each.passed) for each in results] == [
        (f"{word} {holds}", holds is not False) for word, holds in variants
    ]


@pytest.mark.parametrize("case", DECIDED, ids=lambda case: case.name)
def test_a_wrong_expectation_fails_and_can_be_told(case: Decided) -> None:
    other = {"allow": "deny", "deny": "allow"}[case.got]
    cases = [{"name": "wrong", **case.case, "expect": other}]
    library = library_of({"w.yaml": WORLD, "t.json": {"world": "w.yaml", "cases": cases}})
    (result,) = run_all(library, read_tests(library, "t.json"))
    assert not result.passed
    teller = Teller(library.documents, ENGINE)
    assert teller.headline(result) == f"expected {other}, got {case.got}"
    told = list(teller.lines(result))
    assert all(len(line) <= 100 or " " not in line.strip() for line in told), told


def test_a_failure_names_the_line_the_wanted_and_the_seen() -> None:
    policy = """{
 "Version": "2012-10-17",
 "Statement": [
  {"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"},
  {"Sid": "Small", "Effect": "Allow", "Action": "sagemaker:CreateTrainingJob", "Resource": "*",
   "Condition": {"StringEquals": {"aws:RequestTag/team": "fraud"}}}
 ]
}"""
    cases = [
        {
            "name": "a",
            "principal": "user/ann",
            "action": "sagemaker:CreateTrainingJob",
            "resource": "training-job/x",
            "context": {"aws:RequestTag/team": "ads"},
            "expect": "allow",
        }
    ]
    world = {"users": {"ann": {"policies": ["p.json"]}}}
    library = library_of({"p.json": policy, "t.json": {"world": world, "cases": cases}})
    (result,) = run_all(library, read_tests(library, "t.json"))
    told = "\n".join(Teller(library.documents, ENGINE).lines(result))
    assert "identity policy p, statement 1 Small (p.json:5) allows it, but" in told
    assert "Condition StringEquals aws:RequestTag/team fails" in told
    assert "wanted  fraud" in told
    assert "seen    ads" in told


def test_a_skipped_case_passes_and_says_so() -> None:
    cases = [
        {
            "name": "a",
            "principal": "user/ann",
            "action": "sagemaker:ListModels",
            "expect": "allow",
            "skip": "not yet",
        }
    ]
    library = library_of({"t.json": {"world": {"users": {"ann": {}}}, "cases": cases}})
    (result,) = run_all(library, read_tests(library, "t.json"))
    assert result.passed
    assert result.skipped
