"""Sessions end to end: across accounts, of Studio users, and without a signature."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from rolecall.connection import Connection
from rolecall.server import Running, running
from rolecall.store.opening import open_store
from rolecall.store.records import AuditListing
from server.conftest import SAGEMAKER, Person, allow, policy

OURS, THEIRS = "111111111111", "222222222222"


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Running]:
    with running(data=tmp_path, accounts=(OURS, THEIRS)) as up:
        yield up


def root_of(up: Running, account: str) -> dict[str, Any]:
    (key,) = (key for key in up.roots if key.account == account)
    return {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key}


def code_of(operation: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        operation(**parameters)
    return str(caught.value.response["Error"]["Code"])


def test_another_account_needs_both_sides_and_the_external_id(accounts: Running, tmp_path: Path) -> None:
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{THEIRS}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "xyz"}},
    }
    role = accounts.client("iam").create_role(RoleName="X", AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam = accounts.client_with(root_of(accounts, THEIRS), "iam")
    iam.create_user(UserName="bob")
    sts = accounts.client_with(iam.create_access_key(UserName="bob")["AccessKey"], "sts")
    asked = {"RoleArn": role, "RoleSessionName": "bob-here"}
    assert code_of(sts.assume_role, **asked, ExternalId="xyz") == "AccessDenied"
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(allow("sts:AssumeRole")))
    assert code_of(sts.assume_role, **asked) == "AccessDenied"
    assert code_of(sts.assume_role, **asked, ExternalId="other") == "AccessDenied"
    session = sts.assume_role(**asked, ExternalId="xyz")
    arn = accounts.client_with(session["Credentials"], "sts").get_caller_identity()["Arn"]
    assert arn == f"arn:aws:sts::{OURS}:assumed-role/X/bob-here"

    # Two records with one sharedEventID; the role's owner sees an account, not a user.
    store = open_store(str(tmp_path))
    with store.read() as reader:
        found = {
            account: [
                record.event
                for record in reader.audit(AuditListing(account=account, name="AssumeRole")).records
                if not record.error_code
            ]
            for account in (OURS, THEIRS)
        }
    store.close()
    (theirs,), (ours,) = found[THEIRS], found[OURS]
    assert theirs["sharedEventID"] == ours["sharedEventID"]
    assert theirs["userIdentity"]["arn"] == f"arn:aws:iam::{THEIRS}:user/bob"
    assert ours["userIdentity"]["type"] == "AWSAccount"
    assert ours["userIdentity"]["accountId"] == THEIRS
    assert "arn" not in ours["userIdentity"]


def test_a_studio_user_needs_leave_to_tag_and_tags_everything(accounts: Running) -> None:
    iam, sagemaker = accounts.client("iam"), accounts.client("sagemaker")
    trust = json.dumps(SAGEMAKER)
    role = iam.create_role(RoleName="Exec", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    may = allow("sagemaker:CreateModel", "iam:PassRole")
    iam.put_role_policy(RoleName="Exec", PolicyName="work", PolicyDocument=policy(may))
    domain = sagemaker.create_domain(
        DomainName="studio",
        AuthMode="IAM",
        DefaultUserSettings={"ExecutionRole": role},
        SubnetIds=["subnet-12345678"],
        VpcId="vpc-12345678",
    )
    domain_id = domain["DomainArn"].rpartition("/")[2]
    profile = sagemaker.create_user_profile(DomainId=domain_id, UserProfileName="ann")["UserProfileArn"]
    acting = Connection(
        endpoint=accounts.endpoint,
        access_key_id=accounts.access_key_id,
        secret_access_key=accounts.secret_access_key,
    ).acting_as(profile)
    session = {
        "AccessKeyId": acting.access_key_id,
        "SecretAccessKey": acting.secret_access_key,
        "SessionToken": acting.session_token,
    }
    studio = accounts.client_with(session, "sagemaker")
    model = {
        "ModelName": "m",
        "ExecutionRoleArn": role,
        "PrimaryContainer": {"Image": f"{OURS}.dkr.ecr.us-east-1.amazonaws.com/serve:1"},
    }
    with pytest.raises(ClientError) as caught:
        studio.create_model(**model)
    assert caught.value.response["Error"]["Message"] == (
        f"User: arn:aws:sts::{OURS}:assumed-role/Exec/SageMaker is not authorized to perform: sagemaker:AddTags "
        f"on resource: arn:aws:sagemaker:us-east-1:{OURS}:model/m because no identity-based policy allows the "
        "sagemaker:AddTags action"
    )
    tagging = allow("sagemaker:AddTags", Condition={"Null": {"sagemaker:TaggingAction": "false"}})
    iam.put_role_policy(RoleName="Exec", PolicyName="tag", PolicyDocument=policy(tagging))
    arn = studio.create_model(**model)["ModelArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [
        {"Key": "sagemaker:domain-arn", "Value": domain["DomainArn"]},
        {"Key": "sagemaker:user-profile-arn", "Value": profile},
    ]


def test_without_a_signature_a_token_is_looked_at_and_nothing_else(person: Person) -> None:
    unsigned = person.server.client("sts", config=Config(signature_version=UNSIGNED))
    role = "arn:aws:iam::123456789012:role/none"
    assert (
        code_of(
            unsigned.assume_role_with_web_identity,
            RoleArn=role,
            RoleSessionName="me-here",
            WebIdentityToken="no-token",
        )
        == "InvalidIdentityToken"
    )
    assert code_of(unsigned.get_caller_identity) == "MissingAuthenticationToken"
    assert code_of(unsigned.assume_role, RoleArn=role, RoleSessionName="me-here") == "MissingAuthenticationToken"


def test_a_web_page_cannot_reset_the_server() -> None:
    with running(allow_reset=True) as up:
        request = urllib.request.Request(
            f"{up.endpoint}/_rolecall/reset", method="POST", headers={"Origin": "https://evil.example"}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request)
        assert caught.value.code == 403
