"""Which roles are offered for an operation, and what they lack."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.analysis.execution_roles import NEEDS, Offer, offers
from rolecall.catalog import load
from rolecall.decision import Principal, PrincipalType
from rolecall.exchange.account_details import ExportedAccount, read_account

ACCOUNT = "123456789012"
ANA = f"arn:aws:iam::{ACCOUNT}:user/ana"
PASS = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*"}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(service: str, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document({**statement, "Condition": condition} if condition else statement)


def account(role: dict[str, Any], user: list[dict[str, Any]]) -> ExportedAccount:
    """One user and one role, as GetAccountAuthorizationDetails shows them."""
    return read_account(
        [
            {
                "UserDetailList": [
                    {
                        "Arn": ANA,
                        "UserId": "AIDAEXAMPLE",
                        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": document(*user)}],
                    }
                ],
                "RoleDetailList": [
                    {
                        "Arn": f"arn:aws:iam::{ACCOUNT}:role/Role",
                        "RoleName": "Role",
                        "RoleId": "AROAEXAMPLE",
                        "AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com"),
                        **role,
                    }
                ],
            }
        ]
    )


def offer(world: ExportedAccount, operation: str = "CreateTrainingJob") -> Offer:
    ana = Principal(ANA, ACCOUNT, PrincipalType.USER)
    (found,) = offers(operation, {arn: world.principals[arn] for arn in world.trust}, ana, world)
    return found


def allowing(*actions: str, on: str = "*") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on}
    return {"RolePolicyList": [{"PolicyName": "p", "PolicyDocument": document(statement)}]}


def test_a_role_with_everything_lacks_nothing() -> None:
    found = offer(account(allowing(*NEEDS["CreateTrainingJob"]), [PASS]))
    assert (found.refused, found.lacks, found.limited) == (None, (), ())


def test_what_no_statement_names_is_lacking() -> None:
    found = offer(account(allowing("s3:*", "logs:*", "cloudwatch:*"), [PASS]))
    assert set(found.lacks) == {action for action in NEEDS["CreateTrainingJob"] if action.startswith("ecr:")}


def test_what_is_allowed_on_some_resources_is_limited() -> None:
    found = offer(account(allowing("*", on="arn:aws:s3:::our-bucket/*"), [PASS]))
    assert found.lacks == ()
    assert set(found.limited) == set(NEEDS["CreateTrainingJob"])


def test_a_boundary_takes_away_what_it_does_not_allow() -> None:
    limit = f"arn:aws:iam::{ACCOUNT}:policy/Limit"
    role = {
        **allowing("*"),
        "PermissionsBoundary": {"PermissionsBoundaryArn": limit, "PermissionsBoundaryType": "Policy"},
    }
    only_s3 = document({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})
    versions = [{"Document": only_s3, "IsDefaultVersion": True, "VersionId": "v1"}]
    pages = account({}, [PASS])
    world = read_account(
        [
            {
                "RoleDetailList": [
                    {
                        "Arn": f"arn:aws:iam::{ACCOUNT}:role/Role",
                        "RoleName": "Role",
                        "RoleId": "AROAEXAMPLE",
                        "AssumeRolePolicyDocument": trust("sagemaker.amazonaws.com"),
                        **role,
                    }
                ]
            },
            {"Policies": [{"Arn": limit, "PolicyVersionList": versions}]},
        ]
    )
    both = ExportedAccount({**pages.principals, **world.principals}, world.trust)
    assert not [action for action in offer(both).lacks if action.startswith("s3:")]
    assert "ecr:BatchGetImage" in offer(both).lacks


@pytest.mark.parametrize(
    ("trusting", "offered"),
    [
        (trust("sagemaker.amazonaws.com"), True),
        (trust("lambda.amazonaws.com"), False),
        (trust("sagemaker.amazonaws.com", StringEquals={"aws:SourceAccount": ACCOUNT}), True),
        (trust("sagemaker.amazonaws.com", StringEquals={"aws:SourceAccount": "999999999999"}), False),
        # Which job will use the role is not known yet.
        (
            trust("sagemaker.amazonaws.com", ArnLike={"aws:SourceArn": "arn:aws:sagemaker:*:*:training-job/*"}),
            True,
        ),
    ],
)
def test_only_roles_that_trust_sagemaker_are_offered(trusting: dict[str, Any], offered: bool) -> None:
    found = offer(account({"AssumeRolePolicyDocument": trusting}, [PASS]))
    assert (found.refused is None) is offered


def test_a_service_linked_role_is_not_offered_though_it_trusts_sagemaker() -> None:
    path = "role/aws-service-role/sagemaker.amazonaws.com/AWSServiceRoleForAmazonSageMakerNotebooks"
    arn = f"arn:aws:iam::{ACCOUNT}:{path}"
    assert "service-linked role" in str(offer(account({"Arn": arn}, [PASS])).refused)


@pytest.mark.parametrize(
    ("statement", "offered"),
    [
        (PASS, True),
        ({**PASS, "Resource": f"arn:aws:iam::{ACCOUNT}:role/Role"}, True),
        ({**PASS, "Resource": f"arn:aws:iam::{ACCOUNT}:role/Other"}, False),
        ({**PASS, "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}}, True),
        ({**PASS, "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}, False),
        ({**PASS, "Action": "sagemaker:*"}, False),
    ],
)
def test_only_roles_that_the_caller_may_pass_are_offered(statement: dict[str, Any], offered: bool) -> None:
    found = offer(account({}, [statement]))
    assert (found.refused is None) is offered
    if not offered:
        assert "because no identity-based policy allows the iam:PassRole action" in str(found.refused)


@pytest.mark.parametrize("operation", NEEDS)
def test_every_needed_action_exists(operation: str) -> None:
    assert [action for action in NEEDS[operation] if load().action(action) is None] == []
