"""`rolecall needs`: as a table, a policy, a test, and for somebody in particular."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from click.testing import CliRunner, Result

from rolecall.cli.needs import needs
from rolecall.cli.test import test as run_tests
from rolecall.connection import RUN_FILE, find
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


def clients(folder: Path) -> Callable[[str], Any]:
    there = find(folder)
    options: dict[str, Any] = {"region_name": there.region, "endpoint_url": there.endpoint, **there.keys()}
    return lambda service: boto3.client(service, **options)


def verdict(folder: Path, who: str, *words: str) -> dict[str, bool]:
    found = asked(*words, "--as", f"arn:aws:iam::123456789012:{who}", "--data", str(folder))
    return {one["action"]: one["allowed"] for one in found["checks"]}


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        ("by-tag", {"StringEquals": {"aws:ResourceTag/team": "fraud"}}),
        ("by-region", {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}),
        ("by-address", {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
    ],
)
def test_the_server_knows_what_conditions_look_at(folder: Path, name: str, condition: dict[str, Any]) -> None:
    client = clients(folder)
    described = {"Effect": "Allow", "Action": "sagemaker:DescribeHub", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": described})
    client("iam").create_user(UserName=name)
    client("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    tags = [{"Key": "team", "Value": "fraud"}]
    client("sagemaker").create_hub(HubName=f"hub-{name}", HubDescription="d", Tags=tags)
    client("sagemaker").create_hub(HubName=f"other-{name}", HubDescription="d")
    words = ("DescribeHub", "--hub-name")
    assert verdict(folder, f"user/{name}", *words, f"hub-{name}") == {"sagemaker:DescribeHub": True}
    other = verdict(folder, f"user/{name}", *words, f"other-{name}")
    assert other == {"sagemaker:DescribeHub": name != "by-tag"}


def test_the_role_that_sagemaker_makes_is_needed_until_it_is_there(folder: Path) -> None:
    words = ("CreateDomain", "--domain-name", "d", "--auth-mode", "IAM")
    policy = json.loads(ask(*words, "--as-policy").stdout)
    assert [one["Action"] for one in policy["Statement"]] == [
        "sagemaker:CreateDomain",
        "iam:CreateServiceLinkedRole",
    ]
    root = ("--as", "arn:aws:iam::123456789012:root", "--data", str(folder))
    linked = {"action": "iam:CreateServiceLinkedRole", "allowed": True}
    assert linked.items() <= asked(*words, *root)["checks"][-1].items()
    clients(folder)("iam").create_service_linked_role(AWSServiceName="sagemaker.amazonaws.com")
    assert [one["action"] for one in asked(*words, *root)["checks"]] == ["sagemaker:CreateDomain"]


def test_a_cluster_is_known_by_its_id(folder: Path) -> None:
    words = ("DescribeCluster", "--cluster-name", "c")
    assert asked(*words)["checks"][0]["resource"].endswith(":cluster/*")
    client = clients(folder)
    group = {"InstanceGroupName": "w", "InstanceCount": 1, "InstanceType": "ml.c5.large", "ExecutionRole": ROLE}
    code = {"SourceS3Uri": "s3://sagemaker-code/", "OnCreate": "start.sh"}
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    client("iam").create_role(RoleName="Training", AssumeRolePolicyDocument=document)
    made = client("sagemaker").create_cluster(ClusterName="c", InstanceGroups=[{**group, "LifeCycleConfig": code}])
    found = asked(*words, "--as", "arn:aws:iam::123456789012:root", "--data", str(folder))
    assert [one["resource"] for one in found["checks"]] == [made["ClusterArn"]]
