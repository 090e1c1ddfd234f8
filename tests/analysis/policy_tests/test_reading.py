"""What a test file may not say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from analysis.policy_tests.files import library_of, results, run_all
from rolecall.analysis.policy_tests.reading import is_test_file, read_tests
from rolecall.errors import InputError

CASES = Path(__file__).parents[2] / "cases" / "policy_tests"
WORLD = {
    "policies": {"Read": {"Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}},
    "roles": {"Scientist": {"trust": "sagemaker.amazonaws.com", "policies": ["Read"]}},
    "users": {"ann": {}},
    "domains": {"research": {"execution_role": "Scientist", "user_profiles": {"ann": {}}}},
}


class Refused(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    case: dict[str, Any]
    says: str


REFUSED = msgspec.yaml.decode((CASES / "refused.yaml").read_bytes(), type=list[Refused])


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_does_not_exist_is_an_error_with_its_line(case: Refused) -> None:
    with pytest.raises(InputError) as told:
        results(WORLD, case.case)
    assert case.says in str(told.value)
    assert str(told.value).startswith("t.json:")


def test_two_cases_have_two_names() -> None:
    case = {"name": "a", "principal": "root", "action": "s3:ListAllMyBuckets", "expect": "allow"}
    library = library_of({"t.json": {"world": {}, "cases": [case, case]}})
    with pytest.raises(InputError, match="two cases are named 'a'"):
        read_tests(library, "t.json")


def test_a_case_s_own_context_goes_before_the_defaults_key_by_key() -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:username": "x", "aws:PrincipalTag/a": "y"}},
        },
    }
    file = {
        "world": {"users": {"ann": {"policies": [{"name": "p", "document": policy}]}}},
        "defaults": {"principal": "user/ann", "context": {"aws:username": "x", "aws:PrincipalTag/a": "n"}},
        "cases": [
            {"name": "a", "action": "s3:ListAllMyBuckets", "expect": "deny"},
            {
                "name": "b",
                "action": "s3:ListAllMyBuckets",
                "context": {"AWS:principaltag/a": "y"},
                "expect": "allow",
            },
        ],
    }
    library = library_of({"t.json": file})
    assert [each.passed for each in run_all(library, read_tests(library, "t.json"))] == [True, True]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a.rolecall.yaml", True),
        ("x/y/a.rolecall.yml", True),
        ("a.rolecall.json", True),
        ("a.yaml", False),
        ("my.rolecall.d/a.yaml", False),
        ("rolecall.yaml", False),
        ("a.rolecall.md", False),
    ],
)
def test_test_files_are_known_by_their_names(name: str, is_one: bool) -> None:
    assert is_test_file(name) is is_one
