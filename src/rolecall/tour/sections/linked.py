"""Service-linked roles: made for a service, trusted to it alone, and changed by nobody else."""

from __future__ import annotations

import json
from typing import Final

from rolecall.tour.check import (
    NO_IDENTITY,
    NO_REASON,
    Allowed,
    Check,
    Denied,
    Do,
    Refused,
    Section,
    User,
    iam_arn,
)
from rolecall.tour.policies import allow, policy

LINKED: Final = 'IAM User Guide, "Create a service-linked role"'
USING: Final = 'IAM User Guide, "Service-linked roles"'
NAME: Final = "AWSServiceRoleForSageMakerHyperPod"
SERVICE: Final = "hyperpod.sagemaker.amazonaws.com"
PROTECTED: Final = Refused(
    "UnmodifiableEntity",
    f"Cannot perform the operation on the protected role '{NAME}' - this role is only modifiable by AWS",
)
LINKER: Final = User(
    name="linker",
    policy=policy(
        allow(
            "iam:CreateServiceLinkedRole",
            on=iam_arn("role/aws-service-role/*"),
            when={"StringLike": {"iam:AWSServiceName": SERVICE}},
        )
    ),
)
ADMINISTRATOR: Final = User(name="role-administrator", policy=policy(allow("iam:*", "sts:*")))


def create(service: str) -> Do:
    """CreateServiceLinkedRole."""
    return Do("iam", "create_service_linked_role", {"AWSServiceName": service})


SECTION: Final = Section(
    name="service-linked-roles",
    title="Service-linked roles",
    says="Some of SageMaker's features bring roles of their own, which the account has but does not edit.",
    checks=(
        Check(
            title="A service-linked role for the one service that may be named",
            who=LINKER,
            call=create(SERVICE),
            outcome=Allowed({"Role.RoleName": NAME, "Role.Path": f"/aws-service-role/{SERVICE}/"}),
            reference=LINKED,
        ),
        Check(
            title="... and for another",
            who=LINKER,
            call=create("inference.sagemaker.amazonaws.com"),
            outcome=Denied(
                "iam:CreateServiceLinkedRole",
                iam_arn(
                    "role/aws-service-role/inference.sagemaker.amazonaws.com/AWSServiceRoleForSageMakerInference"
                ),
                NO_IDENTITY,
            ),
            reference=LINKED,
        ),
        Check(
            title="An administrator may not give it another policy",
            who=ADMINISTRATOR,
            call=Do(
                "iam",
                "put_role_policy",
                {"RoleName": NAME, "PolicyName": "more", "PolicyDocument": json.dumps(policy(allow("s3:*")))},
                shown={"RoleName": NAME, "PolicyName": "more"},
            ),
            outcome=PROTECTED,
            reference=USING,
        ),
        Check(
            title="... nor delete it like other roles",
            who=ADMINISTRATOR,
            call=Do("iam", "delete_role", {"RoleName": NAME}),
            outcome=PROTECTED,
            reference=USING,
        ),
        Check(
            title="... nor assume it: it trusts its service alone",
            who=ADMINISTRATOR,
            call=Do(
                "sts",
                "assume_role",
                {"RoleArn": iam_arn(f"role/aws-service-role/{SERVICE}/{NAME}"), "RoleSessionName": "visit"},
            ),
            outcome=Denied("sts:AssumeRole", iam_arn(f"role/aws-service-role/{SERVICE}/{NAME}"), NO_REASON),
            reference=USING,
        ),
    ),
)
