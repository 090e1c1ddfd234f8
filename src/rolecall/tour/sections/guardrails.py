"""Control policies of an organization: they grant nothing, and limit every account but the one that manages it."""

from __future__ import annotations

import json
from typing import Final

from rolecall.tour.check import (
    ACCOUNT,
    DENY_RCP,
    DENY_SCP,
    NO_IDENTITY,
    NO_SCP,
    OTHER_ACCOUNT,
    Allowed,
    Check,
    Denied,
    Do,
    Document,
    Section,
    User,
    iam_arn,
)
from rolecall.tour.policies import allow, deny, policy, trusts

SCPS: Final = 'Organizations User Guide, "Service control policies (SCPs)"'
EVALUATION: Final = 'Organizations User Guide, "SCP evaluation"'
RCPS: Final = 'Organizations User Guide, "Resource control policies (RCPs)"'
MESSAGES: Final = 'IAM User Guide, "Troubleshoot access denied error messages"'
INVITING: Final = 'Organizations User Guide, "Managing account invitations"'

MEMBER: Final = User(name="member-administrator", account=OTHER_ACCOUNT, policy=policy(allow("*")))
IDLE: Final = User(name="member-without-policies", account=OTHER_ACCOUNT)
MANAGER: Final = User(name="manager-administrator", policy=policy(allow("*")))
GROUP: Final = iam_arn("group/crew", OTHER_ACCOUNT)
DOOR: Final = iam_arn("role/Door", OTHER_ACCOUNT)


def group(name: str) -> Do:
    """CreateGroup: an action of IAM on a resource that a denial names."""
    return Do("iam", "create_group", {"GroupName": name})


def control_policy(name: str, kind: str, document: Document, keep: str) -> Do:
    """CreatePolicy of Organizations; `<keep>` is its id and `<keep-arn>` its ARN."""
    return Do(
        "organizations",
        "create_policy",
        {"Name": name, "Description": name, "Type": kind, "Content": json.dumps(document)},
        keep={f"{keep}-arn": "Policy.PolicySummary.Arn", keep: "Policy.PolicySummary.Id"},
    )


def attach(ident: str, target: str = OTHER_ACCOUNT) -> Do:
    return Do("organizations", "attach_policy", {"PolicyId": ident, "TargetId": target})


def detach(ident: str, target: str = OTHER_ACCOUNT) -> Do:
    return Do("organizations", "detach_policy", {"PolicyId": ident, "TargetId": target})


def enable(kind: str) -> Do:
    return Do("organizations", "enable_policy_type", {"RootId": "<tour-root>", "PolicyType": kind})


SECTION: Final = Section(
    name="guardrails",
    title="Control policies of an organization",
    says="Above identity policies stand an organization's guardrails, which no administrator of an account moves.",
    before=(
        Do("organizations", "create_organization"),
        Do("organizations", "list_roots", keep={"tour-root": "Roots[0].Id"}),
        enable("SERVICE_CONTROL_POLICY"),
        enable("RESOURCE_CONTROL_POLICY"),
        control_policy("NoGroups", "SERVICE_CONTROL_POLICY", policy(deny("iam:CreateGroup")), "no-groups"),
        control_policy("OnlySageMaker", "SERVICE_CONTROL_POLICY", policy(allow("sagemaker:*")), "only-sagemaker"),
        control_policy(
            "Closed",
            "RESOURCE_CONTROL_POLICY",
            policy({**deny("sts:AssumeRole"), "Principal": "*"}),
            "closed-doors",
        ),
        Do(
            "organizations",
            "invite_account_to_organization",
            {"Target": {"Type": "ACCOUNT", "Id": OTHER_ACCOUNT}},
            keep={"tour-invitation": "Handshake.Id"},
        ),
    ),
    checks=(
        Check(
            title="An account joins the organization that invites it",
            who=MEMBER,
            call=Do("organizations", "accept_handshake", {"HandshakeId": "<tour-invitation>"}),
            outcome=Allowed({"Handshake.State": "ACCEPTED"}),
            reference=INVITING,
        ),
        Check(
            title="FullAWSAccess is attached everywhere, so nothing changes yet",
            who=MEMBER,
            call=group("early"),
            outcome=Allowed(),
            reference=EVALUATION,
        ),
        Check(
            title="A service control policy grants nothing by itself",
            who=IDLE,
            call=group("crew"),
            outcome=Denied("iam:CreateGroup", GROUP, NO_IDENTITY),
            reference=SCPS,
        ),
        Check(
            title="A Deny at the account stops its administrator, and is named",
            who=MEMBER,
            call=group("crew"),
            outcome=Denied("iam:CreateGroup", GROUP, f"{DENY_SCP}: <no-groups-arn>"),
            reference=MESSAGES,
            before=(attach("<no-groups>"),),
            after=(detach("<no-groups>"),),
        ),
        Check(
            title="A Deny at the root reaches the accounts below",
            who=MEMBER,
            call=group("crew"),
            outcome=Denied("iam:CreateGroup", GROUP, f"{DENY_SCP}: <no-groups-arn>"),
            reference=EVALUATION,
            before=(attach("<no-groups>", "<tour-root>"),),
        ),
        Check(
            title="... and not the account that manages the organization",
            who=MANAGER,
            call=group("managers"),
            outcome=Allowed(),
            reference=SCPS,
            after=(detach("<no-groups>", "<tour-root>"),),
        ),
        Check(
            title="What a level does not allow, nothing below allows",
            who=MEMBER,
            call=group("crew"),
            outcome=Denied("iam:CreateGroup", GROUP, NO_SCP),
            reference=EVALUATION,
            before=(attach("<only-sagemaker>"), detach("p-FullAWSAccess")),
        ),
        Check(
            title="... and what it allows goes on",
            who=MEMBER,
            call=Do("sagemaker", "list_models"),
            outcome=Allowed(),
            reference=EVALUATION,
            after=(attach("p-FullAWSAccess"), detach("<only-sagemaker>")),
        ),
        Check(
            title="A role of the member that trusts the manager's account",
            who=MEMBER,
            call=Do(
                "iam",
                "create_role",
                {
                    "RoleName": "Door",
                    "AssumeRolePolicyDocument": json.dumps(trusts({"AWS": iam_arn("root", ACCOUNT)})),
                },
                shown={"RoleName": "Door"},
            ),
            outcome=Allowed(),
            reference=SCPS,
        ),
        Check(
            title="A resource control policy stops who comes in, the manager too",
            who=MANAGER,
            call=Do("sts", "assume_role", {"RoleArn": DOOR, "RoleSessionName": "tour"}),
            outcome=Denied("sts:AssumeRole", DOOR, f"{DENY_RCP}: <closed-doors-arn>"),
            reference=RCPS,
            before=(attach("<closed-doors>"),),
            after=(detach("<closed-doors>"),),
        ),
        Check(
            title="Without it the role's trust decides",
            who=MANAGER,
            call=Do("sts", "assume_role", {"RoleArn": DOOR, "RoleSessionName": "tour"}),
            outcome=Allowed(),
            reference=RCPS,
            after=(
                Do("organizations", "remove_account_from_organization", {"AccountId": OTHER_ACCOUNT}),
                Do("organizations", "delete_policy", {"PolicyId": "<no-groups>"}),
                Do("organizations", "delete_policy", {"PolicyId": "<only-sagemaker>"}),
                Do("organizations", "delete_policy", {"PolicyId": "<closed-doors>"}),
                Do("organizations", "delete_organization"),
            ),
        ),
    ),
)
