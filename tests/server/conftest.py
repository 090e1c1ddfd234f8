"""A live server on a loopback port, and people who call it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec import Struct

from gateways import KINDS, two_gateways, two_workers
from rolecall.server import Running, running

SAGEMAKER = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture(scope="session", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same server as one process, as two gateways that take turns, and as two workers."""
    match request.param:
        case "one process":
            up = running()
        case "two gateways on PostgreSQL":
            database = request.getfixturevalue("lasting_schema_url")
            up = two_gateways(tmp_path_factory.mktemp("gateways"), database)
        case _:
            up = two_workers(tmp_path_factory.mktemp("workers"))
    with up as found:
        yield found


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": list(actions), "Resource": "*", **more}


class Person(Struct, frozen=True):
    """A user with a key. `may` replaces the one policy the user has."""

    server: Running
    name: str
    arn: str
    key: dict[str, Any]

    def client(self, service: str, **options: Any) -> Any:
        return self.server.client_with(self.key, service, **options)

    def may(self, *statements: dict[str, Any]) -> Person:
        self.server.client("iam").put_user_policy(
            UserName=self.name, PolicyName="own", PolicyDocument=policy(*statements)
        )
        return self


@pytest.fixture
def person(server: Running) -> Person:
    """A user who may do nothing yet, of a name that nobody had."""
    iam = server.client("iam")
    name = f"user-{uuid.uuid4().hex[:8]}"
    user = iam.create_user(UserName=name)["User"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Person(server, name, user["Arn"], key)


@pytest.fixture
def role(server: Running) -> str:
    """The ARN of a role that SageMaker can assume."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    made = server.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(SAGEMAKER))
    return str(made["Role"]["Arn"])


def training_job(role: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": f"job-{uuid.uuid4().hex[:8]}",
        "RoleArn": role,
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
        },
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **more,
    }
