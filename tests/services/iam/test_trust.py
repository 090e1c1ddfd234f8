"""Trust policies keep unique ids (SEMANTICS 6.1, trap 90)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from rolecall.services.iam import trust
from rolecall.services.iam.world import trust_policy
from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, OTHER_ACCOUNT, Accounts

ROLE = f"arn:aws:iam::{ACCOUNT}:role/target"


def document(principal: Any, **more: Any) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def shown(here: Accounts) -> str:
    return unquote(here.iam("GetRole", RoleName="target")["Role"]["AssumeRolePolicyDocument"])


def kept(here: Accounts) -> list[str]:
    """The principals that decisions see."""
    with here.store.read() as reader:
        policy = trust_policy(reader, ROLE)
    assert policy is not None
    return [entry.value for one in policy.document.statements for entry in one.principals or ()]


def test_a_user_is_kept_by_its_id_and_shown_by_its_arn(here: Accounts) -> None:
    user = here.iam("CreateUser", UserName="bob")["User"]
    text = document({"AWS": user["Arn"]})
    here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=text)
    assert kept(here) == [user["UserId"]]
    assert shown(here) == text


def test_a_recreated_user_is_not_trusted_and_the_id_is_shown(here: Accounts) -> None:
    user = here.iam("CreateUser", UserName="bob")["User"]
    here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=document({"AWS": user["Arn"]}))
    here.iam("DeleteUser", UserName="bob")
    again = here.iam("CreateUser", UserName="bob")["User"]
    assert kept(here) == [user["UserId"]] != [again["UserId"]]
    assert json.loads(shown(here))["Statement"][0]["Principal"] == {"AWS": user["UserId"]}


def test_a_renamed_user_is_shown_by_its_new_arn(here: Accounts) -> None:
    user = here.iam("CreateUser", UserName="bob")["User"]
    here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=document({"AWS": user["Arn"]}))
    here.iam("UpdateUser", UserName="bob", NewUserName="rob")
    assert f"arn:aws:iam::{ACCOUNT}:user/rob" in shown(here)


def test_conditions_and_white_space_are_left_alone(here: Accounts) -> None:
    user = here.iam("CreateUser", UserName="bob")["User"]
    condition = {"ArnEquals": {"aws:PrincipalArn": user["Arn"]}}
    text = json.dumps(json.loads(document({"AWS": [user["Arn"], "*"]}, Condition=condition)), indent=3)
    here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=text)
    assert shown(here) == text
    here.iam("DeleteUser", UserName="bob")
    statement = json.loads(shown(here))["Statement"][0]
    assert statement["Principal"]["AWS"] == [user["UserId"], "*"]
    assert statement["Condition"] == condition


def test_users_and_roles_of_the_other_account_are_resolved_too(here: Accounts) -> None:
    role = here.iam(
        "CreateRole",
        here.other_root,
        RoleName="visitor",
        AssumeRolePolicyDocument=document({"Service": "ec2.amazonaws.com"}),
    )["Role"]
    here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=document({"AWS": role["Arn"]}))
    assert kept(here) == [role["RoleId"]]


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "*"},
        "*",
        {"AWS": ACCOUNT},
        {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        {"AWS": "arn:aws:iam::999988887777:root"},
        {"AWS": f"arn:aws:sts::{ACCOUNT}:federated-user/carol"},
        {"Service": ["sagemaker.amazonaws.com", "ec2.amazonaws.com"]},
        {"Federated": "accounts.google.com"},
    ],
)
def test_principals_that_are_kept_as_they_are(principal: Any, here: Accounts) -> None:
    text = document(principal)
    here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=text)
    assert shown(here) == text


@pytest.mark.parametrize(
    ("principal", "printed"),
    [
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:role/none"}, f'"AWS":"arn:aws:iam::{ACCOUNT}:role/none"'),
        ({"AWS": f"arn:aws:iam::{ACCOUNT}:group/none"}, f'"AWS":"arn:aws:iam::{ACCOUNT}:group/none"'),
        ({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:user/bob"}, f'"AWS":"arn:aws:iam::{OTHER_ACCOUNT}:user/bob"'),
        (
            {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/none/s"},
            f'"AWS":"arn:aws:sts::{ACCOUNT}:assumed-role/none/s"',
        ),
        ({"AWS": "AROAAAAAAAAAAAAAAAAAA"}, '"AWS":"AROAAAAAAAAAAAAAAAAAA"'),
        ({"Service": "foo"}, '"SERVICE":"foo"'),
        (
            {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/none"},
            f'"FEDERATED":"arn:aws:iam::{ACCOUNT}:saml-provider/none"',
        ),
    ],
)
def test_principals_that_are_nobody(principal: Any, printed: str, here: Accounts) -> None:
    with pytest.raises(AwsError) as raised:
        here.iam("CreateRole", RoleName="target", AssumeRolePolicyDocument=document(principal))
    assert raised.value.code == "MalformedPolicyDocument"
    assert raised.value.message == f"Invalid principal in policy: {printed}"


def test_rewriting_nothing_changes_nothing() -> None:
    text = document({"AWS": ["a\\u0041", "b"]})
    assert trust.rewrite(text, lambda kind, value: value) == text
