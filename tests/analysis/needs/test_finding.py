"""What a call needs: told by the server's rows, enough and no more, for every operation."""

from __future__ import annotations

import json
from typing import Any

import pytest

from minimal_parameters import parameters
from rolecall.analysis.needs import least_policy, needs_of, role_policy
from rolecall.analysis.needs.finding import Needs, somebody
from rolecall.authorization.requirements import ROWS
from rolecall.decision import PoliciesInForce, SourcedPolicy, decide
from rolecall.policy.parser import parse
from rolecall.wire import models
from rolecall.wire.services import SERVICES

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/Exec"
CALLS = [
    (service, name)
    for service in ROWS
    if service in SERVICES and SERVICES[service].signing_name == "sagemaker"
    for name in sorted(models.operation_names(service))
]
JOB: dict[str, Any] = {
    "TrainingJobName": "j",
    "RoleArn": ROLE,
    "AlgorithmSpecification": {
        "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.1",
        "TrainingInputMode": "File",
    },
    "InputDataConfig": [
        {"ChannelName": "t", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://in/t/"}}}
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://out/x"},
    "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
    "Tags": [{"Key": "team", "Value": "fraud"}],
}


def found(operation: str, **given: Any) -> Needs:
    return needs_of("sagemaker", operation, given, account=ACCOUNT)


def denied(needs: Needs, policy: dict[str, Any]) -> list[str]:
    """The actions that somebody with this policy alone may not do, of those that the call needs."""
    if not policy["Statement"]:
        return [need.action for need in needs.checks]
    parsed = parse(json.dumps(policy))
    in_force = PoliciesInForce(identity=(SourcedPolicy(parsed, name="least"),))
    return [one.action for one in needs.requests if not decide(one, in_force).allowed]


@pytest.mark.parametrize(("service", "operation"), CALLS)
def test_the_least_policy_is_enough_and_without_any_statement_too_little(service: str, operation: str) -> None:
    known = {"RoleArn": ROLE, "ExecutionRoleArn": ROLE}
    asked = needs_of(service, operation, parameters(service, operation, known), account=ACCOUNT)
    policy = least_policy(asked)
    foreign = {
        need.action for need in asked.checks if f":{ACCOUNT}:" not in need.resource and need.resource != "*"
    }
    assert set(denied(asked, policy)) <= foreign  # resources of other accounts need their policies, too
    for index in range(len(policy["Statement"])):
        less = {**policy, "Statement": [one for at, one in enumerate(policy["Statement"]) if at != index]}
        assert denied(asked, less)


def test_a_training_job_needs_three_permissions() -> None:
    needs = found("CreateTrainingJob", **JOB)
    assert [(need.action, need.resource.partition(f"{ACCOUNT}:")[2]) for need in needs.checks] == [
        ("sagemaker:CreateTrainingJob", "training-job/j"),
        ("iam:PassRole", "role/service-role/Exec"),
        ("sagemaker:AddTags", "training-job/j"),
    ]
    create, passing, tagging = needs.checks
    assert create.keys["sagemaker:InstanceTypes"] == ("ml.m5.large",)
    assert passing.keys == {"iam:PassedToService": ("sagemaker.amazonaws.com",)}
    assert tagging.keys["sagemaker:TaggingAction"] == ("CreateTrainingJob",)


def test_keys_of_who_asks_are_not_what_a_call_needs() -> None:
    for need in found("CreateTrainingJob", **JOB).checks:
        assert not [key for key in need.keys if key.startswith(("aws:Principal", "aws:Source", "aws:userid"))]


def test_the_role_needs_data_images_and_logs() -> None:
    (role,) = found("CreateTrainingJob", **JOB).roles
    needed = {(need.action, need.resource) for need in role.needs}
    assert role.role == ROLE
    assert ("s3:GetObject", "arn:aws:s3:::in/t/*") in needed
    assert ("s3:PutObject", "arn:aws:s3:::out/x*") in needed
    assert ("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:763104351884:repository/pytorch-training") in needed
    assert (
        "logs:PutLogEvents",
        f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/sagemaker/TrainingJobs:*",
    ) in needed
    assert not [need for need in role.needs if need.action.startswith(("ec2:", "kms:"))]


@pytest.mark.parametrize(
    ("given", "actions"),
    [
        ({"VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, {"ec2:CreateNetworkInterface"}),
        (
            {"OutputDataConfig": {"S3OutputPath": "s3://out/", "KmsKeyId": "alias/out"}},
            {"kms:GenerateDataKey", "kms:Encrypt"},
        ),
    ],
)
def test_networks_and_keys_need_more(given: dict[str, Any], actions: set[str]) -> None:
    (role,) = found("CreateTrainingJob", **{**JOB, **given}).roles
    assert actions <= {need.action for need in role.needs}


def test_a_volume_key_needs_a_grant_of_the_caller() -> None:
    given = {"VolumeKmsKeyId": "12345678-1234-1234-1234-123456789012", **JOB["ResourceConfig"]}
    with_key = found("CreateTrainingJob", **{**JOB, "ResourceConfig": given})
    assert [(one.action, one.resource.rpartition(":")[2]) for one in with_key.beside] == [
        ("kms:CreateGrant", "key/12345678-1234-1234-1234-123456789012")
    ]
    assert found("CreateTrainingJob", **JOB).beside == ()


def test_the_policy_of_a_role_holds_its_needs() -> None:
    needs = found("CreateTrainingJob", **JOB)
    actions = {
        action
        for statement in role_policy(needs, ROLE)["Statement"]
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert actions == {need.action for need in needs.roles[0].needs}


def test_the_key_of_a_domain_is_used_by_its_role_through_grants() -> None:
    settings = {"ExecutionRole": ROLE}
    (role,) = found("CreateDomain", DomainName="d", DefaultUserSettings=settings, KmsKeyId="alias/home").roles
    assert {need.action for need in role.needs} == {"kms:CreateGrant", "kms:DescribeKey"}


def test_a_call_that_passes_no_role_says_under_which_it_works() -> None:
    needs = found("CreateTransformJob", TransformJobName="t", ModelName="m")
    assert needs.roles == ()
    assert "role of its model" in needs.under


def test_a_call_without_permission_needs_none() -> None:
    needs = needs_of("sts", "GetCallerIdentity", {}, account=ACCOUNT)
    assert needs.checks == ()
    assert least_policy(needs)["Statement"] == []


def test_whoever_asks_is_a_role_of_the_account() -> None:
    assert somebody(ACCOUNT).account == ACCOUNT
