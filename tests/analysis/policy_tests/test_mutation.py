"""Which mutants are made, and which go unnoticed."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.policy_tests.files import ENGINE, library_of, results
from rolecall import catalog
from rolecall.analysis.policy_tests.mutation import mutants, mutate
from rolecall.analysis.policy_tests.reading import read_tests
from rolecall.analysis.worlds import Document


def document_of(statement: dict[str, Any]) -> Document:
    files = {
        "p.json": {"Version": "2012-10-17", "Statement": [statement]},
        "t.json": {"world": {"users": {"ann": {"policies": ["p.json"]}}}, "cases": []},
    }
    library = library_of(files)
    read_tests(library, "t.json")
    return library.documents[0]


def changes(statement: dict[str, Any]) -> list[str]:
    return [mutant.change for mutant in mutants(document_of(statement), catalog.load())]


@pytest.mark.parametrize(
    ("statement", "made"),
    [
        pytest.param(
            {"Effect": "Allow", "Action": "*", "Resource": "*"}, ["dropped"], id="nothing is wider than everything"
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/*"},
            ["dropped", "Action widened to *", "Resource widened to *"],
            id="a service becomes all",
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "sagemaker:DeleteModel", "Resource": "arn:aws:sagemaker:*:*:model/*"},
            ["dropped", "Action widened to sagemaker:*"],
            id="all resources of the action are as wide as they get",
        ),
        pytest.param(
            {"Effect": "Allow", "Action": "sagemaker:DeleteModel", "Resource": "arn:aws:sagemaker:*:*:model/a*"},
            ["dropped", "Action widened to sagemaker:*", "Resource widened to *"],
            id="some of them are not",
        ),
        pytest.param(
            {
                "Effect": "Allow",
                "Action": "iam:PassRole",
                "Resource": "*",
                "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
            },
            [
                "dropped",
                "condition StringEquals iam:PassedToService dropped",
                "condition StringEquals iam:PassedToService turned into StringNotEquals",
            ],
            id="no other action carries the key",
        ),
        pytest.param(
            {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::a"},
            ["dropped", "NotAction dropped", "NotResource dropped"],
            id="negations are dropped",
        ),
        pytest.param(
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"ForAnyValue:ArnLikeIfExists": {"aws:SourceArn": ["a", "b*"]}},
            },
            [
                "dropped",
                "condition ForAnyValue:ArnLikeIfExists aws:SourceArn dropped",
                "condition ForAnyValue:ArnLikeIfExists aws:SourceArn turned into ForAnyValue:ArnNotLikeIfExists",
                "condition ForAnyValue:ArnLikeIfExists aws:SourceArn turned into ForAllValues:ArnLikeIfExists",
                "condition ForAnyValue:ArnLikeIfExists aws:SourceArn loses IfExists",
                "condition ForAnyValue:ArnLikeIfExists aws:SourceArn b* widened to *",
            ],
            id="an operator is turned, loses IfExists, and its values widen",
        ),
        pytest.param(
            {
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            },
            [
                "dropped",
                "condition Bool aws:SecureTransport dropped",
                "condition Bool aws:SecureTransport turned into true",
            ],
            id="a Boolean is turned by its value",
        ),
    ],
)
def test_the_mutants_of_a_statement(statement: dict[str, Any], made: list[str]) -> None:
    assert changes(statement) == made


POLICY = """{
 "Version": "2012-10-17",
 "Statement": [
  {"Sid": "Train", "Effect": "Allow", "Action": "sagemaker:CreateTrainingJob", "Resource": "*",
   "Condition": {"ForAllValues:StringEquals": {"sagemaker:InstanceTypes": ["ml.m5.large"]},
                 "Null": {"sagemaker:InstanceTypes": "false"}}}
 ]
}"""
WORLD = {"users": {"ann": {"policies": ["p.json"]}}}


def train(expect: str, *types: str) -> dict[str, Any]:
    return {
        "principal": "user/ann",
        "action": "sagemaker:CreateTrainingJob",
        "resource": "training-job/x",
        "context": {"sagemaker:InstanceTypes": list(types)} if types else {},
        "expect": expect,
    }


OTHER = {
    "principal": "user/ann",
    "action": "sagemaker:CreateTransformJob",
    "resource": "transform-job/x",
    "context": {"sagemaker:InstanceTypes": ["ml.m5.large"]},
    "expect": "deny",
}
ALL = (
    train("allow", "ml.m5.large"),
    train("deny", "ml.m5.large", "ml.p4d.24xlarge"),
    train("deny"),
    OTHER,
)


def survivors(*cases: dict[str, Any]) -> list[tuple[str, str]]:
    library, found = results(WORLD, *cases, p=POLICY)
    assert all(each.passed for each in found)
    done = mutate(found, library.documents, ENGINE, library.catalog)
    return [(each.where, each.change) for each in done.survivors]


def test_cases_that_look_at_everything_notice_every_mutant() -> None:
    assert survivors(*ALL) == []


@pytest.mark.parametrize(
    ("missing", "unnoticed"),
    [
        (
            1,
            [
                ("p.json:5", "condition ForAllValues:StringEquals sagemaker:InstanceTypes dropped"),
                (
                    "p.json:5",
                    "condition ForAllValues:StringEquals sagemaker:InstanceTypes turned into "
                    "ForAnyValue:StringEquals",
                ),
            ],
        ),
        (2, [("p.json:6", "condition Null sagemaker:InstanceTypes dropped")]),
        (3, [("p.json:4", "Action widened to sagemaker:*")]),
    ],
)
def test_a_missing_case_lets_exactly_its_mutants_through(missing: int, unnoticed: list[tuple[str, str]]) -> None:
    cases = [case for number, case in enumerate(ALL) if number != missing]
    assert survivors(*cases) == unnoticed


def test_a_case_notices_by_its_reason_alone() -> None:
    """Two policies deny the same: only `because` says which of them must."""
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "A", "Effect": "Deny", "Action": "s3:*", "Resource": "*"}],
    }
    case = {"principal": "user/ann", "action": "s3:ListAllMyBuckets", "expect": "deny"}
    for because, dropped_is_noticed in ((None, False), ("A", True)):
        with_reason = case if because is None else {**case, "because": because}
        library, found = results(WORLD, with_reason, p=policy)
        done = mutate(found, library.documents, ENGINE, library.catalog)
        assert ("dropped" in [each.change for each in done.survivors]) is not dropped_is_noticed
