"""Service roles: handing a role to SageMaker, and what happens when the role does not fit."""

from __future__ import annotations

import json
from typing import Final

from rolecall.tour.calls import endpoint, endpoint_config, model, role, training_job
from rolecall.tour.check import (
    ACCOUNT,
    NO_IDENTITY,
    Allowed,
    Check,
    Denied,
    Do,
    Refused,
    Section,
    User,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import TRUSTS_SAGEMAKER, allow, pass_role, policy, trusts

PASS_ROLE: Final = 'IAM User Guide, "Grant a user permissions to pass a role to an AWS service"'
PASSED_TO: Final = 'IAM User Guide, "IAM and AWS STS condition context keys": iam:PassedToService'
EXECUTION_ROLES: Final = 'Amazon SageMaker AI Developer Guide, "How to use SageMaker AI execution roles"'
AUTHORIZATION: Final = (
    'Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker"'
)
ERRORS: Final = "the error of SageMaker's API, as published by its users"
TRUSTS_LAMBDA: Final = trusts({"Service": "lambda.amazonaws.com"})

PASSES: Final = User(name="passes", policy=policy(allow("sagemaker:*"), pass_role("*")))


def cannot_assume(role_name: str) -> Refused:
    """What a job answers when SageMaker may not assume its role."""
    return Refused(
        "ValidationException",
        f"Could not assume role {iam_arn(f'role/{role_name}')}. Please ensure that the role exists and allows "
        "principal 'sagemaker.amazonaws.com' to assume the role.",
    )


SECTION: Final = Section(
    name="roles",
    title="Service roles",
    says="A job runs under a role that the caller chooses and hands over; an administrator may change that role.",
    before=(
        role("ForLambda", json.dumps(TRUSTS_LAMBDA)),
        role("Changing", json.dumps(TRUSTS_SAGEMAKER)),
        role("Reserved", json.dumps(TRUSTS_SAGEMAKER)),
        model("roles-model"),
        endpoint_config("roles-config", "roles-model"),
    ),
    checks=(
        Check(
            title="Handing over a role is a permission of its own",
            who=User(name="never-passes", policy=policy(allow("sagemaker:*", "s3:*"))),
            call=training_job("pass-1"),
            outcome=Denied("iam:PassRole", iam_arn("role/Execution"), NO_IDENTITY),
            reference=PASS_ROLE,
        ),
        Check(
            title="The role may be passed to SageMaker",
            who=User(name="passes-to-sagemaker", policy=policy(allow("sagemaker:*"), pass_role())),
            call=training_job("pass-2"),
            outcome=Allowed(),
            reference=PASS_ROLE,
        ),
        Check(
            title="The role may be passed to another service only",
            who=User(
                name="passes-to-lambda",
                policy=policy(allow("sagemaker:*"), pass_role(service="lambda.amazonaws.com")),
            ),
            call=training_job("pass-3"),
            outcome=Denied("iam:PassRole", iam_arn("role/Execution"), NO_IDENTITY),
            reference=PASSED_TO,
        ),
        Check(
            title='"sagemaker" is not the name of the service principal',
            who=User(
                name="passes-to-nickname", policy=policy(allow("sagemaker:*"), pass_role(service="sagemaker"))
            ),
            call=model("pass-4"),
            outcome=Denied("iam:PassRole", iam_arn("role/Execution"), NO_IDENTITY),
            reference=PASSED_TO,
        ),
        Check(
            title="Another role than the one that may be passed",
            who=User(name="passes-one", policy=policy(allow("sagemaker:*"), pass_role())),
            call=training_job("pass-5", RoleArn=iam_arn("role/Reserved")),
            outcome=Denied("iam:PassRole", iam_arn("role/Reserved"), NO_IDENTITY),
            reference=PASS_ROLE,
        ),
        Check(
            title="An endpoint takes the role of its model: nothing to pass",
            who=User(name="hosts-only", policy=policy(allow("sagemaker:CreateEndpoint"))),
            call=endpoint("pass-6", "roles-config"),
            outcome=Allowed({"EndpointArn": sagemaker_arn("endpoint/pass-6")}),
            reference=AUTHORIZATION,
        ),
        Check(
            title="The role does not trust SageMaker",
            who=PASSES,
            call=training_job("trust-1", RoleArn=iam_arn("role/ForLambda")),
            outcome=cannot_assume("ForLambda"),
            reference=ERRORS,
        ),
        Check(
            title="The role does not exist",
            who=PASSES,
            call=training_job("trust-2", RoleArn=iam_arn("role/NoSuchRole")),
            outcome=cannot_assume("NoSuchRole"),
            reference=ERRORS,
        ),
        Check(
            title="A model says it in its own words",
            who=PASSES,
            call=model("trust-3", ExecutionRoleArn=iam_arn("role/ForLambda")),
            outcome=Refused(
                "ValidationException",
                f'The execution role ARN "{iam_arn("role/ForLambda")}" is invalid. Please ensure that the role '
                'exists and that its trust relationship policy allows the action "sts:AssumeRole" for the service '
                'principal "sagemaker.amazonaws.com".',
            ),
            reference=ERRORS,
        ),
        Check(
            title="A role that works",
            who=PASSES,
            call=training_job("change-1", RoleArn=iam_arn("role/Changing")),
            outcome=Allowed(),
            reference=EXECUTION_ROLES,
        ),
        Check(
            title="... until an administrator changes whom it trusts",
            who=PASSES,
            before=(
                Do(
                    "iam",
                    "update_assume_role_policy",
                    {"RoleName": "Changing", "PolicyDocument": json.dumps(TRUSTS_LAMBDA)},
                ),
            ),
            call=training_job("change-2", RoleArn=iam_arn("role/Changing")),
            outcome=cannot_assume("Changing"),
            reference=EXECUTION_ROLES,
        ),
        Check(
            title="Only roles of this account below a path",
            who=User(
                name="passes-below-path",
                policy=policy(
                    allow("sagemaker:*"),
                    allow("iam:PassRole", on=f"arn:aws:iam::{ACCOUNT}:role/service-role/*"),
                ),
            ),
            call=training_job("path-1"),
            outcome=Denied("iam:PassRole", iam_arn("role/Execution"), NO_IDENTITY),
            reference=PASS_ROLE,
        ),
    ),
)
