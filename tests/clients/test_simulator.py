"""IAM's policy simulator through the aws CLI: what it prints, and who may ask."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running

pytestmark = pytest.mark.clients

ALICE = "arn:aws:iam::123456789012:user/alice"
POLICY = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sagemaker:List*","Resource":"*"}}'


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as up:
        iam = up.client("iam")
        iam.create_user(UserName="alice")
        iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=POLICY)
        yield up


def aws(awscli: list[str], server: Running, *arguments: str) -> Any:
    environment = {
        **os.environ,
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_ACCESS_KEY_ID": server.access_key_id,
        "AWS_SECRET_ACCESS_KEY": server.secret_access_key,
        "AWS_DEFAULT_REGION": server.region,
    }
    told = subprocess.run([*awscli, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return json.loads(told.stdout)


def test_the_cli_prints_the_simulators_results(server: Running, awscli: list[str]) -> None:
    answer = aws(
        awscli,
        server,
        "iam",
        "simulate-principal-policy",
        "--policy-source-arn",
        ALICE,
        "--action-names",
        "sagemaker:ListModels",
        "sagemaker:CreateModel",
    )
    first, second = answer["EvaluationResults"]
    assert first == {
        "EvalActionName": "sagemaker:ListModels",
        "EvalResourceName": "*",
        "EvalDecision": "allowed",
        "MatchedStatements": [
            {
                "SourcePolicyId": "user_alice_own",
                "SourcePolicyType": "IAM Policy",
                "StartPosition": {"Line": 1, "Column": 38},
                "EndPosition": {"Line": 1, "Column": 97},
            }
        ],
        "MissingContextValues": [],
        "EvalDecisionDetails": {},
    }
    assert (second["EvalDecision"], second["MatchedStatements"]) == ("implicitDeny", [])


def test_the_cli_sends_context_entries_and_levels(server: Running, awscli: list[str]) -> None:
    region = '{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":"eu-west-1"}}}}'  # noqa: E501
    everything = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}'
    answer = aws(
        awscli,
        server,
        "iam",
        "simulate-custom-policy",
        "--policy-input-list",
        POLICY,
        "--ordered-organization-policy-input-list",
        json.dumps([{"ServiceControlPolicyInputList": [everything, region]}]),
        "--action-names",
        "sagemaker:ListModels",
        "--context-entries",
        "ContextKeyName=aws:RequestedRegion,ContextKeyValues=us-east-1,ContextKeyType=string",
    )
    (result,) = answer["EvaluationResults"]
    assert result["EvalDecision"] == "explicitDeny"
    assert result["OrganizationsDecisionDetail"] == {"AllowedByOrganizations": False}
    (matched,) = result["MatchedStatements"]
    assert matched["SourcePolicyId"] == "OrderedOrganizationPolicyInputList.1.ServiceControlPolicyInputList.2"


def test_simulating_needs_a_permission_on_the_principal(server: Running) -> None:
    iam = server.client("iam")
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    bob = server.client_with(key, "iam")
    asked = {"PolicySourceArn": ALICE, "ActionNames": ["s3:GetObject"]}
    with pytest.raises(ClientError) as caught:
        bob.simulate_principal_policy(**asked)
    assert "iam:SimulatePrincipalPolicy on resource: " + ALICE in caught.value.response["Error"]["Message"]
    statement = {"Effect": "Allow", "Action": "iam:SimulatePrincipalPolicy", "Resource": ALICE}
    iam.put_user_policy(
        UserName="bob",
        PolicyName="own",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )
    assert bob.simulate_principal_policy(**asked)["EvaluationResults"][0]["EvalDecision"] == "implicitDeny"


def test_pages_go_on_through_the_paginator(server: Running) -> None:
    pages = server.client("iam").get_paginator("simulate_principal_policy")
    names = ["s3:GetObject", "s3:PutObject", "s3:ListBucket"]
    found = pages.paginate(PolicySourceArn=ALICE, ActionNames=names, PaginationConfig={"PageSize": 2})
    assert [each["EvalActionName"] for page in found for each in page["EvaluationResults"]] == names
