"""Policies on SageMaker's resources, as AWS has them today and as the page says: on the server.

Another account deploys from a model package group, or registers into it, when both accounts say so. Under the
profile `guide` SageMaker has no such policies, and statements that name its ARNs allow nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from rolecall.connection import Connection
from rolecall.server import Running, running
from server.conftest import SAGEMAKER, allow, policy

BOTO: Any = boto3.session.Session(region_name="us-east-1")
OURS, THEIRS = "111111111111", "222222222222"
GROUP = f"arn:aws:sagemaker:us-east-1:{OURS}:model-package-group/g"
VERSIONS = f"arn:aws:sagemaker:us-east-1:{OURS}:model-package/g/*"
MODEL = {"Image": f"{OURS}.dkr.ecr.us-east-1.amazonaws.com/serve:1"}


class Accounts:
    """Two accounts; a user of the second, and one of the first, each with the policy that a test gives."""

    def __init__(self, up: Running) -> None:
        self.up = up
        roots = {key.account: key for key in up.roots}
        self.sagemaker = self._client("sagemaker", roots[OURS])
        self.ours, self.theirs = self._client("iam", roots[OURS]), self._client("iam", roots[THEIRS])
        self.our_user, self.their_user = self._user(self.ours), self._user(self.theirs)
        self.sagemaker.create_model_package_group(ModelPackageGroupName="g")
        self.version = self.sagemaker.create_model_package(ModelPackageGroupName="g")["ModelPackageArn"]

    def _client(self, service: str, key: Any) -> Any:
        keys = {"aws_access_key_id": key.access_key_id, "aws_secret_access_key": key.secret_access_key}
        return BOTO.client(service, endpoint_url=self.up.endpoint, **keys)

    def _user(self, iam: Any) -> Any:
        iam.create_user(UserName="u")
        key = iam.create_access_key(UserName="u")["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return BOTO.client("sagemaker", endpoint_url=self.up.endpoint, **keys)

    @staticmethod
    def may(iam: Any, *statements: dict[str, Any]) -> None:
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=policy(*statements))

    def attach(self, *statements: dict[str, Any]) -> None:
        self.sagemaker.put_model_package_group_policy(
            ModelPackageGroupName="g", ResourcePolicy=policy(*statements)
        )


@pytest.fixture
def accounts() -> Iterator[Accounts]:
    with running(accounts=(OURS, THEIRS), time_scale=1e6) as up:
        yield Accounts(up)


def to(account: str, *actions: str, on: str) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": list(actions),
        "Resource": on,
    }


def refused(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_another_account_reads_versions_when_both_say_so(accounts: Accounts) -> None:
    read = accounts.their_user.describe_model_package
    asked = {"ModelPackageName": accounts.version}
    accounts.may(accounts.theirs, allow("sagemaker:DescribeModelPackage"))
    code, message = refused(read, **asked)
    assert code == "AccessDeniedException"
    assert "no resource-based policy allows the sagemaker:DescribeModelPackage action" in message
    accounts.attach(to(THEIRS, "sagemaker:DescribeModelPackage", on=VERSIONS))
    assert read(**asked)["ModelPackageVersion"] == 1
    # What the group's statement does not name, it does not grant; nor does it stand in for their own policy.
    assert (
        refused(accounts.their_user.describe_model_package_group, ModelPackageGroupName=GROUP)[0]
        == "AccessDeniedException"
    )
    accounts.may(accounts.theirs, allow("sagemaker:ListModels"))
    assert refused(read, **asked)[0] == "AccessDeniedException"


def test_another_account_registers_into_the_group(accounts: Accounts) -> None:
    accounts.may(accounts.theirs, allow("sagemaker:CreateModelPackage"))
    register = accounts.their_user.create_model_package
    assert refused(register, ModelPackageGroupName=GROUP)[0] == "AccessDeniedException"
    accounts.attach(to(THEIRS, "sagemaker:CreateModelPackage", on=VERSIONS))
    made = register(ModelPackageGroupName=GROUP)["ModelPackageArn"]
    assert made == f"arn:aws:sagemaker:us-east-1:{OURS}:model-package/g/2"


@pytest.mark.parametrize("several", [False, True])
def test_another_account_deploys_a_version_by_leave_of_the_group(accounts: Accounts, several: bool) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = accounts.theirs.create_role(RoleName="r", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    container = {"ModelPackageName": accounts.version}
    asked = {"Containers": [container, container]} if several else {"PrimaryContainer": container}
    deploy = accounts.their_user.create_model
    accounts.may(accounts.theirs, allow("sagemaker:CreateModel", "iam:PassRole"))
    code, message = refused(deploy, ModelName="m", ExecutionRoleArn=role, **asked)
    assert code == "AccessDeniedException"
    assert "no resource-based policy allows the sagemaker:CreateModel action" in message
    accounts.attach(to(THEIRS, "sagemaker:CreateModel", on=VERSIONS))
    assert deploy(ModelName="m", ExecutionRoleArn=role, **asked)["ModelArn"].endswith(":model/m")


def test_a_version_of_one_s_own_account_needs_no_leave(accounts: Accounts) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}
    role = accounts.ours.create_role(RoleName="r", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    models = f"arn:aws:sagemaker:us-east-1:{OURS}:model/*"
    accounts.may(accounts.ours, allow("iam:PassRole"), allow("sagemaker:CreateModel", Resource=models))
    container = {"ModelPackageName": accounts.version}
    assert accounts.our_user.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=container)


def test_taking_the_policy_away_ends_the_grant(accounts: Accounts) -> None:
    accounts.may(accounts.theirs, allow("sagemaker:DescribeModelPackage"))
    accounts.attach(to(THEIRS, "sagemaker:DescribeModelPackage", on=VERSIONS))
    asked = {"ModelPackageName": accounts.version}
    assert accounts.their_user.describe_model_package(**asked)
    text = accounts.sagemaker.get_model_package_group_policy(ModelPackageGroupName="g")["ResourcePolicy"]
    assert json.loads(text)["Statement"][0]["Resource"] == VERSIONS
    accounts.sagemaker.delete_model_package_group_policy(ModelPackageGroupName="g")
    assert refused(accounts.their_user.describe_model_package, **asked)[0] == "AccessDeniedException"
    assert refused(accounts.sagemaker.get_model_package_group_policy, ModelPackageGroupName="g") == (
        "ValidationException",
        f"Cannot find resource policy for: {GROUP}",
    )
    accounts.sagemaker.delete_model_package_group_policy(ModelPackageGroupName="g")


def endpoint(accounts: Accounts) -> str:
    role = accounts.ours.create_role(RoleName="Exec", AssumeRolePolicyDocument=json.dumps(SAGEMAKER))["Role"][
        "Arn"
    ]
    accounts.sagemaker.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=MODEL)
    variant = {"VariantName": "v", "ModelName": "m", "InitialInstanceCount": 1, "InstanceType": "ml.m5.large"}
    accounts.sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[variant])
    return str(accounts.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")["EndpointArn"])


def test_an_endpoint_s_policy_names_a_user_of_its_own_account(accounts: Accounts) -> None:
    arn = endpoint(accounts)
    read = accounts.our_user.describe_endpoint
    assert refused(read, EndpointName="e")[0] == "AccessDeniedException"
    named = to(OURS, "sagemaker:DescribeEndpoint", on=arn)
    named["Principal"] = {"AWS": f"arn:aws:iam::{OURS}:user/u"}
    assert (
        accounts.sagemaker.put_endpoint_policy(EndpointName="e", ResourcePolicy=policy(named))["EndpointArn"]
        == arn
    )
    assert read(EndpointName="e")["EndpointName"] == "e"
    assert accounts.sagemaker.get_endpoint_policy(EndpointName="e")["EndpointArn"] == arn
    denying = {**named, "Effect": "Deny"}
    accounts.may(accounts.ours, allow("sagemaker:*"))
    accounts.sagemaker.put_endpoint_policy(EndpointName="e", ResourcePolicy=policy(denying))
    code, message = refused(read, EndpointName="e")
    assert (code, message.endswith("with an explicit deny in a resource-based policy")) == (
        "AccessDeniedException",
        True,
    )
    accounts.sagemaker.delete_endpoint_policy(EndpointName="e")
    assert read(EndpointName="e")


@pytest.mark.parametrize(
    "text",
    ["no JSON", policy(allow("sagemaker:DescribeModelPackage")), policy() + "…"],
    ids=["no JSON", "no principal", "not ASCII"],
)
def test_what_is_no_resource_policy_is_refused(accounts: Accounts, text: str) -> None:
    put = accounts.sagemaker.put_model_package_group_policy
    assert refused(put, ModelPackageGroupName="g", ResourcePolicy=text)[0] == "ValidationException"


def test_under_the_guide_only_the_star_allows_and_resources_carry_no_policy() -> None:
    """The page as written, on the server; tests/cases/profiles says the same of the engine."""
    with running(accounts=(OURS, THEIRS), profile="guide", time_scale=1e6) as up:
        accounts = Accounts(up)
        read = accounts.our_user.describe_model_package_group
        asked = {"ModelPackageGroupName": "g"}
        accounts.may(accounts.ours, allow("sagemaker:DescribeModelPackageGroup", Resource=GROUP))
        refusal = refused(read, **asked)
        assert refusal[0] == "AccessDeniedException"
        accounts.may(accounts.ours, allow("sagemaker:DescribeModelPackageGroup"))
        assert read(**asked)["ModelPackageGroupName"] == "g"
        # IAM's own resources keep their ARNs.
        role = accounts.ours.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(SAGEMAKER))["Role"][
            "Arn"
        ]
        may = (allow("sagemaker:CreateModel"), allow("iam:PassRole", Resource=role))
        accounts.may(accounts.ours, *may)
        assert accounts.our_user.create_model(ModelName="m", ExecutionRoleArn=role, PrimaryContainer=MODEL)
        accounts.attach(to(THEIRS, "sagemaker:DescribeModelPackage", on="*"))
        accounts.may(accounts.theirs, allow("sagemaker:DescribeModelPackage"))
        assert (
            refused(accounts.their_user.describe_model_package, ModelPackageName=accounts.version)[0]
            == "AccessDeniedException"
        )


def test_a_denial_under_the_guide_is_explained_by_it() -> None:
    with running(accounts=(OURS, THEIRS), profile="guide") as up:
        accounts = Accounts(up)
        accounts.may(accounts.ours, allow("sagemaker:DescribeModelPackageGroup", Resource=GROUP))
        with pytest.raises(ClientError) as caught:
            accounts.our_user.describe_model_package_group(ModelPackageGroupName="g")
        request_id = caught.value.response["ResponseMetadata"]["RequestId"]
        root = Connection(
            endpoint=up.endpoint, access_key_id=up.access_key_id, secret_access_key=up.secret_access_key
        )
        told = root.explain(request_id, wait=10)
        assert told["profile"] == "guide"
        assert "profile guide: SageMaker statements that name resource ARNs never match" in json.dumps(told)
