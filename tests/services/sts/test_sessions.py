"""STS: what a session is made of, and who its holder is afterwards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rolecall.credentials.identifiers import account_of
from rolecall.decision.request import PrincipalType
from rolecall.services.iam.authenticate import may_not_call
from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, NOW, OTHER_ACCOUNT, Accounts, fits

ROLE = f"arn:aws:iam::{ACCOUNT}:role/team/Data"
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}],
    }
)


@pytest.fixture(autouse=True)
def _entities(here: Accounts) -> None:
    here.iam("CreateUser", UserName="bob", Path="/p/", Tags=[{"Key": "team", "Value": "ml"}])
    here.iam(
        "CreateRole",
        RoleName="Data",
        Path="/team/",
        AssumeRolePolicyDocument=TRUST,
        MaxSessionDuration=7200,
        Tags=[{"Key": "Team", "Value": "role"}, {"Key": "cost", "Value": "1"}],
    )
    here.iam("CreateRole", RoleName="Next", AssumeRolePolicyDocument=TRUST, MaxSessionDuration=43200)


def assume(here: Accounts, caller: Any = None, **parameters: Any) -> Any:
    given = {"RoleArn": ROLE, "RoleSessionName": "nb1", **parameters}
    return here.sts("AssumeRole", caller or here.user("bob"), **given)


def refusal(here: Accounts, caller: Any = None, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as raised:
        assume(here, caller, **parameters)
    return raised.value.code, raised.value.message


def test_an_assumed_role_has_no_path_in_its_arn(here: Accounts) -> None:
    answer = assume(here)
    fits(
        {
            "AssumedRoleUser": {
                "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Data/nb1",
                "AssumedRoleId": "~AROA[A-Z2-7]{17}:nb1",
            },
            "Credentials": {"AccessKeyId": "~ASIA[A-Z2-7]{16}", "SecretAccessKey": "~[A-Za-z0-9+/]{40}"},
            "PackedPolicySize": None,
            "SourceIdentity": None,
        },
        answer,
    )
    assert (answer["Credentials"]["Expiration"] - NOW).total_seconds() == 3600
    assert account_of(answer["Credentials"]["AccessKeyId"]) == ACCOUNT


def test_the_caller_of_a_role_session(here: Accounts) -> None:
    caller = here.session(assume(here)["Credentials"])
    principal = caller.principal
    assert principal.type is PrincipalType.ROLE_SESSION
    assert principal.role_arn == ROLE
    identity = here.sts("GetCallerIdentity", caller)
    fits({"UserId": "~AROA[A-Z2-7]{17}:nb1", "Account": ACCOUNT, "Arn": principal.arn}, identity)


def test_session_tags_win_over_role_tags_whatever_their_case(here: Accounts) -> None:
    answer = assume(here, Tags=[{"Key": "TEAM", "Value": "session"}])
    assert here.session(answer["Credentials"]).principal.tags == {"cost": "1", "TEAM": "session"}
    assert answer["PackedPolicySize"] > 0


def test_root_and_users_are_who_they_are(here: Accounts) -> None:
    assert here.sts("GetCallerIdentity") == {
        "UserId": ACCOUNT,
        "Account": ACCOUNT,
        "Arn": f"arn:aws:iam::{ACCOUNT}:root",
    }
    user = here.sts("GetCallerIdentity", here.user("bob"))
    fits({"UserId": "~AIDA[A-Z2-7]{17}", "Arn": f"arn:aws:iam::{ACCOUNT}:user/p/bob"}, user)


def test_a_deleted_and_recreated_role_ends_its_sessions(here: Accounts) -> None:
    credentials = assume(here)["Credentials"]
    here.iam("DeleteRole", RoleName="Data")
    with pytest.raises(AwsError, match="InvalidClientTokenId"):
        here.session(credentials)
    here.iam("CreateRole", RoleName="Data", Path="/team/", AssumeRolePolicyDocument=TRUST)
    with pytest.raises(AwsError, match="InvalidClientTokenId"):
        here.session(credentials)


def test_an_inactive_key_is_unknown(here: Accounts) -> None:
    key = here.iam("CreateAccessKey", UserName="bob")["AccessKey"]["AccessKeyId"]
    here.iam("UpdateAccessKey", UserName="bob", AccessKeyId=key, Status="Inactive")
    with pytest.raises(AwsError, match="InvalidClientTokenId"):
        here.caller(key)


def test_a_role_that_is_missing_is_refused_like_one_that_does_not_trust(here: Accounts) -> None:
    missing = f"arn:aws:iam::{ACCOUNT}:role/none"
    assert refusal(here, RoleArn=missing) == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/p/bob is not authorized to perform: sts:AssumeRole "
        f"on resource: {missing}",
    )


def test_a_session_may_not_outlast_the_role(here: Accounts) -> None:
    assume(here, DurationSeconds=7200)
    assert refusal(here, DurationSeconds=7201) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


def test_a_chained_session_lasts_an_hour(here: Accounts) -> None:
    caller = here.session(assume(here)["Credentials"])
    onwards = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Next"}
    assume(here, caller, DurationSeconds=3600, **onwards)
    assert refusal(here, caller, DurationSeconds=3601, **onwards) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )


def test_transitive_tags_go_on_and_others_stay(here: Accounts) -> None:
    first = assume(
        here,
        Tags=[{"Key": "Project", "Value": "x"}, {"Key": "Once", "Value": "y"}],
        TransitiveTagKeys=["Project"],
    )
    onwards = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Next"}
    second = assume(here, here.session(first["Credentials"]), **onwards)
    third_caller = here.session(second["Credentials"])
    assert third_caller.principal.tags == {"Project": "x"}
    third = assume(here, third_caller, **onwards)
    assert here.session(third["Credentials"]).principal.tags == {"Project": "x"}
    assert refusal(here, third_caller, Tags=[{"Key": "project", "Value": "z"}], **onwards) == (
        "InvalidParameterValue",
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
        "from the calling session.",
    )


def test_a_transitive_key_finds_its_tag_whatever_its_case(here: Accounts) -> None:
    first = assume(here, Tags=[{"Key": "Project", "Value": "x"}], TransitiveTagKeys=["project", "PROJECT"])
    second = assume(here, here.session(first["Credentials"]), RoleArn=f"arn:aws:iam::{ACCOUNT}:role/Next")
    assert here.session(second["Credentials"]).principal.tags == {"Project": "x"}


def test_a_transitive_key_needs_a_tag(here: Accounts) -> None:
    assert refusal(here, Tags=[{"Key": "a", "Value": "b"}], TransitiveTagKeys=["c"]) == (
        "InvalidParameterValue",
        "The specified transitive tag key must be included in the requested tags.",
    )


def test_tag_keys_that_differ_by_case(here: Accounts) -> None:
    assert refusal(here, Tags=[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]) == (
        "InvalidParameterValue",
        "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    )


def test_a_source_identity_goes_on_and_cannot_change(here: Accounts) -> None:
    first = assume(here, SourceIdentity="bob@example.com")
    assert first["SourceIdentity"] == "bob@example.com"
    onwards = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/Next"}
    caller = here.session(first["Credentials"])
    assert assume(here, caller, **onwards)["SourceIdentity"] == "bob@example.com"
    code, message = refusal(here, caller, SourceIdentity="eve", **onwards)
    assert code == "AccessDenied"
    assert "sts:SetSourceIdentity" in message


def test_session_policies_are_kept(here: Accounts) -> None:
    arn = "arn:aws:iam::aws:policy/AmazonSageMakerReadOnly"
    answer = assume(here, Policy=POLICY, PolicyArns=[{"arn": arn}])
    policies = here.session(answer["Credentials"]).session_policies
    assert policies is not None
    assert [policy.arn for policy in policies] == [None, arn]


def test_no_session_policy_is_none(here: Accounts) -> None:
    assert here.session(assume(here)["Credentials"]).session_policies is None


def test_a_session_policy_that_was_deleted_grants_nothing(here: Accounts) -> None:
    arn = here.iam("CreatePolicy", PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    credentials = assume(here, PolicyArns=[{"arn": arn}])["Credentials"]
    here.iam("DeletePolicy", PolicyArn=arn)
    policies = here.session(credentials).session_policies
    assert policies is not None
    assert [policy.document.statements for policy in policies] == [()]


def test_a_session_policy_that_is_not_json(here: Accounts) -> None:
    assert refusal(here, Policy="{") == ("MalformedPolicyDocument", "Syntax errors in policy.")


def test_a_session_policy_that_is_too_long(here: Accounts) -> None:
    code, message = refusal(here, Policy=POLICY + " " * 2048)
    assert code == "ValidationError"
    assert message.endswith("Member must have length less than or equal to 2048")


def test_tags_that_do_not_fit(here: Accounts) -> None:
    import random

    letters = random.Random(7)
    tags = [
        {
            "Key": f"k{number}" + "".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=120)),
            "Value": "".join(letters.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=256)),
        }
        for number in range(50)
    ]
    code, message = refusal(here, Tags=tags)
    assert code == "PackedPolicyTooLarge"
    assert message.startswith("Packed size of session tags consumes ")
    assert message.endswith("% of allotted space.")


def test_a_session_token_keeps_the_user(here: Accounts) -> None:
    credentials = here.sts("GetSessionToken", here.user("bob"))["Credentials"]
    caller = here.session(credentials)
    assert caller.principal.type is PrincipalType.USER
    assert caller.principal.tags == {"team": "ml"}
    assert (credentials["Expiration"] - NOW).total_seconds() == 43200


def test_root_gets_an_hour_however_long_it_asks(here: Accounts) -> None:
    credentials = here.sts("GetSessionToken", DurationSeconds=129600)["Credentials"]
    assert (credentials["Expiration"] - NOW).total_seconds() == 3600
    assert here.session(credentials).principal.type is PrincipalType.ROOT


def test_a_federated_user(here: Accounts) -> None:
    answer = here.sts(
        "GetFederationToken",
        here.user("bob"),
        Name="carol",
        Policy=POLICY,
        Tags=[{"Key": "Team", "Value": "guest"}],
    )
    fits(
        {
            "FederatedUser": {
                "FederatedUserId": f"{ACCOUNT}:carol",
                "Arn": f"arn:aws:sts::{ACCOUNT}:federated-user/carol",
            }
        },
        answer,
    )
    caller = here.session(answer["Credentials"])
    assert caller.principal.type is PrincipalType.FEDERATED_USER
    assert caller.principal.issuer_arn == f"arn:aws:iam::{ACCOUNT}:user/p/bob"
    assert caller.principal.tags == {"Team": "guest"}
    assert here.sts("GetCallerIdentity", caller)["UserId"] == f"{ACCOUNT}:carol"


def test_a_federated_user_without_policies_has_a_packed_size_of_nothing(here: Accounts) -> None:
    assert here.sts("GetFederationToken", here.user("bob"), Name="carol")["PackedPolicySize"] == 0


@pytest.mark.parametrize("operation", ["GetSessionToken", "GetFederationToken"])
def test_sessions_do_not_make_sessions_of_their_own(operation: str, here: Accounts) -> None:
    caller = here.session(assume(here)["Credentials"])
    more = {"Name": "carol"} if operation == "GetFederationToken" else {}
    with pytest.raises(AwsError) as raised:
        here.sts(operation, caller, **more)
    said = (raised.value.code, raised.value.status, raised.value.message)
    assert said == ("AccessDenied", 403, f"Cannot call {operation} with session credentials")
    # It is said before anything is decided, of every kind of session.
    token = here.session(here.sts("GetSessionToken", here.user("bob"))["Credentials"])
    federated = here.session(here.sts("GetFederationToken", here.user("bob"), Name="carol")["Credentials"])
    for session in (caller, token, federated):
        early = may_not_call(session, "sts", operation)
        assert early is not None
        assert (early.code, early.status, early.message) == said


def test_what_temporary_credentials_cannot_call(here: Accounts) -> None:
    bob = here.user("bob")
    token = here.session(here.sts("GetSessionToken", bob)["Credentials"])
    federated = here.session(here.sts("GetFederationToken", bob, Name="carol")["Credentials"])
    role = here.session(assume(here)["Credentials"])
    allowed = {
        (who, service, operation): may_not_call(caller, service, operation) is None
        for who, caller in (("token", token), ("federated", federated), ("role", role), ("user", bob))
        for service, operation in (
            ("iam", "ListUsers"),
            ("sts", "AssumeRole"),
            ("sts", "GetCallerIdentity"),
            ("sts", "GetAccessKeyInfo"),
            ("sagemaker", "ListModels"),
        )
    }
    assert {key for key, may in allowed.items() if not may} == {
        ("token", "iam", "ListUsers"),
        ("token", "sts", "GetAccessKeyInfo"),
        ("federated", "iam", "ListUsers"),
        ("federated", "sts", "AssumeRole"),
        ("federated", "sts", "GetAccessKeyInfo"),
    }
    with pytest.raises(AwsError, match="InvalidClientTokenId"):
        here.iam("ListUsers", token)


def test_root_assumes_no_role(here: Accounts) -> None:
    error = may_not_call(here.root, "sts", "AssumeRole")
    assert error is not None
    assert (error.code, error.status, error.message) == (
        "AccessDenied",
        403,
        "Roles may not be assumed by root accounts.",
    )


def test_a_key_tells_its_account(here: Accounts) -> None:
    assert here.sts("GetAccessKeyInfo", AccessKeyId=here.other_root.access_key_id) == {"Account": OTHER_ACCOUNT}


def test_a_role_of_another_account_gives_sessions_of_that_account(here: Accounts) -> None:
    here.iam("CreateRole", here.other_root, RoleName="Guest", AssumeRolePolicyDocument=TRUST)
    answer = assume(here, RoleArn=f"arn:aws:iam::{OTHER_ACCOUNT}:role/Guest")
    assert here.session(answer["Credentials"]).principal.account == OTHER_ACCOUNT
    assert account_of(answer["Credentials"]["AccessKeyId"]) == OTHER_ACCOUNT
