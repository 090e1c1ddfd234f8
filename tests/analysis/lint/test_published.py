"""Policies that AWS published: faults in them are found, and what is right gets no warning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct, field

from rolecall import catalog
from rolecall.analysis.lint import Finding, Knowledge, lint
from rolecall.analysis.lint.example import Example, findings_in
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import Severity

CASES = Path(__file__).parents[2] / "cases" / "lint"


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """want: code -> path of the finding. use: the policy is all that such a principal has."""

    name: str
    source: str
    policy: Any
    want: dict[str, str] = field(default_factory=dict)
    type: str = "identity"
    use: str | None = None
    line: int | None = None


def cases(name: str) -> list[Any]:
    found = msgspec.yaml.decode((CASES / name).read_bytes(), type=list[Case])
    return [pytest.param(case, id=case.name) for case in found]


def findings(case: Case, knowledge: Knowledge) -> tuple[Finding, ...]:
    as_example = Example("", case.policy, case.policy, "", type=case.type, use=case.use)
    return findings_in(as_example, knowledge)


@pytest.mark.parametrize("case", cases("published.yaml"))
def test_fault_of_a_published_policy_is_found(case: Case, knowledge: Knowledge) -> None:
    found = findings(case, knowledge)
    places = {(code, each.where) for each in found for code in each.codes}
    assert set(case.want.items()) <= places
    if case.line is not None:
        assert case.line in {each.span.start.line for each in found if each.span}


@pytest.mark.parametrize("case", cases("clean.yaml"))
def test_sound_policy_gets_no_warning(case: Case, knowledge: Knowledge) -> None:
    found = findings(case, knowledge)
    assert [(each.code, each.where) for each in found if each.severity is not Severity.SUGGESTION] == []


MANAGED = catalog.load().managed_policies()

# What AWS's own page says of its managed policies ("IAM policy validation check reference").
REPORTED = [
    ("AdministratorAccess", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"),
    ("AdministratorAccess", "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE"),
    ("IAMFullAccess", "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"),
    ("IAMFullAccess", "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE"),
    ("PowerUserAccess", "CREATE_SLR_WITH_STAR_IN_RESOURCE"),
    ("ReadOnlyAccess", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
    ("AWSSupportServiceRolePolicy", "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA"),
]


@pytest.mark.parametrize("policy", MANAGED, ids=lambda policy: policy.name)
def test_aws_managed_policy_gets_no_error(policy: catalog.ManagedPolicy, knowledge: Knowledge) -> None:
    found = lint(policy.text, PolicyType.IDENTITY, knowledge)
    assert [(each.code, each.where) for each in found if each.severity is Severity.ERROR] == []


@pytest.mark.parametrize(("name", "code"), REPORTED)
def test_aws_managed_policy_gets_what_aws_says_of_it(name: str, code: str, knowledge: Knowledge) -> None:
    policy = next((each for each in MANAGED if each.name == name), None)
    if policy is None:
        pytest.skip(f"the catalogue does not have {name}")
    assert code in {each.code for each in lint(policy.text, PolicyType.IDENTITY, knowledge)}


@pytest.mark.parametrize("policy", MANAGED[:60], ids=lambda policy: policy.name)
def test_layout_changes_nothing(policy: catalog.ManagedPolicy, knowledge: Knowledge) -> None:
    """The same document on one line has the same findings at the same paths."""
    dense = msgspec.json.encode(policy.document).decode()
    spread = lint(policy.text, PolicyType.IDENTITY, knowledge)
    assert {(each.code, each.where) for each in lint(dense, PolicyType.IDENTITY, knowledge)} == {
        (each.code, each.where) for each in spread
    }
