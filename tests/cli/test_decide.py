"""`rolecall decide`: answers in order, error lines, exit codes."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from click.testing import CliRunner

from case_files import decision_cases, neutral
from rolecall.cli.decide import answers, decide

ALICE = {"arn": "arn:aws:iam::111122223333:user/alice", "account": "111122223333", "type": "user"}
SESSION = {"arn": "arn:aws:sts::111122223333:assumed-role/R/s", "type": "role_session"}
FEDERATED = {"arn": "arn:aws:sts::111122223333:federated-user/f", "type": "federated_user"}
ALLOW_S3 = {"Sid": "S", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}
GOOD: dict[str, Any] = {
    "id": "good",
    "principal": ALICE,
    "identity_policies": [{"Version": "2012-10-17", "Statement": [ALLOW_S3]}],
    "boundary": None,
    "session_policies": [],
    "scps": [],
    "rcps": [],
    "endpoint_policy": None,
    "resource_policy": None,
    "resource": {"arn": "arn:aws:s3:::b/k", "account": "111122223333", "tags": {}},
    "action": "s3:GetObject",
    "context": {},
}


def ask(lines: list[str], *options: str) -> tuple[list[dict[str, Any]], int]:
    result = CliRunner().invoke(decide, [*options, "-"], input="\n".join(lines))
    return [json.loads(line) for line in result.stdout.splitlines()], result.exit_code


def test_all_traps_come_out_as_they_must() -> None:
    cases = list(decision_cases("traps"))
    answers, code = ask([json.dumps(neutral(case)) for case in cases])
    assert code == 0
    assert [(said["id"], said["decision"]) for said in answers] == [(case.name, case.want) for case in cases]


def test_the_answer_has_the_fields_of_the_format() -> None:
    (said,), code = ask([json.dumps(GOOD)])
    assert code == 0
    assert said == {
        "id": "good",
        "decision": "allow",
        "by": {"policy_type": "identity", "index": 0, "statement": 0, "sid": "S", "arn": None},
        "message": None,
    }


def test_a_trace_changes_nothing_in_the_answer() -> None:
    """Without one the compiled evaluator answers, with one the reference."""
    lines = [json.dumps(neutral(case)) for topic in ("traps", "evaluation") for case in decision_cases(topic)]
    plain, _ = ask(lines)
    traced, _ = ask(lines, "--explain")
    assert all(said.pop("trace") for said in traced)
    assert plain == traced


def test_explain_adds_the_trace() -> None:
    (said,), _ = ask([json.dumps(GOOD | {"action": "s3:PutObject", "boundary": {"Statement": []}})], "--explain")
    assert "error" in said
    (said,), _ = ask([json.dumps(GOOD | {"action": "ec2:StopInstances"})], "--explain")
    failed = said["trace"]["policies"][0]["statements"][0]["failed"]
    assert failed == {"element": "Action", "answer": "no", "wanted": ["s3:*"], "seen": ["ec2:StopInstances"]}


WRONG: dict[str, tuple[str | dict[str, Any], str]] = {
    "not JSON": ("{", "not valid JSON"),
    "no object": ("[]", "expected an object"),
    "the same key twice": ('{"id": "a", "id": "b"}', "duplicate key"),
    "deep nesting": ("[" * 10_000, "nested deeper"),
    "a misspelt field": ({"identity_polices": []}, "identity_polices: unknown field"),
    "an unknown field of the principal": ({"principal": ALICE | {"x": 1}}, "principal.x: unknown field"),
    "an unknown principal type": ({"principal": ALICE | {"type": "group"}}, "'group'"),
    "an ARN of another type": ({"principal": ALICE | {"type": "role_session"}}, "assumed-role/"),
    "an account that is not the ARN's": ({"principal": ALICE | {"account": "1"}}, "principal.account"),
    "an ARN that only begins like the root's": (
        {"principal": {"arn": "arn:aws:iam::111122223333:root/x", "type": "root"}},
        "found 'arn:aws:iam::111122223333:root/x'",
    ),
    "an ARN without account": (
        {"principal": {"arn": "arn:aws:iam:::user/alice", "type": "user"}},
        "arn:aws:iam::ACCOUNT:user/NAME",
    ),
    "a session without a name": (
        {"principal": {"arn": "arn:aws:sts::111122223333:assumed-role/R", "type": "role_session"}},
        "assumed-role/ROLE/SESSION",
    ),
    "a role of another name than the session's": (
        {"principal": SESSION | {"role_arn": "arn:aws:iam::111122223333:role/Admin"}},
        "principal.role_arn",
    ),
    "a role of another account than the session's": (
        {"principal": SESSION | {"role_arn": "arn:aws:iam::444455556666:role/R"}},
        "principal.role_arn",
    ),
    "an issuer of another account": (
        {"principal": FEDERATED | {"issuer_arn": "arn:aws:iam::444455556666:root"}},
        "principal.issuer_arn",
    ),
    "an issuer that is a role": (
        {"principal": FEDERATED | {"issuer_arn": "arn:aws:iam::111122223333:role/R"}},
        "principal.issuer_arn",
    ),
    "a service that is none": ({"principal": {"arn": "*", "type": "service"}}, "cannot be of type service"),
    "an anonymous caller with a name": (
        {"principal": {"arn": "bob", "type": "anonymous"}},
        "cannot be of type anonymous",
    ),
    "no principal": ({"principal": None}, "principal: missing"),
    "no action": ({"action": None}, "action: missing"),
    "an action without service": ({"action": "GetObject"}, "service:Name"),
    "an action with a wildcard": ({"action": "s3:*"}, "service:Name"),
    "an action of a wildcard service": ({"action": "*:GetObject"}, "service:Name"),
    "an action with a line end": ({"action": "s3:GetObject\n"}, "service:Name"),
    "half of a surrogate pair": ('{"context": {"aws:x": "\\ud800"}}', "surrogate"),
    "a number that is none": ('{"context": {"aws:x": NaN}}', "not valid JSON"),
    "an endpoint policy without resource": (
        {"endpoint_policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}]}},
        "needs Resource or NotResource",
    ),
    "a resource that is no ARN": ({"resource": {"arn": "b/k"}}, "resource.arn"),
    "a malformed policy": (
        {"identity_policies": [{"Statement": [ALLOW_S3 | {"Effect": "Alow"}]}]},
        "identity_policies[0].Statement[0].Effect",
    ),
    "a Principal in a boundary": (
        {"boundary": {"Statement": [ALLOW_S3 | {"Principal": "*"}]}},
        "cannot name a principal",
    ),
    "a wrapped policy without document": ({"boundary": {"name": "B"}}, "boundary"),
    "a level that is no list": ({"scps": [{"Statement": []}]}, "scps[0]"),
    "a tag that is no string": ({"resource": {"arn": "*", "tags": {"a": 1}}}, "resource.tags.a"),
    "a context value that is an object": ({"context": {"aws:x": {}}}, "context.aws:x"),
    "a flag that is none": ({"principal": ALICE | {"management_account": "no"}}, "principal.management_account"),
    "an id that is no string": ({"id": 7}, "id: expected a string"),
}


@pytest.mark.parametrize(("wrong", "expected"), WRONG.values(), ids=WRONG.keys())
def test_a_line_that_is_no_request_is_told_and_the_others_answered(
    wrong: str | dict[str, Any], expected: str
) -> None:
    line = wrong if isinstance(wrong, str) else json.dumps(GOOD | wrong)
    answers, code = ask([json.dumps(GOOD), line, "", json.dumps(GOOD)])
    assert code == 2
    assert [said.get("decision") for said in answers] == ["allow", None, "allow"]
    assert expected in answers[1]["error"]
    assert set(answers[1]) == {"id", "error"}


def test_byte_order_marks_and_carriage_returns_are_passed_over() -> None:
    lines = [b"\xef\xbb\xbf" + json.dumps(GOOD).encode() + b"\r\n", json.dumps(GOOD).encode() + b"\r\n"]
    said = answers(iter(lines), lambda key: False, "reference", with_trace=False)
    assert [each["decision"] for each in said] == ["allow", "allow"]


def test_what_aws_owns_counts_as_the_callers() -> None:
    read = GOOD | {
        "action": "iam:GetPolicy",
        "resource": {"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        "identity_policies": [{"Statement": [ALLOW_S3 | {"Action": "iam:*"}]}],
    }
    (said,), code = ask([json.dumps(read)])
    assert (said["decision"], code) == ("allow", 0)


def test_a_role_may_have_a_path() -> None:
    allowed_to_role = {
        "Effect": "Allow",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/a/b/R"}},
    }
    session = GOOD | {
        "principal": SESSION | {"role_arn": "arn:aws:iam::111122223333:role/a/b/R"},
        "identity_policies": [{"Version": "2012-10-17", "Statement": [allowed_to_role]}],
    }
    (said,), code = ask([json.dumps(session)])
    assert (said["decision"], code) == ("allow", 0)


def test_an_error_gives_the_id_back() -> None:
    (said,), _ = ask([json.dumps({"id": "mine"})])
    assert said["id"] == "mine"


def test_answers_come_line_by_line() -> None:
    """The second line is not read before the first is answered, so a file may be endless."""
    endless = itertools.repeat(json.dumps(GOOD).encode())
    said = next(answers(endless, lambda key: False, "reference", with_trace=False))
    assert said["decision"] == "allow"


def test_the_profile_is_passed_on() -> None:
    named = GOOD | {
        "action": "sagemaker:DescribeModel",
        "resource": {"arn": "arn:aws:sagemaker:us-east-1:111122223333:model/m"},
        "identity_policies": [
            {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:sagemaker:*:*:*"}]}
        ],
    }
    assert [ask([json.dumps(named)], "--profile", name)[0][0]["decision"] for name in ("reference", "guide")] == [
        "allow",
        "implicit_deny",
    ]


def test_a_file_that_is_not_there_is_a_usage_error() -> None:
    assert CliRunner().invoke(decide, ["no-such-file.jsonl"]).exit_code == 2
