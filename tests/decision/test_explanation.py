"""Explanations: which element failed first, on which values; the ladder; the text."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from case_files import DecisionCase, neutral
from rolecall import catalog
from rolecall.decision import Trace, explain
from rolecall.decision.neutral import read_request
from rolecall.decision.trace_text import render

TRAIN = {
    "principal": "user",
    "action": "sagemaker:CreateTrainingJob",
    "resource": "arn:aws:sagemaker:us-east-1:111122223333:training-job/demo",
}


def trace_of(**fields: Any) -> Trace:
    case = DecisionCase(name="x", source="", request=TRAIN | fields, want="")
    asked = read_request(json.dumps(neutral(case)), catalog.load().multivalued)
    return explain(asked.request, asked.policies)


def test_the_first_element_that_fails_is_named_with_its_values() -> None:
    trace = trace_of(
        context={"sagemaker:InstanceTypes": ["ml.p4d.24xlarge"]},
        identity_policies=[
            {
                "Sid": "Small",
                "Effect": "Allow",
                "Action": "sagemaker:Create*",
                "Resource": "*",
                "Condition": {
                    "ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.t3.*", "ml.m5.*"]},
                    "StringEquals": {"aws:RequestedRegion": "us-east-1"},
                },
            }
        ],
    )
    (statement,) = trace.policies[0].statements
    failed = statement.failed
    assert failed is not None
    assert (failed.element, failed.operator, failed.key) == (
        "Condition",
        "ForAllValues:StringLike",
        "sagemaker:InstanceTypes",
    )
    assert failed.wanted == ("ml.t3.*", "ml.m5.*")
    assert failed.seen == ("ml.p4d.24xlarge",)
    assert statement.near
    assert statement.also == ()


def test_an_absent_key_is_seen_as_nothing() -> None:
    allow = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/t": "x"}},
    }
    failed = trace_of(identity_policies=[allow]).policies[0].statements[0].failed
    assert failed is not None
    assert failed.seen is None
    assert b'"seen":null' in msgspec.json.encode(failed)


def test_wanted_shows_variables_filled_in() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sagemaker:*:*:training-job/${aws:username}-*"}
    failed = trace_of(identity_policies=[allow]).policies[0].statements[0].failed
    assert failed is not None
    assert failed.wanted == ("arn:aws:sagemaker:*:*:training-job/alice-*",)
    assert failed.seen == ("arn:aws:sagemaker:us-east-1:111122223333:training-job/demo",)


def test_a_variable_without_value_is_noted() -> None:
    allow = {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sagemaker:*:*:*/${aws:PrincipalTag/team}"}
    failed = trace_of(identity_policies=[allow]).policies[0].statements[0].failed
    assert failed is not None
    assert failed.note == "a variable has no value"


def test_two_failures_are_not_near() -> None:
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b"}
    (traced,) = trace_of(identity_policies=[statement]).policies[0].statements
    assert not traced.near
    assert traced.failed is not None
    assert traced.failed.element == "Action"
    assert [element.element for element in traced.also] == ["Resource"]


def test_the_ladder_says_what_each_type_is_worth() -> None:
    trace = trace_of(
        action="s3:GetObject",
        resource="arn:aws:s3:::ml-data/x",
        boundary={"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        resource_policy={
            "Effect": "Allow",
            "Principal": {"AWS": "111122223333"},
            "Action": "s3:*",
            "Resource": "*",
        },
    )
    ladder = {rung.policy_type: rung for rung in trace.ladder}
    assert list(ladder) == ["scp", "rcp", "endpoint", "resource", "identity", "boundary", "session"]
    assert {name: rung.says for name, rung in ladder.items()} == {
        "scp": "none",
        "rcp": "none",
        "endpoint": "none",
        "resource": "allow",
        "identity": "none",
        "boundary": "allow",
        "session": "none",
    }
    assert ladder["resource"].reason == "names the account: an identity policy must allow too"
    assert [name for name, rung in ladder.items() if rung.decisive] == ["identity"]


def test_a_grant_to_the_account_only_delegates_across_accounts_too() -> None:
    """AWS names the resource policy there (SEMANTICS 9.3), so the rung must say what is missing beside it."""
    trace = trace_of(
        action="s3:GetObject",
        resource={"arn": "arn:aws:s3:::ml-data/x", "account": "444455556666"},
        resource_policy={
            "Effect": "Allow",
            "Principal": {"AWS": "111122223333"},
            "Action": "s3:*",
            "Resource": "*",
        },
    )
    (rung,) = [rung for rung in trace.ladder if rung.decisive]
    assert (rung.policy_type, rung.says) == ("resource", "allow")
    assert rung.reason == "names the account: an identity policy must allow too"


def test_exemptions_are_told() -> None:
    ladder = {rung.policy_type: rung for rung in trace_of(principal="service-linked role").ladder}
    assert (ladder["scp"].says, ladder["scp"].reason) == ("not counted", "service-linked roles are not restricted")


def test_the_text() -> None:
    trace = trace_of(
        identity_policies=[
            {
                "name": "Team",
                "document": {
                    "Effect": "Allow",
                    "Action": "sagemaker:Create*",
                    "Resource": "*",
                    "Condition": {"StringEquals": {"aws:RequestTag/Team": ["a", "b"]}},
                },
            }
        ]
    )
    assert (
        render(trace)
        == """\
DENIED because nothing allows it
  principal  arn:aws:iam::111122223333:user/alice
  action     sagemaker:CreateTrainingJob
  resource   arn:aws:sagemaker:us-east-1:111122223333:training-job/demo

Policy types (same account):
  service control policy  none
  resource control policy not counted (sagemaker does not support them)
  VPC endpoint policy     none
  resource policy         none
> identity policy         no allow
  permissions boundary    none
  session policy          none

identity policy 0 Team: says nothing
  statement 0, Allow: does not match, but for one element
    Condition StringEquals aws:RequestTag/Team
      wanted     a, b
      seen       nothing
"""
    )
