"""The traps that only a whole server shows: what a call asks, which keys it carries, which words a denial has."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running
from server.conftest import Person, allow, deny, policy


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    assert error["Code"] in ("AccessDenied", "AccessDeniedException"), error
    return str(error["Message"])


def trusting(server: Running, arn: str, *actions: str) -> str:
    """A new role that one principal may assume."""
    trust = policy({"Effect": "Allow", "Principal": {"AWS": arn}, "Action": list(actions)})
    name = f"role-{uuid.uuid4().hex[:8]}"
    return str(server.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"])


def model(person: Person, role: str, **more: Any) -> dict[str, Any]:
    return {
        "ModelName": f"m-{uuid.uuid4().hex[:8]}",
        "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/serve:1"},
        **more,
    }


def test_a_list_call_prints_no_resource_and_list_domains_prints_one(person: Person) -> None:
    sagemaker = person.client("sagemaker")
    who = f"User: {person.arn} is not authorized to perform: "
    assert refused(sagemaker.list_models) == (
        f"{who}sagemaker:ListModels because no identity-based policy allows the sagemaker:ListModels action"
    )
    assert refused(sagemaker.list_domains) == (
        f"{who}sagemaker:ListDomains on resource: arn:aws:sagemaker:us-east-1:123456789012:domain/* because no "
        "identity-based policy allows the sagemaker:ListDomains action"
    )


def test_a_role_session_is_named_by_its_session_arn(person: Person) -> None:
    role = trusting(person.server, person.arn, "sts:AssumeRole")
    session = person.client("sts").assume_role(RoleArn=role, RoleSessionName="nb1")["Credentials"]
    name = role.rpartition("/")[2]
    assert refused(person.server.client_with(session, "sagemaker").list_models).startswith(
        f"User: arn:aws:sts::123456789012:assumed-role/{name}/nb1 is not authorized to perform: "
    )


def test_the_mfa_key_is_false_in_a_session_and_absent_with_long_term_keys(person: Person) -> None:
    """So a Null test cannot tell who signed in with MFA."""
    here = allow("sagemaker:ListModels", Condition={"Null": {"aws:MultiFactorAuthPresent": "false"}})
    without = allow("sagemaker:ListEndpoints", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})
    person.may(here, without)
    long_term = person.client("sagemaker")
    for call in (long_term.list_models, long_term.list_endpoints):
        assert "no identity-based policy" in refused(call)
    role = trusting(person.server, person.arn, "sts:AssumeRole")
    person.server.client("iam").put_role_policy(
        RoleName=role.rpartition("/")[2], PolicyName="p", PolicyDocument=policy(here, without)
    )
    session = person.client("sts").assume_role(RoleArn=role, RoleSessionName="s1")["Credentials"]
    sagemaker = person.server.client_with(session, "sagemaker")
    assert sagemaker.list_models()["Models"] is not None
    assert sagemaker.list_endpoints()["Endpoints"] is not None


def test_untagging_carries_the_keys_and_no_values(person: Person, role: str) -> None:
    root = person.server.client("sagemaker")
    tags = [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "1"}]
    arn = root.create_model(**model(person, role, Tags=tags))["ModelArn"]
    sagemaker = person.client("sagemaker")
    person.may(allow("sagemaker:DeleteTags", Condition={"StringEquals": {"aws:RequestTag/a": "1"}}))
    assert "sagemaker:DeleteTags" in refused(sagemaker.delete_tags, ResourceArn=arn, TagKeys=["a"])
    only = {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}, "Null": {"aws:TagKeys": "false"}}
    person.may(
        allow("sagemaker:DeleteTags", Condition=only),
        allow("iam:UntagRole", Condition={**only, "Null": {"aws:TagKeys": "false", "aws:RequestTag/a": "true"}}),
    )
    assert "sagemaker:DeleteTags" in refused(sagemaker.delete_tags, ResourceArn=arn, TagKeys=["a", "b"])
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert root.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "1"}]
    person.client("iam").untag_role(RoleName=role.rpartition("/")[2], TagKeys=["a"])


def test_tags_of_a_creation_are_tags_of_the_resource_already(person: Person, role: str) -> None:
    person.may(
        allow("sagemaker:CreateModel", "sagemaker:AddTags", "iam:PassRole"),
        deny("sagemaker:CreateModel", Condition={"StringEquals": {"aws:ResourceTag/Project": "x"}}),
    )
    sagemaker = person.client("sagemaker")
    tagged = model(person, role, Tags=[{"Key": "Project", "Value": "x"}])
    assert "explicit deny" in refused(sagemaker.create_model, **tagged)
    assert sagemaker.create_model(**model(person, role, Tags=[{"Key": "Project", "Value": "y"}]))


def test_iam_is_in_us_east_1_wherever_the_client_is(person: Person) -> None:
    elsewhere = deny("*", Condition={"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}})
    person.may(allow("*"), elsewhere)
    name = {"RoleName": f"role-{uuid.uuid4().hex[:8]}"}
    trust = policy({"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"})
    iam = person.client("iam", region_name="eu-west-1")
    assert "iam:CreateRole" in refused(iam.create_role, **name, AssumeRolePolicyDocument=trust)
    assert person.client("sagemaker", region_name="eu-west-1").list_models()["Models"] == []
    exempt = {key: value for key, value in elsewhere.items() if key != "Action"}
    person.may(allow("*"), {**exempt, "NotAction": ["iam:*"]})
    assert iam.create_role(**name, AssumeRolePolicyDocument=trust)


def test_session_tags_need_a_second_action_on_the_same_role(person: Person) -> None:
    role = trusting(person.server, person.arn, "sts:AssumeRole")
    given = {"RoleArn": role, "RoleSessionName": "s1", "Tags": [{"Key": "team", "Value": "a"}]}
    assert f"sts:TagSession on resource: {role}" in refused(person.client("sts").assume_role, **given)
    both = trusting(person.server, person.arn, "sts:AssumeRole", "sts:TagSession")
    assert person.client("sts").assume_role(**{**given, "RoleArn": both})["Credentials"]


def test_a_recreated_role_is_another_one(person: Person) -> None:
    iam = person.server.client("iam")
    trusted = trusting(person.server, person.arn, "sts:AssumeRole")
    name = {"RoleName": trusted.rpartition("/")[2]}
    target = trusting(person.server, trusted, "sts:AssumeRole")

    def onwards() -> Any:
        first = person.client("sts").assume_role(RoleArn=trusted, RoleSessionName="s1")["Credentials"]
        return person.server.client_with(first, "sts").assume_role(RoleArn=target, RoleSessionName="s2")

    assert onwards()["Credentials"]
    iam.delete_role(**name)
    trust = policy({"Effect": "Allow", "Principal": {"AWS": person.arn}, "Action": "sts:AssumeRole"})
    iam.create_role(**name, AssumeRolePolicyDocument=trust)
    assert "sts:AssumeRole" in refused(onwards)
    shown = iam.get_role(RoleName=target.rpartition("/")[2])["Role"]["AssumeRolePolicyDocument"]
    assert shown["Statement"][0]["Principal"]["AWS"].startswith("AROA")
