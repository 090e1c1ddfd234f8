"""The calls that Terraform's AWS provider makes, in its order: create, read until it is there, update in place,
read, delete, read until it is gone. After the provider's sources (internal/service/iam and sagemaker).

What it reads it compares with what it wrote: a difference would be a change in every plan.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server.run import Running, running

pytestmark = pytest.mark.clients

EC2 = "ec2.amazonaws.com"
SAGEMAKER = "sagemaker.amazonaws.com"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(time_scale=100.0) as server:
        yield server


@pytest.fixture
def iam(server: Running) -> Any:
    return server.client("iam")


def trust(service: str) -> str:
    """As jsonencode writes it: members in order of their names."""
    return json.dumps(
        {
            "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": service}}],
            "Version": "2012-10-17",
        },
        separators=(",", ":"),
    )


def allow(*actions: str) -> str:
    statement = {"Action": list(actions), "Effect": "Allow", "Resource": "*"}
    return json.dumps({"Statement": [statement], "Version": "2012-10-17"}, separators=(",", ":"))


def tags(**values: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def is_gone(read: Callable[[], Any], code: str) -> bool:
    """The provider takes exactly this code for "not found"; anything else is an error."""
    try:
        read()
    except ClientError as error:
        return bool(error.response["Error"]["Code"] == code)
    return False


def until(state: Callable[[], str], wanted: str, *pending: str) -> None:
    """As the provider waits: any other state is an error."""
    while (now := state()) != wanted:
        assert now in pending
        time.sleep(0.02)


def test_aws_iam_role(iam: Any) -> None:
    name = "tf-role"
    assert is_gone(lambda: iam.get_role(RoleName=name), "NoSuchEntity")
    boundary = iam.create_policy(PolicyName="tf-edge", PolicyDocument=allow("*"))["Policy"]["Arn"]
    made = iam.create_role(
        RoleName=name,
        Path="/service/",
        AssumeRolePolicyDocument=trust(EC2),
        Description="made",
        MaxSessionDuration=3600,
        PermissionsBoundary=boundary,
        Tags=tags(team="ml"),
    )["Role"]
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=allow("s3:GetObject"))
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerReadOnly")

    role = iam.get_role(RoleName=name)["Role"]
    assert (role["Arn"], role["RoleId"], role["CreateDate"]) == (made["Arn"], made["RoleId"], made["CreateDate"])
    assert role["AssumeRolePolicyDocument"] == json.loads(trust(EC2))
    assert (role["Path"], role["Description"], role["MaxSessionDuration"]) == ("/service/", "made", 3600)
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert role["Tags"] == tags(team="ml")
    (inline,) = iam.list_role_policies(RoleName=name)["PolicyNames"]
    assert iam.get_role_policy(RoleName=name, PolicyName=inline)["PolicyDocument"] == json.loads(
        allow("s3:GetObject")
    )
    (attached,) = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    assert attached["PolicyArn"] == "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"

    iam.update_assume_role_policy(RoleName=name, PolicyDocument=trust(SAGEMAKER))
    iam.update_role_description(RoleName=name, Description="changed")
    iam.update_role(RoleName=name, MaxSessionDuration=7200)
    iam.delete_role_permissions_boundary(RoleName=name)
    iam.untag_role(RoleName=name, TagKeys=["team"])
    iam.tag_role(RoleName=name, Tags=tags(stage="prod"))
    role = iam.get_role(RoleName=name)["Role"]
    assert role["AssumeRolePolicyDocument"] == json.loads(trust(SAGEMAKER))
    assert (role["Description"], role["MaxSessionDuration"]) == ("changed", 7200)
    assert (role["Tags"], "PermissionsBoundary" in role) == (tags(stage="prod"), False)

    # force_detach_policies
    assert iam.list_instance_profiles_for_role(RoleName=name)["InstanceProfiles"] == []
    with pytest.raises(ClientError, match="DeleteConflict"):
        iam.delete_role(RoleName=name)
    iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role_policy(RoleName=name, PolicyName="inline")
    iam.delete_role(RoleName=name)
    assert is_gone(lambda: iam.get_role(RoleName=name), "NoSuchEntity")
    assert is_gone(lambda: iam.delete_role(RoleName=name), "NoSuchEntity")


def test_aws_iam_policy(iam: Any) -> None:
    made = iam.create_policy(
        PolicyName="tf-policy", Path="/", PolicyDocument=allow("s3:GetObject"), Description="d", Tags=tags(a="1")
    )["Policy"]
    arn = made["Arn"]

    def read() -> tuple[dict[str, Any], Any]:
        policy = iam.get_policy(PolicyArn=arn)["Policy"]
        version = iam.get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])["PolicyVersion"]
        return policy, version["Document"]

    policy, document = read()
    assert (policy["PolicyId"], policy["Description"], policy["Tags"]) == (made["PolicyId"], "d", tags(a="1"))
    assert (policy["AttachmentCount"], document) == (0, json.loads(allow("s3:GetObject")))

    # Each update is a new version; of five, the oldest that is not in force goes first.
    for number in range(7):
        versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
        if len(versions) >= 5:
            old = min((one for one in versions if not one["IsDefaultVersion"]), key=lambda one: one["CreateDate"])
            iam.delete_policy_version(PolicyArn=arn, VersionId=old["VersionId"])
        text = allow("s3:GetObject", f"s3:List{number}")
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        assert read()[1] == json.loads(text)
    assert read()[0]["DefaultVersionId"] == "v8"

    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)
    assert is_gone(lambda: iam.get_policy(PolicyArn=arn), "NoSuchEntity")


def test_aws_iam_instance_profile(iam: Any) -> None:
    name = "tf-profile"
    for role in ("tf-first", "tf-second"):
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust(EC2))
    iam.create_instance_profile(InstanceProfileName=name, Path="/", Tags=tags(a="1"))
    iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="tf-first")

    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert [role["RoleName"] for role in profile["Roles"]] == ["tf-first"]
    assert iam.get_role(RoleName="tf-first")["Role"]["RoleId"] == profile["Roles"][0]["RoleId"]
    assert profile["Tags"] == tags(a="1")

    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName="tf-first")
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="tf-second")
    iam.untag_instance_profile(InstanceProfileName=name, TagKeys=["a"])
    profile = iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
    assert ([role["RoleName"] for role in profile["Roles"]], profile["Tags"]) == (["tf-second"], [])

    # A role is destroyed only after the profile has let go of it.
    (holding,) = iam.list_instance_profiles_for_role(RoleName="tf-second")["InstanceProfiles"]
    assert holding["InstanceProfileName"] == name
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName="tf-second")
    iam.delete_instance_profile(InstanceProfileName=name)
    assert is_gone(lambda: iam.get_instance_profile(InstanceProfileName=name), "NoSuchEntity")
    for role in ("tf-first", "tf-second"):
        iam.delete_role(RoleName=role)


def test_aws_iam_openid_connect_provider(iam: Any) -> None:
    thumbprint = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"
    arn = iam.create_open_id_connect_provider(
        Url="https://accounts.example.com/tf", ClientIDList=["one"], ThumbprintList=[thumbprint], Tags=tags(a="1")
    )["OpenIDConnectProviderArn"]

    def read() -> dict[str, Any]:
        return dict(iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn))

    found = read()
    assert (found["Url"], found["ClientIDList"]) == ("accounts.example.com/tf", ["one"])
    assert (found["ThumbprintList"], found["Tags"]) == ([thumbprint], tags(a="1"))

    other = "0" * 40
    iam.update_open_id_connect_provider_thumbprint(OpenIDConnectProviderArn=arn, ThumbprintList=[other])
    iam.add_client_id_to_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="two")
    iam.remove_client_id_from_open_id_connect_provider(OpenIDConnectProviderArn=arn, ClientID="one")
    iam.untag_open_id_connect_provider(OpenIDConnectProviderArn=arn, TagKeys=["a"])
    found = read()
    assert (found["ThumbprintList"], found["ClientIDList"], found["Tags"]) == ([other], ["two"], [])

    iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    assert is_gone(read, "NoSuchEntity")


def test_aws_sagemaker_domain(server: Running, iam: Any) -> None:
    sagemaker = server.client("sagemaker")
    role = iam.create_role(RoleName="tf-studio", AssumeRolePolicyDocument=trust(SAGEMAKER))["Role"]["Arn"]
    made = sagemaker.create_domain(
        DomainName="tf-domain",
        AuthMode="IAM",
        VpcId="vpc-12345678",
        SubnetIds=["subnet-12345678"],
        AppNetworkAccessType="PublicInternetOnly",
        DefaultUserSettings={"ExecutionRole": role},
        Tags=tags(team="ml"),
    )
    ident = made["DomainArn"].rpartition("/")[2]  # as the provider finds the id

    def read() -> dict[str, Any]:
        return dict(sagemaker.describe_domain(DomainId=ident))

    until(lambda: str(read()["Status"]), "InService", "Pending")
    domain = read()
    assert (domain["DomainName"], domain["AuthMode"], domain["VpcId"]) == ("tf-domain", "IAM", "vpc-12345678")
    assert (domain["SubnetIds"], domain["AppNetworkAccessType"]) == (["subnet-12345678"], "PublicInternetOnly")
    assert domain["DefaultUserSettings"]["ExecutionRole"] == role
    assert sagemaker.list_tags(ResourceArn=made["DomainArn"])["Tags"] == tags(team="ml")

    other = iam.create_role(RoleName="tf-studio-2", AssumeRolePolicyDocument=trust(SAGEMAKER))["Role"]["Arn"]
    sagemaker.update_domain(DomainId=ident, DefaultUserSettings={"ExecutionRole": other})
    until(lambda: str(read()["Status"]), "InService", "Updating", "Pending")
    sagemaker.delete_tags(ResourceArn=made["DomainArn"], TagKeys=["team"])
    sagemaker.add_tags(ResourceArn=made["DomainArn"], Tags=tags(stage="prod"))
    assert read()["DefaultUserSettings"]["ExecutionRole"] == other
    assert sagemaker.list_tags(ResourceArn=made["DomainArn"])["Tags"] == tags(stage="prod")

    sagemaker.delete_domain(DomainId=ident, RetentionPolicy={"HomeEfsFileSystem": "Delete"})

    def state() -> str:
        try:
            return str(read()["Status"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    until(state, "ResourceNotFound", "Deleting", "Pending")
    for name in ("tf-studio", "tf-studio-2"):
        iam.delete_role(RoleName=name)
