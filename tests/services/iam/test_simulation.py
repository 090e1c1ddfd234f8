"""The simulator APIs: AWS's layout, case by case; whose policies count; what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct, field

from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, Accounts

CASES = Path(__file__).parents[2] / "cases" / "simulator"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


class SimulatorCase(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    operation: str
    parameters: dict[str, Any]
    want: list[dict[str, Any]]
    policies: dict[str, str] = field(default_factory=dict)


def cases() -> list[SimulatorCase]:
    return msgspec.yaml.decode((CASES / "simulator.yaml").read_bytes(), type=list[SimulatorCase])


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": "*", **more}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_simulator_answers_in_the_layout_of_aws(here: Accounts, case: SimulatorCase) -> None:
    here.iam("CreateUser", UserName="alice")
    for name, text in case.policies.items():
        here.iam("CreatePolicy", PolicyName=name, PolicyDocument=text)
        here.iam("AttachUserPolicy", UserName="alice", PolicyArn=f"arn:aws:iam::{ACCOUNT}:policy/{name}")
    source = {"PolicySourceArn": ALICE} if case.operation == "SimulatePrincipalPolicy" else {}
    answer = here.iam(case.operation, **source, **case.parameters)
    assert answer == {"EvaluationResults": case.want, "IsTruncated": False}


def decisions(here: Accounts, **parameters: Any) -> dict[str, str]:
    given = {"PolicySourceArn": ALICE, "ActionNames": ["s3:GetObject", "sagemaker:ListModels"], **parameters}
    results = here.iam("SimulatePrincipalPolicy", **given)["EvaluationResults"]
    return {each["EvalActionName"]: each["EvalDecision"] for each in results}


def test_a_users_policies_are_its_own_its_groups_and_its_boundary(here: Accounts) -> None:
    here.iam("CreateUser", UserName="alice")
    here.iam("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=document(allow("s3:*")))
    here.iam("CreateGroup", GroupName="team")
    here.iam("AddUserToGroup", GroupName="team", UserName="alice")
    here.iam("PutGroupPolicy", GroupName="team", PolicyName="g", PolicyDocument=document(allow("sagemaker:*")))
    assert decisions(here) == {"s3:GetObject": "allowed", "sagemaker:ListModels": "allowed"}
    (result,) = here.iam("SimulatePrincipalPolicy", PolicySourceArn=ALICE, ActionNames=["s3:GetObject"])[
        "EvaluationResults"
    ]
    assert result["MatchedStatements"][0]["SourcePolicyId"] == "user_alice_own"
    limit = here.iam("CreatePolicy", PolicyName="limit", PolicyDocument=document(allow("s3:*")))["Policy"]["Arn"]
    here.iam("PutUserPermissionsBoundary", UserName="alice", PermissionsBoundary=limit)
    assert decisions(here) == {"s3:GetObject": "allowed", "sagemaker:ListModels": "implicitDeny"}
    excluded = [{"PolicyType": "permission-boundary"}]
    assert decisions(here, PolicyExclusionList=excluded)["sagemaker:ListModels"] == "allowed"
    inline = {"PolicyName": "g", "AttachmentType": "group", "AttachmentName": "team"}
    excluded.append({"InlinePolicyIdentifier": inline})  # type: ignore[dict-item]
    assert decisions(here, PolicyExclusionList=excluded) == {
        "s3:GetObject": "allowed",
        "sagemaker:ListModels": "implicitDeny",
    }


def test_a_role_is_taken_as_its_trust_policy_says(here: Accounts) -> None:
    here.iam("CreateUser", UserName="alice")
    here.iam("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=document(ALL))
    trust = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole"}
    role = here.iam("CreateRole", RoleName="r", AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
    asked: dict[str, Any] = {"ActionNames": ["sts:AssumeRole"], "ResourceArns": [role]}
    assert decisions(here, **asked) == {"sts:AssumeRole": "allowed"}
    here.iam("UpdateAssumeRolePolicy", RoleName="r", PolicyDocument=document(trust, deny))
    assert decisions(here, **asked) == {"sts:AssumeRole": "explicitDeny"}


def test_a_literal_star_in_a_resource_is_text(here: Accounts) -> None:
    """The SageMaker SDK asks for arn:aws:s3:::bucket/*."""
    here.iam("CreateUser", UserName="alice")
    own = document(allow("s3:PutObject", Resource="arn:aws:s3:::bucket/*"))
    here.iam("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=own)
    asked: dict[str, Any] = {"ActionNames": ["s3:PutObject"], "ResourceArns": ["arn:aws:s3:::bucket/*"]}
    assert decisions(here, **asked) == {"s3:PutObject": "allowed"}


def test_results_come_in_pages(here: Accounts) -> None:
    here.iam("CreateUser", UserName="alice")
    asked = {
        "PolicySourceArn": ALICE,
        "ActionNames": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        "ResourceArns": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
        "MaxItems": 4,
    }
    first = here.iam("SimulatePrincipalPolicy", **asked)
    assert (len(first["EvaluationResults"]), first["IsTruncated"]) == (4, True)
    rest = here.iam("SimulatePrincipalPolicy", **asked, Marker=first["Marker"])
    assert (len(rest["EvaluationResults"]), rest["IsTruncated"]) == (2, False)


SOURCE_IS_NO_ENTITY = "Invalid Entity Arn: {} does not clearly define entity type and name."
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/r/s"
REFUSED = [
    ({"PolicySourceArn": SESSION}, "InvalidInput", SOURCE_IS_NO_ENTITY.format(SESSION)),
    (
        {"PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/nobody"},
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    ),
    ({"ActionNames": ["s3:Get*"]}, "InvalidInput", None),
    ({"PolicyInputList": ["{}"]}, "InvalidInput", None),
    ({"ResourceArns": ["bucket"]}, "InvalidInput", None),
    ({"PermissionsBoundaryPolicyInputList": [document(ALL), document(ALL)]}, "InvalidInput", None),
    ({"CallerArn": f"arn:aws:iam::{ACCOUNT}:role/r"}, "InvalidInput", None),
]


@pytest.mark.parametrize(("parameters", "code", "message"), REFUSED, ids=lambda each: str(each)[:40])
def test_what_cannot_be_simulated_is_refused(
    here: Accounts, parameters: dict[str, Any], code: str, message: str | None
) -> None:
    here.iam("CreateUser", UserName="alice")
    with pytest.raises(AwsError) as caught:
        decisions(here, **parameters)
    assert caught.value.code == code
    assert message is None or caught.value.message == message


def test_context_keys_are_those_of_conditions_and_variables(here: Accounts) -> None:
    text = document(
        allow(
            "s3:*",
            Resource="arn:aws:s3:::b/${aws:username}/*",
            Condition={"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}},
        ),
        allow("s3:*", Condition={"StringLike": {"AWS:USERNAME": "a*"}}),
    )
    want = ["aws:username", "aws:RequestTag/team", "aws:PrincipalTag/team"]
    assert here.iam("GetContextKeysForCustomPolicy", PolicyInputList=[text]) == {"ContextKeyNames": want}
    here.iam("CreateUser", UserName="alice")
    here.iam("PutUserPolicy", UserName="alice", PolicyName="own", PolicyDocument=text)
    extra = document(allow("s3:*", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}))
    answer = here.iam("GetContextKeysForPrincipalPolicy", PolicySourceArn=ALICE, PolicyInputList=[extra])
    assert answer == {"ContextKeyNames": [*want, "aws:SourceIp"]}
