"""The main job as a user does it: a server, `rolecall env`, then plain boto3 and the aws CLI."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clients.server_process import Aws, ServerProcess, answer_of

pytestmark = pytest.mark.clients

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Execution"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}
SMALL_JOBS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sagemaker:CreateTrainingJob",
            "Resource": "*",
            "Condition": {"ForAllValues:StringLike": {"sagemaker:InstanceTypes": ["ml.m5.*"]}},
        },
        {"Effect": "Allow", "Action": "sagemaker:DescribeTrainingJob", "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": ROLE,
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
    ],
}


def job(name: str, instance: str, **extra: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "AlgorithmSpecification": {
            "TrainingImage": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
        },
        "RoleArn": ROLE,
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **extra,
    }


def denial(action: str, resource: str) -> str:
    return (
        f"User: arn:aws:iam::{ACCOUNT}:user/ana is not authorized to perform: {action} on resource: {resource} "
        f"because no identity-based policy allows the {action} action"
    )


def test_boto3_creates_a_user_a_policy_and_a_training_job(any_server: ServerProcess) -> None:
    iam = any_server.client("iam")
    iam.create_role(RoleName="Execution", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.create_user(UserName="ana")
    policy = iam.create_policy(PolicyName="SmallJobs", PolicyDocument=json.dumps(SMALL_JOBS))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="ana", PolicyArn=policy)
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    ana = any_server.client("sagemaker", AccessKeyId=key["AccessKeyId"], SecretAccessKey=key["SecretAccessKey"])

    made = ana.create_training_job(**job("small", "ml.m5.large"))
    assert made["TrainingJobArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/small"
    assert ana.describe_training_job(TrainingJobName="small")["RoleArn"] == ROLE

    with pytest.raises(ClientError) as too_big:
        ana.create_training_job(**job("big", "ml.p3.2xlarge"))
    assert too_big.value.response["Error"]["Code"] == "AccessDeniedException"
    assert too_big.value.response["Error"]["Message"] == denial(
        "sagemaker:CreateTrainingJob", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/big"
    )

    with pytest.raises(ClientError) as tagged:
        ana.create_training_job(**job("tagged", "ml.m5.large", Tags=[{"Key": "team", "Value": "ml"}]))
    assert tagged.value.response["Error"]["Message"] == denial(
        "sagemaker:AddTags", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/tagged"
    )


def test_the_aws_cli_creates_a_user_a_policy_and_a_training_job(any_server: ServerProcess, aws: Aws) -> None:
    root = any_server.environment()
    answer_of(
        aws(
            root,
            "iam",
            "create-role",
            "--role-name",
            "Execution",
            "--assume-role-policy-document",
            json.dumps(TRUST),
        )
    )
    answer_of(aws(root, "iam", "create-user", "--user-name", "ana"))
    policy = answer_of(
        aws(
            root, "iam", "create-policy", "--policy-name", "SmallJobs", "--policy-document", json.dumps(SMALL_JOBS)
        )
    )["Policy"]["Arn"]
    answer_of(aws(root, "iam", "attach-user-policy", "--user-name", "ana", "--policy-arn", policy))
    key = answer_of(aws(root, "iam", "create-access-key", "--user-name", "ana"))["AccessKey"]
    ana = {**root, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    who = answer_of(aws(ana, "sts", "get-caller-identity"))
    assert who["Arn"] == f"arn:aws:iam::{ACCOUNT}:user/ana"

    made = aws(
        ana, "sagemaker", "create-training-job", "--cli-input-json", json.dumps(job("small", "ml.m5.large"))
    )
    assert answer_of(made)["TrainingJobArn"] == f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/small"

    denied = aws(
        ana, "sagemaker", "create-training-job", "--cli-input-json", json.dumps(job("big", "ml.p3.2xlarge"))
    )
    assert denied.returncode != 0
    assert (
        "(AccessDeniedException) when calling the CreateTrainingJob operation: "
        + denial("sagemaker:CreateTrainingJob", f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/big")
        in denied.stderr
    )
