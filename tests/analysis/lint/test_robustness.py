"""Whatever JSON comes in, the lint answers; what it repairs stays JSON, and repairs come to an end."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rolecall import catalog
from rolecall.analysis.lint import Knowledge, lint
from rolecall.analysis.lint.fixing import fix, is_safe
from rolecall.policy.document import PolicyType

KNOWN = Knowledge(catalog.load())

words = st.sampled_from(
    [
        "*",
        "Allow",
        "Deny",
        "allow",
        "",
        ":",
        "sagemaker:Create*",
        "sagemaker:createmodel",
        "iam:PassRole",
        "*:*",
        "arn",
        "arn:aws",
        "arn:aws:s3:::b/*",
        "arn:aws:iam:us-east-1::role/*",
        "arn:aws:sagemaker:*:*:Model/x",
        "${",
        "${}",
        "${aws:username}",
        "${a b}",
        "${x, y}",
        "2012-10-17",
        "10.0.0.1/8",
        "true",
        "a b",
    ]
)
values = st.one_of(words, st.none(), st.booleans(), st.integers(0, 9), st.lists(words, max_size=3))
keys = st.sampled_from(
    [
        "aws:SourceIp",
        "aws:TagKeys",
        "aws:ARN",
        "aws:ResourceTag/",
        "aws:RequestTag/a",
        "sagemaker:VpcSubnets",
        "sagemaker:VolumeKmsKey",
        "sagemaker:TaggingAction",
        "s3:prefix",
        "x",
        "",
        "no:such",
        "iam:PassedToService",
    ]
)
operators = st.sampled_from(
    [
        "StringEquals",
        "stringlike",
        "Null",
        "NullIfExists",
        "Bool",
        "IpAddress",
        "ForAllValues:StringLike",
        "ForAnyValue:Null",
        "StringNotLikeIfExists",
        "NumericLessThan",
        "DateEquals",
        "ArnLike",
        "nonsense",
        "",
    ]
)
blocks = st.dictionaries(operators, st.one_of(st.dictionaries(keys, values, max_size=2), values), max_size=2)
principals = st.one_of(values, st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "x"]), values))
statements = st.one_of(
    values,
    st.fixed_dictionaries(
        {},
        optional={
            "Sid": values,
            "Effect": st.one_of(st.sampled_from(["Allow", "Deny"]), values),
            "effect": values,
            "Action": values,
            "NotAction": values,
            "Resource": values,
            "NotResource": values,
            "Principal": principals,
            "NotPrincipal": principals,
            "Condition": st.one_of(blocks, values),
        },
    ),
)
documents = st.one_of(
    values,
    st.fixed_dictionaries(
        {"Statement": st.one_of(st.lists(statements, max_size=3), statements)},
        optional={"Version": values, "Id": values, "version": values},
    ),
)


@settings(max_examples=150, deadline=None)
@given(document=documents, kind=st.sampled_from(list(PolicyType)), indent=st.sampled_from([None, 2]))
def test_lint_answers_and_repairs_whatever_comes(document: Any, kind: PolicyType, indent: int | None) -> None:
    text = json.dumps(document, indent=indent)
    done = fix(text, lambda each: lint(each, kind, KNOWN))
    json.loads(done.text)
    assert not [each for each in lint(done.text, kind, KNOWN) if is_safe(each)]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"x"', "\ufeff{}", '{"Statement": 1e999}', "{}" * 2])
def test_text_that_is_no_policy_has_a_finding(text: str) -> None:
    assert lint(text, PolicyType.IDENTITY, KNOWN)
