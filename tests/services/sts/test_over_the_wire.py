"""Sessions through a running server: trust, tags and federation decided by the engine, called with boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import botocore
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rolecall.server import Running, running

pytestmark = pytest.mark.clients

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running() as made:
        yield made


@pytest.fixture(scope="module")
def alice(server: Running) -> Any:
    """The access key of a user with no policy at all."""
    iam = server.client("iam")
    iam.create_user(UserName="alice", Tags=[{"Key": "team", "Value": "ml"}])
    return iam.create_access_key(UserName="alice")["AccessKey"]


def trust(principal: dict[str, str], actions: list[str], **condition: Any) -> str:
    statement = {"Effect": "Allow", "Action": actions, "Principal": principal}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role(server: Running, name: str, document: str) -> str:
    arn: str = server.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    return arn


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**parameters)
    error = raised.value.response["Error"]
    assert error["Code"] == "AccessDenied"
    return str(error["Message"])


USER = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}
NOT_ALLOWED = f"User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to perform: "


def test_a_user_whom_the_role_names_needs_no_policy(server: Running, alice: Any) -> None:
    arn = role(server, "Named", trust(USER, ["sts:AssumeRole"]))
    answer = server.client_with(alice, "sts").assume_role(RoleArn=arn, RoleSessionName="s1")
    who = server.client_with(answer["Credentials"], "sts").get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Named/s1"


def test_the_account_form_needs_an_identity_policy(server: Running, alice: Any) -> None:
    arn = role(server, "Delegated", trust({"AWS": ACCOUNT}, ["sts:AssumeRole"]))
    sts = server.client_with(alice, "sts")
    assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="s1").startswith(
        f"{NOT_ALLOWED}sts:AssumeRole on resource: {arn}"
    )
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": arn}
    server.client("iam").put_user_policy(
        UserName="alice",
        PolicyName="may",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statement}),
    )
    assert sts.assume_role(RoleArn=arn, RoleSessionName="s1")["Credentials"]


def test_session_tags_need_tag_session(server: Running, alice: Any) -> None:
    arn = role(server, "Untagged", trust(USER, ["sts:AssumeRole"]))
    sts = server.client_with(alice, "sts")
    tags = [{"Key": "Project", "Value": "x"}]
    assert refused(sts.assume_role, RoleArn=arn, RoleSessionName="s1", Tags=tags).startswith(
        f"{NOT_ALLOWED}sts:TagSession on resource: {arn}"
    )


def test_inherited_tags_need_tag_session_too(server: Running, alice: Any) -> None:
    first = role(server, "First", trust(USER, ["sts:AssumeRole", "sts:TagSession"]))
    answer = server.client_with(alice, "sts").assume_role(
        RoleArn=first,
        RoleSessionName="s1",
        Tags=[{"Key": "Project", "Value": "x"}],
        TransitiveTagKeys=["Project"],
    )
    second = role(server, "Second", trust({"AWS": first}, ["sts:AssumeRole"]))
    sts = server.client_with(answer["Credentials"], "sts")
    message = refused(sts.assume_role, RoleArn=second, RoleSessionName="s2")
    assert f"sts:TagSession on resource: {second}" in message


def test_an_external_id_is_asked_for(server: Running, alice: Any) -> None:
    arn = role(server, "External", trust(USER, ["sts:AssumeRole"], StringEquals={"sts:ExternalId": "our-secret"}))
    sts = server.client_with(alice, "sts")
    assert "sts:AssumeRole" in refused(sts.assume_role, RoleArn=arn, RoleSessionName="s1", ExternalId="other")
    assert sts.assume_role(RoleArn=arn, RoleSessionName="s1", ExternalId="our-secret")["Credentials"]


def test_a_source_identity_is_asked_for_again_in_a_chain(server: Running, alice: Any) -> None:
    first = role(server, "Known", trust(USER, ["sts:AssumeRole", "sts:SetSourceIdentity"]))
    answer = server.client_with(alice, "sts").assume_role(
        RoleArn=first, RoleSessionName="s1", SourceIdentity="alice"
    )
    second = role(server, "Onwards", trust({"AWS": first}, ["sts:AssumeRole"]))
    sts = server.client_with(answer["Credentials"], "sts")
    assert "sts:SetSourceIdentity" in refused(sts.assume_role, RoleArn=second, RoleSessionName="s2")


def test_a_recreated_role_is_not_the_one_that_was_trusted(server: Running, alice: Any) -> None:
    iam = server.client("iam")
    first = role(server, "Passing", trust(USER, ["sts:AssumeRole"]))
    second = role(server, "Trusting", trust({"AWS": first}, ["sts:AssumeRole"]))
    iam.delete_role(RoleName="Passing")
    role(server, "Passing", trust(USER, ["sts:AssumeRole"]))
    answer = server.client_with(alice, "sts").assume_role(RoleArn=first, RoleSessionName="s1")
    sts = server.client_with(answer["Credentials"], "sts")
    assert "sts:AssumeRole" in refused(sts.assume_role, RoleArn=second, RoleSessionName="s2")
    document = iam.get_role(RoleName="Trusting")["Role"]["AssumeRolePolicyDocument"]
    assert document["Statement"][0]["Principal"]["AWS"].startswith("AROA")


def test_a_federated_user_of_root_may_do_what_its_policy_says(server: Running) -> None:
    statement = {"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*"}
    answer = server.client("sts").get_federation_token(
        Name="carol", Policy=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )
    sagemaker = server.client_with(answer["Credentials"], "sagemaker")
    assert sagemaker.list_models()["Models"] == []
    with pytest.raises(ClientError, match="AccessDeniedException"):
        sagemaker.list_endpoints()


def test_a_federated_user_without_policy_may_do_nothing(server: Running) -> None:
    answer = server.client("sts").get_federation_token(Name="carol")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        server.client_with(answer["Credentials"], "sagemaker").list_models()


def test_a_web_identity_needs_no_signature(server: Running) -> None:
    anonymous = boto3.client(
        "sts",
        endpoint_url=server.endpoint,
        region_name="us-east-1",
        config=Config(signature_version=botocore.UNSIGNED),
    )
    with pytest.raises(ClientError) as raised:
        anonymous.assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/any", RoleSessionName="s1", WebIdentityToken="opaque"
        )
    assert raised.value.response["Error"]["Code"] == "InvalidIdentityToken"
