"""`rolecall env` and `rolecall exec`: what a shell, a program and a command get."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from rolecall.cli.env import env
from rolecall.cli.exec import environment
from rolecall.connection import RUN_FILE, Connection
from rolecall.server import Running, Settings, running
from rolecall.server.run import write_run_file


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Running]]:
    folder = tmp_path_factory.mktemp("data")
    with running(Settings(data=folder, port=0, ephemeral=True)) as found:
        write_run_file(folder / RUN_FILE, found)
        yield folder, found


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(env, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0
    return done.output


def test_a_shell_gets_exports_and_loses_a_token_of_before(server: tuple[Path, Running]) -> None:
    folder, found = server
    lines = printed("--data", str(folder)).splitlines()
    exports = dict(shlex.split(line)[1].split("=", 1) for line in lines if line.startswith("export "))
    assert exports == {
        "AWS_ENDPOINT_URL": found.endpoint,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": found.access_key_id,
        "AWS_SECRET_ACCESS_KEY": found.secret_access_key,
    }
    assert "unset AWS_SESSION_TOKEN" in lines


def test_a_program_gets_json(server: tuple[Path, Running]) -> None:
    folder, found = server
    answer = json.loads(printed("--data", str(folder), "--format", "json"))
    assert answer["AWS_ACCESS_KEY_ID"] == found.access_key_id
    assert all(isinstance(value, str) for value in answer.values()), "an environment has texts only"


def test_credentials_of_a_role_come_with_a_token(server: tuple[Path, Running]) -> None:
    folder, found = server
    arn = found.client("iam").create_role(
        RoleName="Reader",
        AssumeRolePolicyDocument=json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "sagemaker.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ],
            }
        ),
    )["Role"]["Arn"]
    answer = json.loads(printed("--data", str(folder), "--as", arn, "--format", "json"))
    caller = found.client_with(
        {
            "AccessKeyId": answer["AWS_ACCESS_KEY_ID"],
            "SecretAccessKey": answer["AWS_SECRET_ACCESS_KEY"],
            "SessionToken": answer["AWS_SESSION_TOKEN"],
        },
        "sts",
    ).get_caller_identity()
    assert caller["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/Reader/")


def test_a_command_loses_what_would_win_over_its_credentials() -> None:
    ours = {
        "PATH": "/bin",
        "AWS_PROFILE": "work",
        "AWS_SESSION_TOKEN": "old",
        "AWS_ENDPOINT_URL_STS": "https://elsewhere",
        "AWS_ACCESS_KEY_ID": "old",
    }
    theirs = Connection(endpoint="http://here", access_key_id="new", secret_access_key="secret").environment()
    made = environment(ours, theirs)
    assert made["PATH"] == "/bin"
    assert made["AWS_ACCESS_KEY_ID"] == "new"
    assert not {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_STS"} & set(made)
