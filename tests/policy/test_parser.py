"""Documents become policies, or are refused with everything that is wrong and where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from rolecall.policy import Policy, PolicyError, parse
from rolecall.policy.document import Condition, Effect, PolicyType, PrincipalEntry, Statement
from rolecall.policy.printer import to_data, to_text, without_positions

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
RP = {"Effect": "Allow", "Principal": "*", "Action": "s3:*"}


def test_one_value_and_a_list_of_one_are_the_same() -> None:
    bare = parse({"Version": "2012-10-17", "Statement": ALLOW})
    listed = parse({"Version": "2012-10-17", "Statement": [ALLOW | {"Action": ["s3:*"], "Resource": ["*"]}]})
    assert bare == listed
    assert bare == Policy("2012-10-17", (Statement(0, Effect.ALLOW, actions=("s3:*",), resources=("*",)),))


def test_without_version_a_document_is_of_the_older_one() -> None:
    policy = parse({"Statement": ALLOW})
    assert policy.version == "2008-10-17"
    assert not policy.variables


def test_condition_values_of_every_json_type_are_text() -> None:
    condition = {"NumericLessThan": {"a": 10.50}, "Bool": {"b": True}, "StringEquals": {"c": ["x", 1, False]}}
    text = json.dumps({"Statement": ALLOW | {"Condition": condition}}).replace("10.5", "10.50")
    (statement,) = without_positions(parse(text)).statements
    assert statement.conditions == (
        Condition("NumericLessThan", "a", ("10.50",)),
        Condition("Bool", "b", ("true",)),
        Condition("StringEquals", "c", ("x", "1", "false")),
    )


def test_principals_keep_their_kinds() -> None:
    element = {"AWS": ["111122223333", "*"], "Service": "sagemaker.amazonaws.com"}
    (statement,) = parse({"Statement": RP | {"Principal": element}}, PolicyType.RESOURCE).statements
    assert statement.principals == (
        PrincipalEntry("AWS", "111122223333"),
        PrincipalEntry("AWS", "*"),
        PrincipalEntry("Service", "sagemaker.amazonaws.com"),
    )


def test_statements_know_where_they_stand() -> None:
    text = '{"Statement": [\n  {"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    span = parse(text).statements[0].span
    assert span is not None
    assert (span.start.line, span.start.column) == (2, 3)


def test_an_unknown_operator_over_nothing_tests_nothing() -> None:
    """As IAM lets it be written (SEMANTICS 1.2)."""
    assert parse({"Statement": ALLOW | {"Condition": {"StringMatches": {}}}}).statements[0].conditions == ()


LENIENT = {
    "an unknown action": (ALLOW | {"Action": "sagemaker:CreateTraningJob"}, PolicyType.IDENTITY),
    "an unknown key": (ALLOW | {"Condition": {"StringEquals": {"aws:NoSuchKey": "x"}}}, PolicyType.IDENTITY),
    "a wildcard as service": (ALLOW | {"Action": "*:*"}, PolicyType.IDENTITY),
    "a short ARN": (ALLOW | {"Resource": "arn:aws:s3:*"}, PolicyType.IDENTITY),
    "a short ARN with a wildcard in an SCP": (ALLOW | {"Resource": "arn:aws:s3:*"}, PolicyType.SCP),
    "a Sid with blanks": (RP | {"Sid": "my sid"}, PolicyType.RESOURCE),
    "no Resource in a resource policy": (RP, PolicyType.RESOURCE),
    "NotPrincipal with Deny": (
        {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "*", "Resource": "*"},
        PolicyType.RESOURCE,
    ),
    "NotAction and NotResource with Allow in an SCP": (
        {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::b"},
        PolicyType.SCP,
    ),
    "the Allow of RCPFullAWSAccess": (ALLOW | {"Principal": "*", "Action": "*"}, PolicyType.RCP),
    "an operator in lower case": (ALLOW | {"Condition": {"stringequals": {"a": "b"}}}, PolicyType.IDENTITY),
}


@pytest.mark.parametrize(("statement", "kind"), LENIENT.values(), ids=LENIENT.keys())
def test_what_aws_evaluates_is_parsed(statement: dict[str, Any], kind: PolicyType) -> None:
    assert len(parse({"Version": "2012-10-17", "Statement": [statement]}, kind).statements) == 1


# What is wrong, in which policy type, and the path that the complaint must name.
REFUSED: dict[str, tuple[Any, PolicyType, str]] = {
    "a list": ([ALLOW], PolicyType.IDENTITY, ""),
    "no Statement": ({"Version": "2012-10-17"}, PolicyType.IDENTITY, ""),
    "an empty Statement": ({"Statement": []}, PolicyType.IDENTITY, "Statement"),
    "an unknown version": ({"Version": "2012-10-18", "Statement": ALLOW}, PolicyType.IDENTITY, "Version"),
    "an unknown element": ({"Statement": ALLOW, "statement": ALLOW}, PolicyType.IDENTITY, "statement"),
    "an Id that is no string": ({"Id": 1, "Statement": ALLOW}, PolicyType.IDENTITY, "Id"),
    "a statement that is no object": ({"Statement": ["x"]}, PolicyType.IDENTITY, "Statement[0]"),
    "no Effect": ({"Statement": {"Action": "*", "Resource": "*"}}, PolicyType.IDENTITY, "Statement"),
    "Effect in lower case": (
        {"Statement": [ALLOW | {"Effect": "allow"}]},
        PolicyType.IDENTITY,
        "Statement[0].Effect",
    ),
    "action in lower case": ({"Statement": [ALLOW | {"action": "x"}]}, PolicyType.IDENTITY, "Statement[0].action"),
    "Action and NotAction": ({"Statement": [ALLOW | {"NotAction": "*"}]}, PolicyType.IDENTITY, "Statement[0]"),
    "neither": ({"Statement": [{"Effect": "Deny", "Resource": "*"}]}, PolicyType.IDENTITY, "Statement[0]"),
    "an empty Action": ({"Statement": [ALLOW | {"Action": []}]}, PolicyType.IDENTITY, "Statement[0].Action"),
    "an action without prefix": (
        {"Statement": [ALLOW | {"Action": "Get"}]},
        PolicyType.IDENTITY,
        "Statement[0].Action",
    ),
    "an action with two colons": (
        {"Statement": [ALLOW | {"Action": "s3:Get:Object"}]},
        PolicyType.IDENTITY,
        "Statement[0].Action",
    ),
    "an action that is a number": (
        {"Statement": [ALLOW | {"Action": ["s3:*", 1]}]},
        PolicyType.IDENTITY,
        "Statement[0].Action[1]",
    ),
    "Resource and NotResource": (
        {"Statement": [ALLOW | {"NotResource": "*"}]},
        PolicyType.IDENTITY,
        "Statement[0]",
    ),
    "no Resource": ({"Statement": [{"Effect": "Deny", "Action": "*"}]}, PolicyType.IDENTITY, "Statement[0]"),
    "a resource that is no ARN": (
        {"Statement": [ALLOW | {"Resource": "my-bucket"}]},
        PolicyType.IDENTITY,
        "Statement[0].Resource",
    ),
    "a short ARN in an SCP": (
        {"Statement": [ALLOW | {"Resource": "arn:aws:s3"}]},
        PolicyType.SCP,
        "Statement[0].Resource",
    ),
    "a short ARN in an RCP": (
        {"Statement": [ALLOW | {"Principal": "*", "Resource": "arn:aws:s3:*"}]},
        PolicyType.RCP,
        "Statement[0].Resource",
    ),
    "Principal in an identity policy": (
        {"Statement": [ALLOW | {"Principal": "*"}]},
        PolicyType.IDENTITY,
        "Statement[0]",
    ),
    "Principal in an SCP": ({"Statement": [ALLOW | {"Principal": "*"}]}, PolicyType.SCP, "Statement[0]"),
    "no Principal in a resource policy": ({"Statement": [ALLOW]}, PolicyType.RESOURCE, "Statement[0]"),
    "no Principal in a trust policy": (
        {"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]},
        PolicyType.TRUST,
        "Statement[0]",
    ),
    "Resource in a trust policy": ({"Statement": [RP | {"Resource": "*"}]}, PolicyType.TRUST, "Statement[0]"),
    "NotPrincipal in a trust policy": (
        {"Statement": [{"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Action": "sts:*"}]},
        PolicyType.TRUST,
        "Statement[0].NotPrincipal",
    ),
    "NotPrincipal with Allow": (
        {"Statement": [{"Effect": "Allow", "NotPrincipal": "*", "Action": "*"}]},
        PolicyType.RESOURCE,
        "Statement[0].NotPrincipal",
    ),
    "a principal that is a name": (
        {"Statement": [RP | {"Principal": "alice"}]},
        PolicyType.RESOURCE,
        "Statement[0].Principal",
    ),
    "a principal of an unknown type": (
        {"Statement": [RP | {"Principal": {"Aws": "*"}}]},
        PolicyType.RESOURCE,
        "Statement[0].Principal.Aws",
    ),
    "no principal at all": (
        {"Statement": [RP | {"Principal": {"AWS": []}}]},
        PolicyType.RESOURCE,
        "Statement[0].Principal.AWS",
    ),
    "a named principal in an RCP": (
        {"Statement": [ALLOW | {"Principal": {"AWS": "111122223333"}}]},
        PolicyType.RCP,
        "Statement[0].Principal",
    ),
    "NotAction in an RCP": (
        {"Statement": [{"Effect": "Deny", "Principal": "*", "NotAction": "s3:*", "Resource": "*"}]},
        PolicyType.RCP,
        "Statement[0].NotAction",
    ),
    "an unknown operator": (
        {"Statement": [ALLOW | {"Condition": {"StringMatches": {"a": "b"}}}]},
        PolicyType.IDENTITY,
        "Statement[0].Condition.StringMatches",
    ),
    "NullIfExists": (
        {"Statement": [ALLOW | {"Condition": {"NullIfExists": {"a": "true"}}}]},
        PolicyType.IDENTITY,
        "Statement[0].Condition.NullIfExists",
    ),
    "a condition that is a list": (
        {"Statement": [ALLOW | {"Condition": []}]},
        PolicyType.IDENTITY,
        "Statement[0].Condition",
    ),
    "a condition value that is null": (
        {"Statement": [ALLOW | {"Condition": {"StringEquals": {"a": None}}}]},
        PolicyType.IDENTITY,
        "Statement[0].Condition.StringEquals.a",
    ),
}


@pytest.mark.parametrize(("document", "kind", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_malformed_documents_are_refused(document: Any, kind: PolicyType, path: str) -> None:
    for given_as in (document, json.dumps(document)) if isinstance(document, dict) else (json.dumps(document),):
        with pytest.raises(PolicyError) as caught:
            parse(given_as, kind)
        assert path in {finding.path for finding in caught.value.findings}
        assert all((finding.span is not None) is isinstance(given_as, str) for finding in caught.value.findings)


def test_a_key_twice_is_refused() -> None:
    text = '{"Statement": {"Effect": "Allow",\n "Effect": "Deny", "Action": "*", "Resource": "*"}}'
    with pytest.raises(PolicyError, match="line 2 column 2"):
        parse(text)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        parse({"Statement": [{"Effect": "allow", "action": "x", "Resource": 3}]})
    assert len(caught.value.findings) == 4


kinds = st.sampled_from(list(PolicyType))
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@patiently
@given(kinds.flatmap(lambda kind: st.tuples(st.just(kind), strategies.policies(kind))))
def test_what_is_printed_is_parsed_again(drawn: tuple[PolicyType, Policy]) -> None:
    kind, policy = drawn
    assert parse(to_data(policy), kind) == policy
    assert without_positions(parse(to_text(policy), kind)) == policy


@given(st.text(max_size=30) | st.binary(max_size=30), kinds)
def test_whatever_the_text_the_error_is_ours(document: str | bytes, kind: PolicyType) -> None:
    with pytest.raises(PolicyError):
        parse(document, kind)
