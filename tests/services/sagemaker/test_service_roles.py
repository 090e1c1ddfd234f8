"""The first domain of an account brings its service-linked role, which the caller must be allowed to have made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running

ROLE = "AWSServiceRoleForAmazonSageMakerNotebooks"
LINKED = f"arn:aws:iam::123456789012:role/aws-service-role/sagemaker.amazonaws.com/{ROLE}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


@pytest.fixture
def server() -> Iterator[Running]:
    with running(time_scale=1000.0) as started:
        yield started


def person(server: Running, *statements: dict[str, Any]) -> Any:
    """A SageMaker client of a user with these statements."""
    iam = server.client("iam")
    iam.create_user(UserName="ana")
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    iam.put_user_policy(UserName="ana", PolicyName="p", PolicyDocument=policy)
    return server.client_with(iam.create_access_key(UserName="ana")["AccessKey"], "sagemaker")


def domain(server: Running) -> dict[str, Any]:
    iam = server.client("iam")
    role = iam.create_role(RoleName="exec", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    return {"DomainName": "team", "AuthMode": "IAM", "DefaultUserSettings": {"ExecutionRole": role}}


ADMIN = {"Effect": "Allow", "Action": ["sagemaker:*", "iam:PassRole"], "Resource": "*"}


def test_without_leave_to_make_the_role_there_is_no_domain(server: Running) -> None:
    given = domain(server)
    with pytest.raises(ClientError) as caught:
        person(server, ADMIN).create_domain(**given)
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException"
    assert "is not authorized to perform: iam:CreateServiceLinkedRole on resource: " + LINKED in error["Message"]
    assert server.client("sagemaker").list_domains()["Domains"] == []


def test_with_leave_the_role_is_made_once(server: Running) -> None:
    given = domain(server)
    linked = {
        "Effect": "Allow",
        "Action": "iam:CreateServiceLinkedRole",
        "Resource": LINKED,
        "Condition": {"StringEquals": {"iam:AWSServiceName": "sagemaker.amazonaws.com"}},
    }
    sagemaker = person(server, ADMIN, linked)
    sagemaker.create_domain(**given)
    assert server.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"] == LINKED
    # The role is there: nobody needs to make it any more.
    server.client("iam").put_user_policy(
        UserName="ana",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ADMIN]}),
    )
    sagemaker.create_domain(**given)
