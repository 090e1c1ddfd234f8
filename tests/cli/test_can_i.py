"""`rolecall can-i`: yes, no or it depends, with the exit codes that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rolecall.cli.main import main
from rolecall.server import Running, running

pytestmark = pytest.mark.clients

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Exec"
JOB = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/j"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "Look",
            "Effect": "Allow",
            "Action": ["sagemaker:List*", "sagemaker:DescribeModel"],
            "Resource": "*",
        },
        {
            "Effect": "Allow",
            "Action": "sagemaker:CreateTrainingJob",
            "Resource": f"arn:aws:sagemaker:*:{ACCOUNT}:training-job/*",
            "Condition": {"ForAllValues:StringLike": {"sagemaker:InstanceTypes": "ml.m5.*"}},
        },
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": ROLE,
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
    ],
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}],
}

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as up:
        iam = up.client("iam")
        for name in ("alice", "bob"):
            iam.create_user(UserName=name)
        iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=json.dumps(POLICY))
        iam.create_role(RoleName="Exec", AssumeRolePolicyDocument=json.dumps(TRUST))
        yield up


@pytest.fixture(scope="module")
def export(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "account.json"
    details = server.client("iam").get_account_authorization_details()
    path.write_text(json.dumps(details, default=str), encoding="utf-8")
    return path


@pytest.fixture(params=["server", "export"])
def can_i(
    request: pytest.FixtureRequest,
    server: Running,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """The command against a running server, and against the export of the same account."""
    extra: list[str] = []
    if request.param == "export":
        extra = ["--from", str(request.getfixturevalue("export"))]
    act_as(server, monkeypatch, {"AccessKeyId": server.access_key_id, "SecretAccessKey": server.secret_access_key})

    def run(*arguments: str) -> tuple[int, str, str]:
        return called(capsys, *arguments, *extra)

    return run


def act_as(server: Running, monkeypatch: pytest.MonkeyPatch, key: dict[str, Any]) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", key["SecretAccessKey"])
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def called(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(["can-i", *arguments])
    out, err = capsys.readouterr()
    return int(left.value.code or 0), out, err


SMALL = "sagemaker:InstanceTypes=ml.m5.large"
LARGE = "sagemaker:InstanceTypes=ml.p4d.24xlarge"
PASSED = "iam:PassedToService=sagemaker.amazonaws.com"
QUESTIONS = [
    pytest.param(0, "statement 0 (Look) of the identity policy own", ["sagemaker:ListModels"], id="yes"),
    pytest.param(1, "because no identity-based policy allows", ["sagemaker:CreateModel", "*"], id="no"),
    pytest.param(3, "sagemaker:InstanceTypes", ["sagemaker:CreateTrainingJob", JOB], id="a service's key decides"),
    pytest.param(0, "yes", ["sagemaker:CreateTrainingJob", JOB, "--context", SMALL], id="the key is given"),
    pytest.param(1, "no", ["sagemaker:CreateTrainingJob", JOB, "--context", LARGE], id="and is another"),
    pytest.param(3, "iam:PassedToService", ["iam:PassRole", ROLE], id="passed to whom?"),
    pytest.param(0, "yes", ["iam:PassRole", ROLE, "--context", PASSED], id="passed to SageMaker"),
    pytest.param(0, "role trust policy", ["sts:AssumeRole", ROLE], id="the trust policy decides"),
    pytest.param(0, "yes", ["SAGEMAKER:listmodels"], id="case does not count"),
]


@pytest.mark.parametrize(("code", "says", "arguments"), QUESTIONS)
def test_the_answer_and_the_exit_code(can_i: Run, code: int, says: str, arguments: list[str]) -> None:
    left, out, err = can_i(*arguments, "--as", ALICE)
    assert (left, err) == (code, "")
    assert says in " ".join(out.split())
    assert all(len(line) <= 80 for line in out.splitlines())


UNASKABLE = [
    (["sagemaker:ListModel", "--as", ALICE], "did you mean sagemaker:ListModels"),
    (["sagemaker:ListModels", "--as", ALICE, "--context", "aws:SourceIpp=1.2.3.4"], "did you mean aws:SourceIp"),
    (["sagemaker:ListModels", "--as", f"{ALICE}x"], f"did you mean {ALICE}"),
    (["sagemaker:CreateModel", "model/m", "--as", ALICE], "expected an ARN"),
    (["sagemaker:CreateModel", ROLE, "--as", ALICE], "is not on"),
    (["sagemaker:ListModels", "--as", ALICE, "--context", "nothing"], "expected KEY=VALUE"),
    (["--list", "--as", ALICE, "--service", "sagemakr"], "did you mean sagemaker"),
]


@pytest.mark.parametrize(("arguments", "says"), UNASKABLE, ids=lambda each: str(each)[:40])
def test_what_is_not_known_is_an_error_and_never_a_no(can_i: Run, arguments: list[str], says: str) -> None:
    code, out, err = can_i(*arguments)
    assert (code, out) == (2, "")
    assert says in err


def test_a_no_is_explained_with_what_would_turn_it(can_i: Run) -> None:
    code, out, _ = can_i("sagemaker:CreateModel", "--as", ALICE, "--explain", "--format", "json")
    assert code == 1
    answer = json.loads(out)
    assert answer["trace"]["decision"] == "implicit_deny"
    assert any(repair["changes"][0]["kind"] == "add-policy" for repair in answer["repairs"]["repairs"])


def test_what_a_principal_can_do_is_listed_by_service_and_level(can_i: Run) -> None:
    code, out, _ = can_i("--list", "--as", ALICE, "--format", "json")
    assert code == 0
    found = {each["action"]: each for each in json.loads(out)["permissions"]}
    assert {each["service"] for each in found.values()} == {"sagemaker", "iam"}
    assert found["sagemaker:ListModels"] == {
        "service": "sagemaker",
        "level": "List",
        "action": "sagemaker:ListModels",
        "resources": ["*"],
    }
    assert found["sagemaker:CreateTrainingJob"]["depends_on"] == ["sagemaker:InstanceTypes"]
    assert found["iam:PassRole"]["resources"] == [ROLE]
    assert "sagemaker:DeleteModel" not in found
    code, out, _ = can_i("--list", "--as", BOB)
    assert (code, out.splitlines()[-1]) == (0, "nothing")


def test_one_may_ask_about_oneself_and_needs_leave_to_ask_about_others(
    server: Running, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="carol")
    act_as(server, monkeypatch, iam.create_access_key(UserName="carol")["AccessKey"])

    def may(action: str, resource: str) -> None:
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="carol", PolicyName="own", PolicyDocument=document)

    code, _, err = called(capsys, "sagemaker:ListModels")
    assert code == 2
    assert "sts:DecodeAuthorizationMessage" in err
    may("sts:DecodeAuthorizationMessage", "*")
    assert called(capsys, "sagemaker:ListModels")[0] == 1
    code, _, err = called(capsys, "sagemaker:ListModels", "--as", ALICE)
    assert code == 2
    assert "iam:SimulatePrincipalPolicy" in err
    may("iam:SimulatePrincipalPolicy", ALICE)
    assert called(capsys, "sagemaker:ListModels", "--as", ALICE)[0] == 0
    assert called(capsys, "sagemaker:ListModels", "--as", BOB)[0] == 2
