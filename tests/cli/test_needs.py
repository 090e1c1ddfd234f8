"""`rolecall needs`: as a table, a policy, a test, and for somebody in particular."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from rolecall.cli.needs import needs
from rolecall.cli.test import test as run_tests
from rolecall.connection import RUN_FILE
from rolecall.errors import InputError
from rolecall.server import Settings, running
from rolecall.server.run import write_run_file

ROLE = "arn:aws:iam::123456789012:role/Training"
MODEL = ["create-model", "--model-name", "m", "--execution-role-arn", ROLE, "--tags", "Key=team,Value=fraud"]


def ask(*arguments: str) -> Result:
    return CliRunner().invoke(needs, arguments)


def asked(*arguments: str) -> dict[str, Any]:
    done = ask(*arguments, "--format", "json")
    assert done.stdout, done.exception
    return dict(json.loads(done.stdout))


@pytest.mark.parametrize(
    "words", [["sagemaker", *MODEL], ["sagemaker:CreateModel", *MODEL[1:]], ["CreateModel", *MODEL[1:]]]
)
def test_operations_are_named_in_three_ways(words: list[str]) -> None:
    assert [one["action"] for one in asked(*words)["checks"]] == [
        "sagemaker:CreateModel",
        "iam:PassRole",
        "sagemaker:AddTags",
    ]


def test_parameters_come_from_a_file_too(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    file.write_text(json.dumps({"ModelName": "other", "ExecutionRoleArn": ROLE}))
    found = asked("CreateModel", "--cli-input-json", f"file://{file}", "--model-name", "m")
    assert found["checks"][0]["resource"] == "arn:aws:sagemaker:us-east-1:123456789012:model/m"


def test_operations_of_the_runtime_clients_are_found() -> None:
    found = asked("sagemaker:InvokeEndpoint", "--endpoint-name", "e", "--target-model", "m.tar.gz")
    assert found["service"] == "sagemaker-runtime"
    assert found["checks"][0]["keys"]["sagemaker:TargetModel"] == ["m.tar.gz"]


def test_the_table_says_why() -> None:
    text = ask("sagemaker", *MODEL).stdout
    assert "why   the call hands this role to SageMaker (ExecutionRoleArn)" in text
    assert "with  sagemaker:TaggingAction = CreateModel" in text


def test_the_policy_is_a_policy() -> None:
    policy = json.loads(ask("sagemaker", *MODEL, "--as-policy").stdout)
    assert policy["Statement"][1]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_the_test_file_passes(tmp_path: Path) -> None:
    text = ask("sagemaker", *MODEL, "--as-test").stdout
    assert [case["expect"] for case in yaml.safe_load(text)["cases"]] == ["allow", "deny", "deny", "deny"]
    file = tmp_path / "model.rolecall.yaml"
    file.write_text(text)
    done = CliRunner().invoke(run_tests, [str(file)])
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["CreateModle"], "did you mean sagemaker:CreateModel"),
        (["nosuch:CreateModel"], "nosuch is not served"),
        (["CreateModel", "--cli-input-json", "/no/such.json"], "cannot read"),
        (["sagemaker", *MODEL, "--as-policy", "--for-role", "Other"], "passes no role Other"),
    ],
)
def test_what_is_not_understood_is_said(words: list[str], message: str) -> None:
    problem = ask(*words).exception
    assert isinstance(problem, InputError)
    assert message in str(problem)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    with running(Settings(data=folder, port=0, ephemeral=True)) as server:
        write_run_file(folder / RUN_FILE, server)
        iam = server.client("iam")
        iam.create_user(UserName="ana")
        policy = json.loads(ask("sagemaker", *MODEL, "--as-policy").stdout)
        policy["Statement"] = [one for one in policy["Statement"] if one["Action"] != "iam:PassRole"]
        iam.put_user_policy(UserName="ana", PolicyName="models", PolicyDocument=json.dumps(policy))
        (folder / "account.json").write_text(
            json.dumps(iam.get_account_authorization_details(), default=str), encoding="utf-8"
        )
        yield folder


@pytest.mark.parametrize("export", [False, True])
def test_it_says_what_somebody_lacks(folder: Path, export: bool) -> None:
    where = ["--from", str(folder / "account.json")] if export else ["--data", str(folder)]
    ana = ["--as", "arn:aws:iam::123456789012:user/ana"]
    found = asked("sagemaker", *MODEL, *ana, *where)
    assert {one["action"]: one["allowed"] for one in found["checks"]} == {
        "sagemaker:CreateModel": True,
        "iam:PassRole": False,
        "sagemaker:AddTags": True,
    }
    text = ask("sagemaker", *MODEL, *ana, *where)
    assert text.exit_code == 1
    assert "lacks  iam:PassRole" in text.stdout


def test_an_unknown_principal_of_an_export_is_an_error(folder: Path) -> None:
    done = ask("ListModels", "--as", "arn:aws:iam::123456789012:user/anna", "--from", str(folder / "account.json"))
    assert "did you mean arn:aws:iam::123456789012:user/ana" in str(done.exception)
