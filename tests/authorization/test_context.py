"""Global condition keys by kind of caller (SEMANTICS 5.1 and 10)."""

from __future__ import annotations

from authorization.plain import ACCOUNT, NOW, PlainWorld, call, ports, role_caller, session
from rolecall.authorization.caller import Caller
from rolecall.authorization.context import (
    call_keys,
    principal_keys,
    request_tag_keys,
    requested_tags,
    resource_keys,
    session_keys,
)
from rolecall.credentials.claims import SessionKind
from rolecall.decision.request import Principal, PrincipalType
from rolecall.decision.world import ControlPolicies

ISSUED = "2026-11-23T21:29:50Z"


def principal(type: PrincipalType, arn: str, **given: str) -> Principal:
    return Principal(arn=arn, account=ACCOUNT, type=type, **given)  # type: ignore[arg-type]


def test_a_user_has_a_name_without_its_path() -> None:
    user = principal(PrincipalType.USER, f"arn:aws:iam::{ACCOUNT}:user/team/ann", user_id="AIDAANN")
    assert principal_keys(user, ports()) == {
        "aws:PrincipalIsAWSService": "false",
        "aws:username": "ann",
        "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/team/ann",
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalType": "User",
        "aws:userid": "AIDAANN",
    }


def test_root_has_no_name_and_the_account_as_its_id() -> None:
    root = principal(PrincipalType.ROOT, f"arn:aws:iam::{ACCOUNT}:root", user_id=ACCOUNT)
    keys = principal_keys(root, ports())
    assert "aws:username" not in keys
    assert keys["aws:userid"] == ACCOUNT
    assert keys["aws:PrincipalType"] == "Account"


def test_a_role_session_is_its_role_with_the_path() -> None:
    keys = principal_keys(role_caller(session(tags={"team": "a"})).principal, ports())
    assert keys["aws:PrincipalArn"] == f"arn:aws:iam::{ACCOUNT}:role/path/R"
    assert keys["aws:userid"] == "AROAROLE:me"
    assert keys["aws:PrincipalType"] == "AssumedRole"
    assert keys["aws:PrincipalTag/team"] == "a"
    assert "aws:username" not in keys


def test_a_federated_user_is_itself() -> None:
    arn = f"arn:aws:sts::{ACCOUNT}:federated-user/bob"
    keys = principal_keys(principal(PrincipalType.FEDERATED_USER, arn, user_id=f"{ACCOUNT}:bob"), ports())
    assert keys["aws:PrincipalArn"] == arn
    assert keys["aws:PrincipalType"] == "FederatedUser"
    assert keys["aws:userid"] == f"{ACCOUNT}:bob"


def test_a_service_principal_has_the_keys_of_services_only() -> None:
    keys = principal_keys(principal(PrincipalType.SERVICE, "sagemaker.amazonaws.com"), ports())
    assert keys == {
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": "sagemaker.amazonaws.com",
        "aws:PrincipalServiceNamesList": ("sagemaker.amazonaws.com",),
    }


def test_nobody_has_no_arn() -> None:
    keys = principal_keys(principal(PrincipalType.ANONYMOUS, "*"), ports())
    assert "aws:PrincipalArn" not in keys
    assert keys["aws:PrincipalAccount"] == "anonymous"
    assert keys["aws:PrincipalType"] == "Anonymous"


def test_the_organization_is_there_for_its_accounts_only() -> None:
    inside = ControlPolicies(organization_id="o-1", organization_path="o-1/r-1/ou-1/")
    world = PlainWorld(control={ACCOUNT: inside})
    keys = principal_keys(role_caller(session()).principal, ports(world=world))
    assert keys["aws:PrincipalOrgID"] == "o-1"
    assert keys["aws:PrincipalOrgPaths"] == ("o-1/r-1/ou-1/",)
    assert resource_keys(ACCOUNT, ports(world=world))["aws:ResourceOrgID"] == "o-1"
    assert resource_keys("999999999999", ports(world=world)) == {"aws:ResourceAccount": "999999999999"}


def test_long_term_keys_have_no_session() -> None:
    assert session_keys(call("iam", "ListUsers", {})) == {}


def test_a_role_session_without_mfa_says_so() -> None:
    keys = session_keys(call("iam", "ListUsers", {}, role_caller(session(source_identity="ann"))))
    assert keys == {
        "aws:TokenIssueTime": ISSUED,
        "aws:MultiFactorAuthPresent": "false",
        "aws:SourceIdentity": "ann",
    }


def test_mfa_has_an_age() -> None:
    claims = session(kind=SessionKind.SESSION_TOKEN, mfa_time=int(NOW.timestamp()) - 60)
    keys = session_keys(call("iam", "ListUsers", {}, Caller(role_caller(claims).principal, "ASIA", claims)))
    assert keys["aws:MultiFactorAuthPresent"] == "true"
    assert keys["aws:MultiFactorAuthAge"] == "60"


def test_time_is_one_instant_in_both_keys() -> None:
    keys = call_keys(call("iam", "ListUsers", {}), ports())
    assert keys["aws:CurrentTime"] == "2026-11-23T21:30:50Z"
    assert keys["aws:EpochTime"] == str(int(NOW.timestamp()))


def test_iam_is_at_home_in_one_region_and_sts_is_where_it_is_called() -> None:
    assert (
        call_keys(call("iam", "ListUsers", {}, region="eu-west-1"), ports())["aws:RequestedRegion"] == "us-east-1"
    )
    assumed = call("sts", "AssumeRole", {}, region="eu-west-1")
    assert call_keys(assumed, ports())["aws:RequestedRegion"] == "eu-west-1"


def test_a_forwarded_call_names_who_forwarded_it() -> None:
    keys = call_keys(call("iam", "ListUsers", {}, called_via=("a.amazonaws.com", "b.amazonaws.com")), ports())
    assert keys["aws:ViaAWSService"] == "true"
    assert keys["aws:CalledVia"] == ("a.amazonaws.com", "b.amazonaws.com")
    assert keys["aws:CalledViaFirst"] == "a.amazonaws.com"
    assert keys["aws:CalledViaLast"] == "b.amazonaws.com"


def test_a_direct_call_is_not_via_a_service() -> None:
    keys = call_keys(call("iam", "ListUsers", {}), ports())
    assert keys["aws:ViaAWSService"] == "false"
    assert "aws:CalledVia" not in keys
    assert "aws:SourceArn" not in keys


def test_a_one_time_code_of_the_call_counts_for_it() -> None:
    asked = call("sts", "AssumeRole", {}, token_keys={"aws:MultiFactorAuthPresent": "true"})
    assert call_keys(asked, ports())["aws:MultiFactorAuthPresent"] == "true"


def test_a_tag_without_a_value_has_the_empty_one() -> None:
    assert requested_tags({"Tags": [{"Key": "a"}, {"Key": "b", "Value": "c"}]}) == {"a": "", "b": "c"}


def test_no_tags_no_keys() -> None:
    assert request_tag_keys(call("sagemaker", "CreateModel", {"Tags": []})) == {}
