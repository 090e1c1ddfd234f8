"""Exports of accounts are read whole, and what they lack is known to be lacking."""

from __future__ import annotations

from typing import Any

from rolecall.exchange.account_details import read_account

FULL = "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"
NOWHERE = "arn:aws:iam::123456789012:policy/Nowhere"
USER = "arn:aws:iam::123456789012:user/ann"


def role(name: str, *attached: str) -> dict[str, Any]:
    return {
        "RoleName": name,
        "RoleId": f"AROA{name}",
        "Arn": arn(name),
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        "AttachedManagedPolicies": [{"PolicyArn": each} for each in attached],
    }


def arn(name: str) -> str:
    return f"arn:aws:iam::123456789012:role/{name}"


def test_policies_of_aws_need_not_be_in_the_export() -> None:
    """`--filter LocalManagedPolicy` leaves them out."""
    account = read_account([{"RoleDetailList": [role("Full", FULL)]}])
    record = account.principal(arn("Full"))
    assert record is not None
    assert [policy.name for policy in record.identity] == ["AmazonSageMakerFullAccess"]


def test_who_has_a_policy_without_a_text_is_unknown_and_others_are_not() -> None:
    user = {"Arn": USER, "UserId": "AIDAANN", "GroupList": ["Team"]}
    group = {"GroupName": "Team", "AttachedManagedPolicies": [{"PolicyArn": NOWHERE}]}
    account = read_account(
        [
            {"RoleDetailList": [role("Broken", NOWHERE), role("Fine")]},
            {"UserDetailList": [user], "GroupDetailList": [group]},
        ]
    )
    assert account.unknown == {arn("Broken"): NOWHERE, USER: NOWHERE}
    assert set(account.principals) == {arn("Fine")}
    assert set(account.trust) == {arn("Broken"), arn("Fine")}


def test_who_is_in_a_group_that_the_export_lacks_is_unknown() -> None:
    """`--filter User` leaves groups out, and with them what they deny."""
    user = {"Arn": USER, "UserId": "AIDAANN", "GroupList": ["Team"]}
    assert read_account([{"UserDetailList": [user]}]).unknown == {USER: "group Team"}
