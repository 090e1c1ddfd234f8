"""AssumeRoot: who gets a session as the root user of a member account, and what it may do there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server.run import Running, running

MANAGING, MEMBER, OUTSIDE = "123456789012", "111122223333", "444455556666"
TASKS = "arn:aws:iam::aws:policy/root-task"
AUDIT, DELETE, PASSWORD = (
    f"{TASKS}/{name}"
    for name in ("IAMAuditRootUserCredentials", "IAMDeleteRootUserCredentials", "IAMCreateRootUserPassword")
)
ROOT = f"arn:aws:iam::{MEMBER}:root"


class Bench:
    """An organization with centralized root access, and its administrator."""

    def __init__(self, server: Running) -> None:
        self.server = server
        organizations = server.client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        invited = organizations.invite_account_to_organization(Target={"Id": MEMBER, "Type": "ACCOUNT"})
        self.root(MEMBER, "organizations").accept_handshake(HandshakeId=invited["Handshake"]["Id"])
        organizations.enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        self.iam = server.client("iam")
        self.iam.enable_organizations_root_credentials_management()
        self.sts = self.user("adm", {"Effect": "Allow", "Action": "sts:AssumeRoot", "Resource": "*"})

    def root(self, account: str, service: str) -> Any:
        key = next(key for key in self.server.roots if key.account == account)
        return self.server.client(
            service, aws_access_key_id=key.access_key_id, aws_secret_access_key=key.secret_access_key
        )

    def user(self, name: str, statement: dict[str, Any]) -> Any:
        """An STS client of a user of the management account."""
        self.iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        return self.server.client_with(self.iam.create_access_key(UserName=name)["AccessKey"], "sts")

    def session(self, task: str, service: str = "iam", target: str = MEMBER) -> Any:
        given = self.sts.assume_root(TargetPrincipal=target, TaskPolicyArn={"arn": task})
        return self.server.client_with(given["Credentials"], service)


@pytest.fixture
def bench() -> Iterator[Bench]:
    with running(accounts=(MANAGING, MEMBER, OUTSIDE)) as server:
        yield Bench(server)


def denied(call: Any, *arguments: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(*arguments, **parameters)
    assert raised.value.response["Error"]["Code"] == "AccessDenied"
    return str(raised.value.response["Error"]["Message"])


def test_an_audit_sees_the_root_user_and_nobody_else(bench: Bench) -> None:
    iam = bench.session(AUDIT)
    assert iam.get_user()["User"]["Arn"] == ROOT
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
    assert iam.list_mfa_devices()["MFADevices"] == []
    assert iam.list_signing_certificates()["Certificates"] == []
    assert iam.get_login_profile()["LoginProfile"]["PasswordResetRequired"] is False
    bench.root(MEMBER, "iam").create_user(UserName="bob")
    assert "with an explicit deny in a session policy" in denied(iam.get_user, UserName="bob")
    denied(iam.delete_login_profile)
    denied(iam.list_users)


def test_credentials_of_root_are_deleted_and_its_password_recovered(bench: Bench) -> None:
    iam = bench.session(DELETE)
    for key in iam.list_access_keys()["AccessKeyMetadata"]:
        iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    iam.delete_login_profile()
    summary = bench.session(AUDIT).get_account_summary()["SummaryMap"]
    assert (summary["AccountAccessKeysPresent"], summary["AccountPasswordPresent"]) == (0, 0)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_login_profile()
    denied(iam.create_login_profile)
    bench.session(PASSWORD).create_login_profile()
    assert bench.session(AUDIT).get_account_summary()["SummaryMap"]["AccountPasswordPresent"] == 1


@pytest.mark.parametrize("target", [MEMBER, ROOT])
def test_the_target_is_an_account_or_its_root(bench: Bench, target: str) -> None:
    who = bench.session(AUDIT, "sts", target).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (MEMBER, ROOT)


@pytest.mark.parametrize("target", [MANAGING, OUTSIDE])
def test_only_members_are_reached(bench: Bench, target: str) -> None:
    assert f"sts:AssumeRoot on resource: arn:aws:iam::{target}:root" in denied(bench.session, AUDIT, "iam", target)


def test_policies_say_for_which_task_and_member(bench: Bench) -> None:
    sts = bench.user(
        "auditor",
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoot",
            "Resource": ROOT,
            "Condition": {"StringEquals": {"sts:TaskPolicyArn": AUDIT, "aws:ResourceAccount": MEMBER}},
        },
    )
    sts.assume_root(TargetPrincipal=MEMBER, TaskPolicyArn={"arn": AUDIT})
    denied(sts.assume_root, TargetPrincipal=MEMBER, TaskPolicyArn={"arn": DELETE})


def test_root_itself_and_outsiders_get_no_session(bench: Bench) -> None:
    task = {"arn": AUDIT}
    denied(bench.server.client("sts").assume_root, TargetPrincipal=MEMBER, TaskPolicyArn=task)
    member = bench.root(MEMBER, "iam")
    member.create_user(UserName="ann")
    member.attach_user_policy(UserName="ann", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    sts = bench.server.client_with(member.create_access_key(UserName="ann")["AccessKey"], "sts")
    denied(sts.assume_root, TargetPrincipal=MEMBER, TaskPolicyArn=task)


def test_a_feature_that_is_off_gives_no_session_for_its_tasks(bench: Bench) -> None:
    denied(bench.session, f"{TASKS}/S3UnlockBucketPolicy")
    bench.iam.enable_organizations_root_sessions()
    bench.session(f"{TASKS}/S3UnlockBucketPolicy", "sts").get_caller_identity()
    bench.iam.disable_organizations_root_credentials_management()
    denied(bench.session, AUDIT)


def test_control_policies_see_that_root_was_assumed(bench: Bench) -> None:
    iam = bench.session(AUDIT)
    iam.get_user()
    organizations = bench.server.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    statement = {
        "Effect": "Deny",
        "Action": "iam:GetUser",
        "Resource": "*",
        "Condition": {"Bool": {"aws:AssumedRoot": "true"}},
    }
    policy = organizations.create_policy(
        Name="no-root",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=MEMBER)
    assert "with an explicit deny in a service control policy" in denied(iam.get_user)
    assert bench.root(MEMBER, "iam").get_user()["User"]["Arn"] == ROOT


def test_resource_control_policies_of_the_target_count(bench: Bench) -> None:
    organizations = bench.server.client("organizations")
    root = organizations.list_roots()["Roots"][0]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="RESOURCE_CONTROL_POLICY")
    statement = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoot", "Resource": ROOT}
    policy = organizations.create_policy(
        Name="no-root",
        Description="",
        Type="RESOURCE_CONTROL_POLICY",
        Content=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Policy"]["PolicySummary"]["Id"]
    organizations.attach_policy(PolicyId=policy, TargetId=MEMBER)
    assert "with an explicit deny in a resource control policy" in denied(bench.session, AUDIT)


def test_tasks_that_are_none_or_not_served(bench: Bench) -> None:
    with pytest.raises(ClientError, match="is not a valid task policy"):
        bench.session("arn:aws:iam::aws:policy/AdministratorAccess")
    with pytest.raises(ClientError, match="NotImplemented"):
        bench.session(f"{TASKS}/SQSUnlockQueuePolicy")
