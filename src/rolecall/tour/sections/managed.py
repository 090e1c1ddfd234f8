"""AWS managed policies for SageMaker: most that allow creating allow tagging too; some do not."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import (
    EXECUTION,
    endpoint,
    endpoint_config,
    feature_group,
    model,
    tags,
    training_job,
    transform_job,
)
from rolecall.tour.check import NO_IDENTITY, Allowed, Check, Denied, Do, Section, User, iam_arn, sagemaker_arn

MANAGED: Final = 'Amazon SageMaker AI Developer Guide, "AWS managed policies for Amazon SageMaker AI"'
NOT_MODELLED: Final = "the documents of the AWS managed policies"


def holder(name: str, policy_name: str) -> User:
    """A user with one AWS managed policy and nothing else."""
    return User(name=name, attached=(f"arn:aws:iam::aws:policy/{policy_name}",))


FULL: Final = holder("full-access", "AmazonSageMakerFullAccess")
READ_ONLY: Final = holder("read-only", "AmazonSageMakerReadOnly")
QUICKSIGHT: Final = holder("quicksight", "service-role/AWSQuickSightSageMakerPolicy")
DATA_PREP: Final = holder("data-prep", "AmazonSageMakerCanvasDataPrepFullAccess")
CANVAS: Final = holder("canvas-deployer", "service-role/AmazonSageMakerCanvasDirectDeployAccess")

SECTION: Final = Section(
    name="managed-policies",
    title="AWS managed policies",
    says="AWS managed policies that let their holder create resources let him tag them; not all of them do.",
    before=(model("managed-model"), endpoint_config("managed-config", "managed-model")),
    checks=(
        Check(
            title="AmazonSageMakerFullAccess creates with tags",
            who=FULL,
            call=training_job("managed-1", Tags=tags(team="ml")),
            outcome=Allowed(),
            reference=MANAGED,
        ),
        Check(
            title="AmazonSageMakerFullAccess leaves out domains",
            who=FULL,
            call=Do(
                "sagemaker",
                "create_domain",
                {
                    "DomainName": "not-mine",
                    "AuthMode": "IAM",
                    "DefaultUserSettings": {"ExecutionRole": EXECUTION},
                    "SubnetIds": ["subnet-a1234"],
                    "VpcId": "vpc-a1234",
                },
                shown={"DomainName": "not-mine"},
            ),
            outcome=Denied("sagemaker:CreateDomain", sagemaker_arn("domain/*"), NO_IDENTITY),
            reference=MANAGED,
        ),
        Check(
            title="AmazonSageMakerFullAccess is no access to IAM",
            who=FULL,
            call=Do("iam", "create_user", {"UserName": "made-by-full-access"}),
            outcome=Denied("iam:CreateUser", iam_arn("user/made-by-full-access"), NO_IDENTITY),
            reference=MANAGED,
        ),
        Check(
            title="AmazonSageMakerReadOnly reads",
            who=READ_ONLY,
            call=Do("sagemaker", "describe_model", {"ModelName": "managed-model"}),
            outcome=Allowed({"ModelName": "managed-model"}),
            reference=MANAGED,
        ),
        Check(
            title="... and writes nothing",
            who=READ_ONLY,
            call=Do("sagemaker", "delete_model", {"ModelName": "managed-model"}),
            outcome=Denied("sagemaker:DeleteModel", sagemaker_arn("model/managed-model"), NO_IDENTITY),
            reference=MANAGED,
        ),
        Check(
            title="AWSQuickSightSageMakerPolicy starts transform jobs",
            who=QUICKSIGHT,
            call=transform_job("quicksight-auto-generated-1", "managed-model"),
            outcome=Allowed(),
            reference=NOT_MODELLED,
        ),
        Check(
            title="... but may not tag them",
            who=QUICKSIGHT,
            call=transform_job("quicksight-auto-generated-2", "managed-model", Tags=tags(team="ml")),
            outcome=Denied(
                "sagemaker:AddTags", sagemaker_arn("transform-job/quicksight-auto-generated-2"), NO_IDENTITY
            ),
            reference=NOT_MODELLED,
        ),
        Check(
            title="Canvas' data preparation creates feature groups, without tags only",
            who=DATA_PREP,
            call=feature_group("prepared", Tags=tags(team="ml")),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("feature-group/prepared"), NO_IDENTITY),
            reference=NOT_MODELLED,
        ),
        Check(
            title="Canvas' direct deployment names ARNs that no endpoint has",
            who=CANVAS,
            call=endpoint("Canvas-endpoint", "managed-config"),
            outcome=Denied("sagemaker:CreateEndpoint", sagemaker_arn("endpoint/Canvas-endpoint"), NO_IDENTITY),
            reference='IAM User Guide, "IAM JSON policy elements: Resource"',
        ),
    ),
)
