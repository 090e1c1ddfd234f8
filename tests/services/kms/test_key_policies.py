"""Who may use a key, as cases: key policies, identity policies, grants, conditions; through a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError

from rolecall.server import Running, running

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "kms" / "key-policies.yaml").read_text("utf-8"))
OURS, THEIRS = "111111111111", "222222222222"
EVERYBODY = {"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "sts:AssumeRole"}


def filled(value: Any) -> Any:
    return json.loads(json.dumps(value).replace("{ours}", OURS).replace("{theirs}", THEIRS))


def document(statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": filled(statements)})


class Stage:
    """A key of the first account, a user in each and a role in the first; gone with the case."""

    def __init__(self, up: Running, case: dict[str, Any]) -> None:
        self.up = up
        self.roots = {key.account: (key.access_key_id, key.secret_access_key) for key in up.roots}
        self.case = case
        self.kms = self.client("kms", *self.roots[OURS])
        self.key = self.kms.create_key(Tags=[{"TagKey": "Team", "TagValue": "ml"}])["KeyMetadata"]["Arn"]
        self.kms.create_alias(AliasName="alias/team", TargetKeyId=self.key)

    def client(self, service: str, key_id: str, secret: str, token: str | None = None) -> Any:
        return boto3.client(
            service,
            region_name="us-east-1",
            endpoint_url=self.up.endpoint,
            aws_access_key_id=key_id,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )

    def caller(self) -> Any:
        match self.case["caller"]:
            case "root":
                return self.kms
            case "role":
                return self.role()
            case who:
                return self.user(OURS if who == "user" else THEIRS)

    def user(self, account: str) -> Any:
        iam = self.client("iam", *self.roots[account])
        iam.create_user(UserName="u")
        if "identity" in self.case:
            iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document(self.case["identity"]))
        if "boundary" in self.case:
            made = iam.create_policy(PolicyName="b", PolicyDocument=document(self.case["boundary"]))["Policy"]
            iam.put_user_permissions_boundary(UserName="u", PermissionsBoundary=made["Arn"])
        key = iam.create_access_key(UserName="u")["AccessKey"]
        return self.client("kms", key["AccessKeyId"], key["SecretAccessKey"])

    def role(self) -> Any:
        iam = self.client("iam", *self.roots[OURS])
        role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=document([EVERYBODY]))["Role"]["Arn"]
        iam.create_user(UserName="u")
        iam.put_user_policy(
            UserName="u",
            PolicyName="p",
            PolicyDocument=document([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}]),
        )
        key = iam.create_access_key(UserName="u")["AccessKey"]
        sts = self.client("sts", key["AccessKeyId"], key["SecretAccessKey"])
        session = sts.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
        return self.client("kms", session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])

    def set_up(self) -> None:
        for grant in filled(self.case.get("grants", ())):
            self.kms.create_grant(KeyId=self.key, **grant)
        if "key" in self.case:
            self.kms.put_key_policy(
                KeyId=self.key, Policy=document(self.case["key"]), BypassPolicyLockoutSafetyCheck=True
            )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_who_may_use_a_key(case: dict[str, Any]) -> None:
    with running(accounts=(OURS, THEIRS)) as up:
        stage = Stage(up, case)
        caller = stage.caller()
        stage.set_up()
        asked = {"KeyId": case.get("by", stage.key), "Plaintext": b"secret", **case.get("with", {})}
        if case["want"] == "allow":
            made = caller.encrypt(**asked)
            assert made["KeyId"] == stage.key
            return
        with pytest.raises(ClientError) as refused:
            caller.encrypt(**asked)
        error = refused.value.response["Error"]
        assert error["Code"] == "AccessDeniedException"
        assert case["want"] in error["Message"]
