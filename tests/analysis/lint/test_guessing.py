"""The type of a policy by its content alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.analysis.lint import guess, is_policy
from rolecall.analysis.lint.view import Document, view
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import read


def seen(value: Any) -> Document:
    text = json.dumps(value)
    return view(text, read(text))


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ({"Effect": "Allow", "Action": "sagemaker:*", "Resource": "*"}, PolicyType.IDENTITY),
        ({"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}, PolicyType.RESOURCE),
        ({"Effect": "Allow", "Principal": {"AWS": "1"}, "Action": ["sts:AssumeRole"]}, PolicyType.TRUST),
        (
            {"Effect": "Deny", "NotPrincipal": {"AWS": "1"}, "Action": "sqs:*", "Resource": "*"},
            PolicyType.RESOURCE,
        ),
        # Written in lower case by mistake, it is still meant.
        ({"effect": "Allow", "principal": {"AWS": "1"}, "Action": "sts:AssumeRole"}, PolicyType.TRUST),
    ],
)
def test_type_is_guessed_from_who_is_named_and_what_is_done(statement: dict[str, Any], kind: PolicyType) -> None:
    assert guess(seen({"Version": "2012-10-17", "Statement": [statement]})) is kind


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ({"Statement": []}, True),
        ({"statement": {}}, True),
        ({"name": "package", "version": "1.0.0"}, False),
        ([{"Statement": []}], False),
        ("text", False),
    ],
)
def test_what_holds_no_statement_is_no_policy(value: Any, wanted: bool) -> None:
    assert is_policy(seen(value)) is wanted
