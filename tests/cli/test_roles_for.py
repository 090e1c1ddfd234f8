"""`rolecall roles-for` against a server: offered roles, what they lack, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rolecall.cli.roles_for import roles_for
from rolecall.connection import RUN_FILE
from rolecall.errors import InputError
from rolecall.server import Running, Settings, running
from rolecall.server.run import write_run_file


def trusting(service: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("data")
    with running(Settings(data=folder, port=0, ephemeral=True)) as server:
        write_run_file(folder / RUN_FILE, server)
        _furnish(server)
        yield folder


def _furnish(server: Running) -> None:
    iam = server.client("iam")
    iam.create_role(RoleName="Ready", AssumeRolePolicyDocument=trusting("sagemaker.amazonaws.com"))
    iam.attach_role_policy(RoleName="Ready", PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    iam.create_role(RoleName="Bare", AssumeRolePolicyDocument=trusting("sagemaker.amazonaws.com"))
    iam.create_role(RoleName="ForLambda", AssumeRolePolicyDocument=trusting("lambda.amazonaws.com"))
    iam.create_user(UserName="ana")


def ask(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(roles_for, ["--data", str(folder), *arguments])


def test_root_is_offered_what_trusts_sagemaker(folder: Path) -> None:
    asked = ask(folder, "CreateTrainingJob", "--format", "json")
    assert asked.exit_code == 0
    roles = {role["role"].rpartition("/")[2]: role for role in json.loads(asked.stdout)["roles"]}
    assert {name for name, role in roles.items() if role["offered"]} == {"Ready", "Bare"}
    assert "ecr:BatchGetImage" not in roles["Ready"]["lacks"]
    assert "ecr:BatchGetImage" in roles["Bare"]["lacks"]


def test_a_user_who_may_pass_nothing_is_offered_nothing(folder: Path) -> None:
    asked = ask(folder, "CreateTrainingJob", "--as", "arn:aws:iam::123456789012:user/ana")
    assert asked.exit_code == 1
    assert "Not offered:" in asked.stdout
    assert "no identity-based policy allows the iam:PassRole action" in " ".join(asked.stdout.split())


@pytest.mark.parametrize(
    "arguments",
    [
        ("CreateBanana",),
        ("CreateTrainingJob", "--as", "ana"),
        ("CreateTrainingJob", "--as", "arn:aws:iam::123456789012:user/nobody"),
    ],
)
def test_what_is_not_known_is_an_error(folder: Path, arguments: tuple[str, ...]) -> None:
    assert isinstance(ask(folder, *arguments).exception, InputError)
