"""What bad input gets: a finding or a non-match, the same from both evaluators, never an exception or a storm.

Sizes are such that anything worse than pattern times text would not end.
"""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

import strategies
from rolecall.decision import PoliciesInForce, Request, SourcedPolicy, decide
from rolecall.decision.compiled import Engine, Limits
from rolecall.decision.request import Context, Resource
from rolecall.decision.result import Decision, Outcome
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.operators import BASES
from rolecall.policy.parser import parse

ALICE: Final = strategies.EVERYDAY[0]
AT_ONCE: Final = Limits(compile_after=0)

ODD: Final = (
    "",
    " ",
    "\x00",
    "\u0663",
    "NaN",
    "Infinity",
    "-0",
    "+.",
    "1_000",
    "0x10",
    "1e5",
    "1e999999999999",
    "1" * 5_000,
    "0." + "0" * 5_000 + "1",
    "9" * 5_000 + "-01-01T00:00:00Z",
    "2026-13-45",
    "0000-00-00",
    "2026-01-01T25:61:61Z",
    "2026-01-01T00:00:00.123456789123456789Z",
    "-292275055-01-01",
    "10.0.0.0/99",
    "10.0.0.0/-1",
    "1.2.3.4.5",
    "010.1.1.1",
    "::1%eth0",
    ":::",
    "::/129",
    "QQ",
    "Q===",
    "\u00ff=",
    "tRuE",
    "yes",
    "arn",
    "arn:::::",
    "arn:aws:iam::1:user/a:b:c",
    "::::::",
    "${",
    "${}",
    "${aws:username",
    "${aws:username, '}",
    "${${aws:username}}",
)


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "*", "Resource": "*", **elements}


def asked(action: str, arn: str, values: dict[str, Any]) -> Request:
    return Request(ALICE, action, Resource(arn, strategies.ACCOUNT), Context(values))


def both(requests: list[Request], statements: list[dict[str, Any]]) -> list[Decision]:
    """What both evaluators say of an identity policy."""
    document = {"Version": "2012-10-17", "Statement": statements}
    policies = PoliciesInForce(identity=(SourcedPolicy(parse(document, PolicyType.IDENTITY)),))
    wanted = [decide(request, policies) for request in requests]
    engine = Engine(limits=AT_ONCE)
    assert [engine.decide(request, policies) for request in requests] == wanted
    prepared = engine.prepare(policies)
    assert [prepared(request) for request in requests] == wanted
    return wanted


def decided(
    statements: list[dict[str, Any]],
    action: str = "s3:GetObject",
    arn: str = "arn:aws:s3:::b/x",
    values: dict[str, Any] | None = None,
) -> Decision:
    (decision,) = both([asked(action, arn, values or {})], statements)
    return decision


@pytest.mark.parametrize("base", [name for name in BASES if name != "null"])
@pytest.mark.parametrize("form", ["{}", "{}IfExists", "ForAllValues:{}", "ForAnyValue:{}"])
def test_operands_that_nobody_can_read_raise_nothing(base: str, form: str) -> None:
    operator = form.format(base)
    odd = [asked("s3:GetObject", "arn:aws:s3:::b/x", {"aws:username": seen}) for seen in (*ODD, ODD[3:6])]
    both(odd, [statement(Condition={operator: {"aws:username": list(ODD)}})])
    both(odd, [statement(), statement("Deny", Condition={operator: {"aws:username": "10"}})])
    plain = [asked("s3:GetObject", "arn:aws:s3:::b/x", {"aws:username": seen}) for seen in ("alice", "10")]
    for value in ODD:
        both(plain, [statement(Condition={operator: {"aws:username": value}})])


@pytest.mark.parametrize("base", ["Numeric", "Date"])
def test_a_bound_that_cannot_be_read_is_never_met(base: str) -> None:
    for comparison in ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"):
        for value in ("NaN", "Infinity", "x", "2026-13-45", "1_000", ""):
            block = {f"{base}{comparison}": {"aws:username": value}}
            for seen in ("10", "2026-01-01", value):
                denied = [statement(), statement("Deny", Condition=block)]
                assert decided(denied, values={"aws:username": seen}).allowed


STORM: Final = "a*" * 60 + "b"
TEXT: Final = "a" * 20_000


@pytest.mark.parametrize(
    "storm", [STORM, "*a?" * 60 + "b", "?*" * 200 + "b", "*" * 2_000 + "b", "${aws:x, 'a'}*" * 60 + "b"]
)
def test_storms_of_stars_end(storm: str) -> None:
    arn = f"arn:aws:s3:::{TEXT}"
    names = {"aws:username": TEXT, "aws:PrincipalArn": f"arn:aws:iam::1:user/{TEXT}"}
    silent = (
        statement(Resource=f"arn:aws:s3:::{storm}"),
        statement(Resource=[f"arn:aws:s3:::{storm}{number}" for number in range(5)]),
        statement(Condition={"StringLike": {"aws:username": storm}}),
        statement(Condition={"ForAllValues:StringLike": {"aws:username": storm}}),
        statement(Condition={"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::1:user/{storm}"}}),
    )
    for each in silent:
        assert decided([each], arn=arn, values=names).outcome is Outcome.IMPLICIT_DENY
    denied = statement("Deny", NotResource=f"arn:aws:s3:::{storm}")
    del denied["Resource"]
    assert decided([statement(), denied], arn=arn, values=names).outcome is Outcome.EXPLICIT_DENY


def test_storms_of_stars_in_actions_end() -> None:
    for storm in ("a*" * 60 + "b", "?*" * 200 + "b"):
        said = decided([statement(Action=f"s3:{storm}")], action=f"s3:{TEXT}")
        assert said.outcome is Outcome.IMPLICIT_DENY


def test_documents_of_two_megabytes_are_decided() -> None:
    """One with very many statements, one with very many values, one with very long ones."""
    many = [statement(Resource=f"arn:aws:s3:::bucket-{number}/*") for number in range(20_000)]
    assert len(json.dumps(many)) > 1_500_000
    by = decided(many, arn="arn:aws:s3:::bucket-19999/x").by
    assert by is not None
    assert by.statement == 19_999
    values = [f"arn:aws:s3:::bucket-{number}/*/{number}?" for number in range(40_000)]
    assert decided([statement(Resource=values)], arn="arn:aws:s3:::bucket-39999/x/39999y").allowed
    long = "x" * 2_000_000
    assert decided([statement(Resource=f"arn:aws:s3:::*{long}*")], arn=f"arn:aws:s3:::a{long}b").allowed
    block = {"StringLike": {"aws:username": f"*{long}?"}, "StringEquals": {"aws:userid": long}}
    seen = {"aws:username": f"{long}xy", "aws:userid": long}
    assert decided([statement(Condition=block)], values=seen).allowed


def test_contexts_of_two_megabytes_are_decided() -> None:
    tags = {f"aws:RequestTag/{number}": "x" * 40 for number in range(40_000)}
    keys = tuple(f"k{number}" for number in range(100_000))
    block = {
        "ForAllValues:StringLike": {"aws:TagKeys": ["k*"]},
        "StringEquals": {"aws:RequestTag/39999": "x" * 40},
    }
    assert decided([statement(Condition=block)], values={**tags, "aws:TagKeys": keys}).allowed


@pytest.mark.parametrize(
    "text", ["[" * 10_000, '{"Statement":' * 10_000, '{"Statement":[' * 10_000 + "]}" * 10_000]
)
def test_deep_nesting_is_a_finding(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(text, PolicyType.IDENTITY)


def test_unknown_operators_and_misplaced_variables_are_findings_or_text() -> None:
    with pytest.raises(PolicyError, match="operator"):
        decided([statement(Condition={"StringAlmostEquals": {"aws:username": "alice"}})])
    for pattern in ("arn:aws:s3:${aws:username}::b/x", "arn:${aws:PrincipalTag/p, 'aws'}:s3:::b/x"):
        assert decided([statement(Resource=pattern)], values={"aws:username": ""}).outcome is Outcome.IMPLICIT_DENY
