"""An account in which things come to life at once, with a role, an endpoint and a feature group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from rolecall.testing.server import Account, TestServer, in_process

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/model:1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": ["sagemaker.amazonaws.com", "job.sagemaker.amazonaws.com"]},
    },
}


@pytest.fixture(scope="session")
def server() -> Iterator[TestServer]:
    with in_process(time_scale=1e9) as made:
        yield made


@pytest.fixture
def account(server: TestServer) -> Account:
    made = server.new_account()
    made.client("iam").create_role(RoleName="role", AssumeRolePolicyDocument=json.dumps(TRUST))
    return made


@pytest.fixture
def role(account: Account) -> str:
    return account.iam("role/role")


@pytest.fixture
def endpoint(account: Account, role: str) -> Callable[..., str]:
    """Makes an endpoint of this name and gives its ARN."""

    def make(name: str, *containers: dict[str, Any], **config: Any) -> str:
        sagemaker = account.client("sagemaker")
        variants = []
        for number, container in enumerate(containers or ({},)):
            model = f"{name}-{number}"
            primary = {"Image": IMAGE, **container}
            sagemaker.create_model(ModelName=model, ExecutionRoleArn=role, PrimaryContainer=primary)
            variants.append(
                {
                    "VariantName": f"v{number}",
                    "ModelName": model,
                    "InitialInstanceCount": 1,
                    "InstanceType": "ml.m5.large",
                    "InitialVariantWeight": 0.0 if number else 1.0,
                }
            )
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=variants, **config)
        return str(sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=name)["EndpointArn"])

    return make
