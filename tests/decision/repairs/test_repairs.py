"""Repairs: every one that is offered turns the decision, and none holds a change too many."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

import strategies
from case_files import DecisionCase, decision_cases, neutral
from rolecall import catalog
from rolecall.decision import Outcome, PoliciesInForce, Request, decide
from rolecall.decision.applicability import applicable
from rolecall.decision.neutral import read_request
from rolecall.decision.repairs import RepairsView, applied, find_repairs, repairs
from rolecall.decision.repairs.text import repair_lines
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse

often = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DENIED = (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)

ACCOUNT = "111122223333"
JOB = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/demo"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Exec"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
CREATE = "sagemaker:CreateTrainingJob"


def allow(action: Any = CREATE, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = CREATE, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def when(operator: str, key: str, values: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: values}}}


@often
@given(strategies.requests(), strategies.policies_in_force())
def test_every_repair_turns_the_decision_and_needs_all_its_changes(
    request: Request, policies: PoliciesInForce
) -> None:
    if decide(request, policies).outcome not in DENIED:
        return
    counting = applicable(request, policies, "reference").policies
    for repair in find_repairs(request, policies).all:
        assert decide(*applied(repair, request, counting)).allowed
        for change in repair:
            fewer = [each for each in repair if each is not change]
            assert not decide(*applied(fewer, request, counting)).allowed


@often
@given(strategies.requests(), strategies.policies_in_force())
def test_what_is_suggested_for_a_policy_can_be_written(request: Request, policies: PoliciesInForce) -> None:
    """The statement that a repair shows is one that the parser takes for its policy type."""
    for repair in repairs(request, policies).repairs:
        for change in repair.changes:
            if change.after is not None:
                document = {"Version": "2012-10-17", "Statement": [change.after]}
                try:
                    parse(json.dumps(document), PolicyType(change.policy_type))
                except PolicyError as problem:
                    raise AssertionError(f"{change}: {problem}") from None


@often
@given(strategies.requests(), strategies.policies_in_force())
def test_the_text_fits_80_columns_and_the_data_survive_json(request: Request, policies: PoliciesInForce) -> None:
    told = repairs(request, policies)
    assert all(len(line) <= 80 for line in repair_lines(told))
    assert msgspec.convert(json.loads(msgspec.json.encode(told)), RepairsView) == told


@given(strategies.requests(), strategies.policies_in_force())
def test_what_is_allowed_has_no_repairs(request: Request, policies: PoliciesInForce) -> None:
    if decide(request, policies).allowed:
        assert not find_repairs(request, policies).all


def asked(**fields: Any) -> tuple[Request, PoliciesInForce]:
    """A request in the short form of the case files."""
    given = {"principal": "user", "action": CREATE, "resource": JOB, **fields}
    case = DecisionCase("asked", "here", given, "implicit_deny")
    read = read_request(json.dumps(neutral(case)).encode(), catalog.load().multivalued)
    return read.request, read.policies


def kinds(fields: Mapping[str, Any]) -> set[tuple[str, ...]]:
    """The kinds of change of every repair."""
    return {tuple(change.kind for change in repair.changes) for repair in repairs(*asked(**fields)).repairs}


# What is missing, and a repair that must be among those offered.
NEAR_MISSES: list[Any] = [
    pytest.param({"identity_policies": []}, ("add-policy",), id="no policy at all"),
    pytest.param({"identity_policies": [allow("sagemaker:CreateModel")]}, ("add-action",), id="action"),
    pytest.param(
        {"identity_policies": [{"Effect": "Allow", "NotAction": ["iam:*", CREATE], "Resource": "*"}]},
        ("remove-not-action",),
        id="NotAction",
    ),
    pytest.param({"identity_policies": [allow(resource=JOB + "-2")]}, ("add-resource",), id="resource"),
    pytest.param(
        {"identity_policies": [allow(resource=JOB.replace("demo", "team-a-*"))]},
        ("use-resource",),
        id="another resource",
    ),
    pytest.param(
        {"identity_policies": [allow(**when("StringEquals", "aws:RequestTag/team", "red"))]},
        ("set-key",),
        id="a tag is missing",
    ),
    pytest.param(
        {
            "identity_policies": [allow(**when("StringEquals", "sagemaker:InstanceTypes", "ml.m5.large"))],
            "context": {"sagemaker:InstanceTypes": ["ml.p4d.24xlarge"]},
        },
        ("add-condition-value",),
        id="a value that is not listed",
    ),
    pytest.param(
        {
            "identity_policies": [allow(**when("StringEquals", "sagemaker:VpcSubnets", ["s-1", "s-2"]))],
            "context": {"sagemaker:VpcSubnets": ["s-1", "s-2"]},
        },
        ("change-operator",),
        id="several values without a set operator",
    ),
    pytest.param(
        {"identity_policies": [allow(**when("StringEquals", "sagemaker:RootAccess", "Disabled"))]},
        ("change-operator",),
        id="a key that is not there",
    ),
    pytest.param(
        {
            "identity_policies": [allow(**when("NumericLessThanEquals", "sagemaker:MaxRuntimeInSeconds", "3600"))],
            "context": {"sagemaker:MaxRuntimeInSeconds": "7200"},
        },
        ("set-key",),
        id="a number above its bound",
    ),
    pytest.param(
        {"identity_policies": [ALL], "boundary": allow("s3:*")}, ("add-statement",), id="boundary without an allow"
    ),
    pytest.param(
        {"identity_policies": [ALL], "session_policies": [allow("s3:*")]},
        ("add-statement",),
        id="session policy without an allow",
    ),
    pytest.param(
        {"identity_policies": [ALL], "scps": [[ALL], [allow("s3:*")]]},
        ("add-action",),
        id="control policies without an allow on one level",
    ),
    pytest.param(
        {"identity_policies": [ALL], "endpoint_policy": allow("s3:*", Principal="*")},
        ("add-statement",),
        id="endpoint policy without an allow",
    ),
    pytest.param(
        {"identity_policies": [], "boundary": allow("s3:*")},
        ("add-policy", "add-statement"),
        id="identity and boundary both without an allow",
    ),
    pytest.param(
        {
            "action": "sts:AssumeRole",
            "resource": ROLE,
            "resource_policy": {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"},
                "Action": "sts:AssumeRole",
            },
        },
        ("add-principal",),
        id="a trust policy that names someone else",
    ),
    pytest.param(
        {"action": "iam:PassRole", "resource": ROLE, "identity_policies": [allow("sagemaker:*")]},
        ("add-policy",),
        id="PassRole",
    ),
    pytest.param(
        {"identity_policies": [ALL, deny(**when("StringNotEquals", "aws:RequestedRegion", "eu-west-1"))]},
        ("set-key",),
        id="a Deny by region",
    ),
    pytest.param(
        {"identity_policies": [ALL], "scps": [[ALL, deny(**when("Null", "aws:RequestTag/team", "true"))]]},
        ("set-key",),
        id="a Deny of what has no tag",
    ),
    pytest.param({"identity_policies": [ALL, deny()]}, ("drop-policy",), id="a Deny in its own policy"),
    pytest.param(
        {"identity_policies": [{"document": {"Version": "2012-10-17", "Statement": [ALL, deny()]}}]},
        ("drop-statement",),
        id="a Deny beside an Allow",
    ),
    pytest.param(
        {
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x",
            "identity_policies": [ALL],
            "rcps": [[{**ALL, "Principal": "*"}, {**deny("s3:*"), "Principal": "*"}]],
        },
        ("except-caller",),
        id="a Deny in a resource control policy",
    ),
    pytest.param(
        {
            "action": "s3:GetObject",
            "resource": "arn:aws:s3:::b/x",
            "identity_policies": [ALL],
            "resource_policy": {
                "Effect": "Deny",
                "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"},
                "Action": "s3:*",
                "Resource": "*",
            },
        },
        ("except-caller",),
        id="NotPrincipal",
    ),
]


@pytest.mark.parametrize(("fields", "expected"), NEAR_MISSES)
def test_a_near_miss_is_found(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert expected in kinds(fields)


def test_what_a_wider_statement_would_open_is_said() -> None:
    told = repairs(*asked(identity_policies=[allow("sagemaker:CreateModel")]))
    (change,) = next(repair for repair in told.repairs if repair.changes[0].kind == "add-action").changes
    assert change.also == f"It would also allow {CREATE} on everything that the statement names: *."
    assert change.after == allow(["sagemaker:CreateModel", CREATE])


def test_the_least_statement_comes_before_one_that_opens_everything() -> None:
    told = repairs(*asked(identity_policies=[allow("sagemaker:CreateModel")]))
    assert [repair.changes[0].kind for repair in told.repairs] == ["add-policy", "add-action"]


def test_policies_of_aws_are_left_alone() -> None:
    managed = {"arn": "arn:aws:iam::aws:policy/X", "name": "X", "document": {"Version": "2012-10-17"}}
    managed["document"] = {"Version": "2012-10-17", "Statement": [allow("sagemaker:CreateModel")]}
    assert kinds({"identity_policies": [managed]}) == {("add-policy",)}


def test_credentials_that_may_not_call_are_not_helped_by_policies() -> None:
    (case,) = [
        each for each in decision_cases("sessions") if each.name == "federation credentials cannot call IAM"
    ]
    read = read_request(json.dumps(neutral(case)).encode(), catalog.load().multivalued)
    told = repairs(read.request, read.policies)
    assert not told.repairs
    assert told.note == "no policy can allow this: GetFederationToken credentials cannot call IAM"
