"""What decisions see of principals, and that caching never shows what is past."""

from __future__ import annotations

import json

import pytest

from rolecall.decision.world import PrincipalRecord
from rolecall.policy.document import Effect
from rolecall.services.iam import OPERATIONS
from rolecall.services.iam.world import PrincipalCache, StoreWorld
from services.accounts import ACCOUNT, Accounts

ALLOW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
DENY = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"}]}'
BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


def bob(here: Accounts, cache: PrincipalCache | None = None) -> PrincipalRecord:
    with here.store.read() as reader:
        record = StoreWorld(reader, cache).principal(BOB)
    assert record is not None
    return record


def effects(record: PrincipalRecord) -> list[Effect]:
    return [statement.effect for policy in record.identity for statement in policy.document.statements]


@pytest.fixture(autouse=True)
def user(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob", Tags=[{"Key": "team", "Value": "ml"}])


def test_a_user_has_its_own_policies_and_those_of_its_groups(here: Accounts) -> None:
    here.iam("CreateGroup", GroupName="g")
    here.iam("AddUserToGroup", GroupName="g", UserName="bob")
    here.iam("CreatePolicy", PolicyName="p", PolicyDocument=ALLOW)
    here.iam("AttachGroupPolicy", GroupName="g", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/p")
    here.iam("PutUserPolicy", UserName="bob", PolicyName="own", PolicyDocument=DENY)
    record = bob(here)
    assert [(policy.name, policy.arn) for policy in record.identity] == [
        ("own", None),
        ("p", f"arn:aws:iam::{ACCOUNT}:policy/p"),
    ]
    assert record.tags == {"team": "ml"}
    assert record.boundary is None


def test_the_default_version_is_in_force(here: Accounts) -> None:
    arn = here.iam("CreatePolicy", PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    here.iam("AttachUserPolicy", UserName="bob", PolicyArn=arn)
    here.iam("CreatePolicyVersion", PolicyArn=arn, PolicyDocument=DENY)
    assert effects(bob(here)) == [Effect.ALLOW]
    here.iam("SetDefaultPolicyVersion", PolicyArn=arn, VersionId="v2")
    assert effects(bob(here)) == [Effect.DENY]


def test_a_boundary_is_seen(here: Accounts) -> None:
    arn = here.iam("CreatePolicy", PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    here.iam("PutUserPermissionsBoundary", UserName="bob", PermissionsBoundary=arn)
    boundary = bob(here).boundary
    assert boundary is not None
    assert boundary.arn == arn
    here.iam("DeleteUserPermissionsBoundary", UserName="bob")
    assert bob(here).boundary is None


def test_every_change_is_seen_through_the_cache(here: Accounts) -> None:
    cache = PrincipalCache()
    assert effects(bob(here, cache)) == []
    arn = here.iam("CreatePolicy", PolicyName="p", PolicyDocument=ALLOW)["Policy"]["Arn"]
    steps = (
        ("AttachUserPolicy", {"UserName": "bob", "PolicyArn": arn}),
        ("CreatePolicyVersion", {"PolicyArn": arn, "PolicyDocument": DENY, "SetAsDefault": True}),
        ("PutUserPolicy", {"UserName": "bob", "PolicyName": "i", "PolicyDocument": ALLOW}),
        ("DeleteUserPolicy", {"UserName": "bob", "PolicyName": "i"}),
        ("PutUserPermissionsBoundary", {"UserName": "bob", "PermissionsBoundary": arn}),
        ("TagUser", {"UserName": "bob", "Tags": [{"Key": "team", "Value": "ops"}]}),
        ("UntagUser", {"UserName": "bob", "TagKeys": ["team"]}),
        ("CreateGroup", {"GroupName": "g"}),
        ("PutGroupPolicy", {"GroupName": "g", "PolicyName": "i", "PolicyDocument": DENY}),
        ("AddUserToGroup", {"GroupName": "g", "UserName": "bob"}),
        ("RemoveUserFromGroup", {"GroupName": "g", "UserName": "bob"}),
        ("DetachUserPolicy", {"UserName": "bob", "PolicyArn": arn}),
    )
    for operation, parameters in steps:
        assert OPERATIONS[operation].writes
        here.iam(operation, **parameters)
        assert bob(here, cache) == bob(here), f"after {operation} the cache shows what is past"


def test_a_recreated_user_is_seen_anew_through_the_cache(here: Accounts) -> None:
    cache = PrincipalCache()
    before = bob(here, cache)
    here.iam("DeleteUser", UserName="bob")
    with here.store.read() as reader:
        assert StoreWorld(reader, cache).principal(BOB) is None
    here.iam("CreateUser", UserName="bob")
    assert bob(here, cache).unique_id != before.unique_id


def test_what_is_no_user_or_role_is_no_principal(here: Accounts) -> None:
    here.iam("CreateGroup", GroupName="g")
    with here.store.read() as reader:
        world = StoreWorld(reader)
        for arn in ("*", "nonsense", f"arn:aws:iam::{ACCOUNT}:group/g", f"arn:aws:iam::{ACCOUNT}:user/none"):
            assert world.principal(arn) is None
            assert world.resource_policy(arn) is None


def test_a_role_of_aws_policies_is_parsed(here: Accounts) -> None:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "sagemaker.amazonaws.com"}}
    text = json.dumps({"Version": "2012-10-17", "Statement": trust})
    here.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=text)
    arn = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
    here.iam("AttachRolePolicy", RoleName="r", PolicyArn=arn)
    with here.store.read() as reader:
        record = StoreWorld(reader).principal(f"arn:aws:iam::{ACCOUNT}:role/r")
    assert record is not None
    assert [policy.arn for policy in record.identity] == [arn]
    assert record.identity[0].document.statements
