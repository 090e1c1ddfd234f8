"""Documents that IAM refuses and documents that it stores: data in tests/cases/validation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from rolecall import catalog
from rolecall.policy.document import PolicyType, PrincipalEntry
from rolecall.policy.validation import (
    MOST_CHARACTERS,
    SYNTAX,
    MalformedPolicy,
    counted_size,
    validate_for_iam,
)

CASES = Path(__file__).parents[1] / "cases" / "validation"
STATEMENT = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    """`document` as data or `text` as sent; message None: stored."""

    name: str
    source: str
    message: str | None
    kind: PolicyType = PolicyType.IDENTITY
    code: str = "MalformedPolicyDocument"
    document: Any = None
    text: str | None = None


class ResourceCase(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    resource: str
    message: str | None


class DateCase(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    value: str
    stored: bool


class TrustCase(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    statement: Any
    message: str | None


def cases(file: str, type: Any) -> list[Any]:
    loaded = msgspec.yaml.decode((CASES / file).read_bytes(), type=list[type])
    return [pytest.param(case, id=case.name) for case in loaded]


def answer(text: str, kind: PolicyType = PolicyType.IDENTITY) -> tuple[str, str] | None:
    """Code and message of the refusal, None for a stored document."""
    try:
        validate_for_iam(text, kind)
    except MalformedPolicy as error:
        return error.code, error.message
    return None


def document(statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statement}, ensure_ascii=False)


@pytest.mark.parametrize("case", [c for f in ("traps", "grammar", "others") for c in cases(f"{f}.yaml", Case)])
def test_document(case: Case) -> None:
    text = case.text if case.text is not None else json.dumps(case.document, ensure_ascii=False)
    assert answer(text, case.kind) == (None if case.message is None else (case.code, case.message))


@pytest.mark.parametrize("element", ["Resource", "NotResource"])
@pytest.mark.parametrize("case", cases("resources.yaml", ResourceCase))
def test_resource(case: ResourceCase, element: str) -> None:
    got = answer(document({"Effect": "Deny", "Action": "s3:*", element: case.resource}))
    assert got == (None if case.message is None else ("MalformedPolicyDocument", case.message))


def test_of_several_bad_resources_the_smallest_is_named() -> None:
    got = answer(document(STATEMENT | {"Resource": ["zebra", "*", "ape"]}))
    assert got == ("MalformedPolicyDocument", 'Resource ape must be in ARN format or "*".')


@pytest.mark.parametrize("operator", ["DateLessThan", "ForAnyValue:DateEqualsIfExists"])
@pytest.mark.parametrize("case", cases("dates.yaml", DateCase))
def test_date(case: DateCase, operator: str) -> None:
    condition = {operator: {"aws:CurrentTime": ["2026-01-01", case.value]}}
    got = answer(document(STATEMENT | {"Condition": condition}))
    assert got == (None if case.stored else ("MalformedPolicyDocument", "The policy failed legacy parsing"))


@pytest.mark.parametrize("case", cases("trust.yaml", TrustCase))
def test_trust_policy(case: TrustCase) -> None:
    got = answer(document(case.statement), PolicyType.TRUST)
    assert got == (None if case.message is None else ("MalformedPolicyDocument", case.message))


def test_a_trust_policy_that_is_no_json_has_its_own_sentence() -> None:
    assert answer("{", PolicyType.TRUST) == ("MalformedPolicyDocument", "This policy contains invalid Json")


def test_a_principal_that_does_not_exist_is_named() -> None:
    """The hook is asked for well-formed principals only, and never for the star."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::111122223333:role/gone", "111122223333", "*"]},
        "Action": "sts:AssumeRole",
    }
    asked: list[PrincipalEntry] = []

    def known(entry: PrincipalEntry) -> bool:
        asked.append(entry)
        return entry.value == "111122223333"

    with pytest.raises(MalformedPolicy) as refusal:
        validate_for_iam(document(statement), PolicyType.TRUST, known=known)
    assert refusal.value.message == 'Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/gone"'
    assert [entry.value for entry in asked] == ["arn:aws:iam::111122223333:role/gone", "111122223333"]


def test_white_space_does_not_count_against_a_quota() -> None:
    """7,000 characters of which 1,500 are blanks fit into 6,144 (IAM User Guide, quotas)."""
    text = "x" * 5_500 + " \t\n\r\n" * 300
    assert len(text) == 7_000
    assert counted_size(text) == 5_500 <= MOST_CHARACTERS["managed"]


def test_the_parsed_policy_comes_back() -> None:
    policy = validate_for_iam(document([STATEMENT | {"Sid": "A"}]), PolicyType.IDENTITY)
    assert [(s.sid, s.actions, s.resources) for s in policy.statements] == [("A", ("s3:*",), ("*",))]


@pytest.mark.parametrize("policy", catalog.load().managed_policies(), ids=lambda policy: policy.name)
def test_what_aws_publishes_is_stored(policy: catalog.ManagedPolicy) -> None:
    assert answer(policy.text) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
elements = st.sampled_from(
    ["Version", "Id", "Statement", "Sid", "Effect", "Action", "Resource", "Condition", "Principal", "NotAction"]
)
near_policies = st.fixed_dictionaries(
    {"Version": st.just("2012-10-17") | json_values},
    optional={
        "Statement": st.lists(
            st.dictionaries(elements, json_values | st.sampled_from(["Allow", "*", "s3:*"]), max_size=6),
            max_size=3,
        )
        | json_values
    },
)


@given(near_policies | json_values, st.sampled_from(PolicyType))
def test_any_json_is_stored_or_refused_with_a_sentence(value: Any, kind: PolicyType) -> None:
    refusal = answer(json.dumps(value), kind)
    assert refusal is None or refusal[1]


@given(st.text(), st.sampled_from(PolicyType))
def test_any_text_is_stored_or_refused_with_a_sentence(text: str, kind: PolicyType) -> None:
    refusal = answer(text, kind)
    assert refusal is None or refusal[1]


def test_deep_nesting_is_refused() -> None:
    assert answer("[" * 100_000) == ("MalformedPolicyDocument", SYNTAX)
