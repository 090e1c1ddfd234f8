"""What is compiled: no policy text is ever code, and nothing of Python is in its reach."""

from __future__ import annotations

import ast
from types import FunctionType
from typing import Any, Final

import pytest

import strategies
from rolecall.decision import PoliciesInForce, Request, SourcedPolicy, decide
from rolecall.decision.compiled import Engine, Limits, nodes
from rolecall.decision.compiled.pieces import PLAIN, Variant
from rolecall.decision.compiled.statements import compile_statement
from rolecall.decision.compiled.units import make_bits
from rolecall.decision.reference.result import Setting
from rolecall.decision.request import Context, Resource
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse

HOSTILE: Final = (
    "'); __import__('os').system('false') #",
    '"""\n__import__("os")\n"""',
    "k0",
    "request.context",
    "{__class__}",
    "${aws:username}') or True or ('",
    "lambda: 0",
    "\n\treturn 1\n",
    "\u2028exit()",
    "\\",
    "\x00",
)
NAMES: Final = {"request", "arn", "context", "get", "multivalued", "seen", "parts", "tail", "held"}
ATTRIBUTES: Final = {
    "split",
    "context",
    "folded",
    "held",
    "get",
    "multivalued",
    "startswith",
    "isdisjoint",
    "issuperset",
}


def policy_of(hostile: str) -> dict[str, Any]:
    return {
        "Version": "2012-10-17",
        "Id": hostile,
        "Statement": [
            {
                "Sid": hostile,
                "Effect": "Allow",
                "Action": f"s3:{hostile.replace(':', '')}" if hostile.strip() else "s3:*",
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": "*",
                "Resource": [f"arn:aws:s3:::{hostile}", f"arn:aws:s3:::*{hostile}?", f"arn:{hostile}:*:*:*:*"],
                "Condition": {
                    "StringEquals": {hostile: hostile, f"aws:PrincipalTag/{hostile}": ["a", hostile]},
                    "StringLike": {hostile: [f"*{hostile}*", "${" + hostile.replace("}", "") + "}"]},
                    "ForAllValues:StringNotEqualsIgnoreCase": {"aws:TagKeys": [hostile]},
                    "NumericLessThan": {hostile: hostile},
                    "DateGreaterThan": {hostile: hostile},
                    "IpAddress": {hostile: hostile},
                    "ArnLike": {hostile: f"arn:aws:s3:::{hostile}"},
                },
            },
        ],
    }


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("variant", [PLAIN, Variant(True, frozenset({"aws:username"}))])
def test_policy_text_is_never_code(hostile: str, variant: Variant) -> None:
    document = parse(policy_of(hostile))
    for statement in document.statements:
        code = compile_statement(statement, PolicyType.IDENTITY, True, False, variant, Setting())
        for part in (code.certain, code.possible):
            for node in ast.walk(part) if isinstance(part, ast.AST) else ():
                if isinstance(node, ast.Name):
                    assert node.id in NAMES
                if isinstance(node, ast.Attribute):
                    assert node.attr in ATTRIBUTES
                assert not isinstance(node, ast.JoinedStr | ast.Lambda | ast.Await | ast.Import)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_decided_as_text(hostile: str) -> None:
    policies = PoliciesInForce(identity=(SourcedPolicy(parse(policy_of(hostile)), name=hostile),))
    engine = Engine(limits=Limits(compile_after=0))
    for arn in (f"arn:aws:s3:::{hostile}", "arn:aws:s3:::b/x", hostile):
        for values in ({}, {hostile: hostile, f"aws:PrincipalTag/{hostile}": "a", "aws:TagKeys": ("b", hostile)}):
            request = Request(
                strategies.EVERYDAY[0], "s3:GetObject", Resource(arn, strategies.ACCOUNT), Context(values)
            )
            assert engine.decide(request, policies) == decide(request, policies)


def test_functions_reach_nothing_of_python() -> None:
    statement = parse(policy_of("x")).statements[1]
    code = compile_statement(statement, PolicyType.IDENTITY, True, False, PLAIN, Setting())
    function = make_bits([code], spelled=False)
    assert isinstance(function, FunctionType)
    assert function.__globals__ == {"__builtins__": {}}
    assert function.__closure__ is None
    assert function.__defaults__ is None
    assert set(function.__code__.co_names) <= ATTRIBUTES
    # Every mark has been replaced, and of the objects only those that were held and these builtins are callable.
    constants = function.__code__.co_consts
    assert not any(isinstance(each, bytes) for each in constants)
    called = [each for each in constants if callable(each)]
    assert set(called) <= {isinstance, str, len, *code.held.values()}


def test_policy_text_that_looks_like_a_mark_is_text() -> None:
    """Marks are bytes, and policies have none."""
    text = (
        "k"
        + next(
            iter(
                compile_statement(
                    parse(policy_of("x")).statements[1], PolicyType.IDENTITY, True, False, PLAIN, Setting()
                ).held
            )
        ).decode()[1:]
    )
    statement = {"Effect": "Allow", "Action": "*", "Resource": f"arn:aws:s3:::{text}"}
    condition = {"StringEquals": {"aws:username": [text, "isinstance"]}}
    policies = PoliciesInForce(
        identity=(
            SourcedPolicy(parse({"Version": "2012-10-17", "Statement": {**statement, "Condition": condition}})),
        )
    )
    engine = Engine(limits=Limits(compile_after=0))
    for name in (text, "isinstance", "other"):
        request = Request(
            strategies.EVERYDAY[0],
            "s3:GetObject",
            Resource(f"arn:aws:s3:::{text}", strategies.ACCOUNT),
            Context({"aws:username": name}),
        )
        assert engine.decide(request, policies) == decide(request, policies)
        assert engine.decide(request, policies).allowed is (name != "other")


def test_a_name_stands_for_one_object_only() -> None:
    first, second = nodes.Names(), nodes.Names()
    first.put("a")
    second.put("b")
    assert not set(first.held) & set(second.held)
