"""Resource ARNs in policies: today they work; the guide profile shows the page as it was written."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import endpoint, endpoint_config, model, training_job
from rolecall.tour.check import (
    DENY_IDENTITY,
    NO_IDENTITY,
    Allowed,
    Check,
    Denied,
    Do,
    Section,
    User,
    sagemaker_arn,
)
from rolecall.tour.policies import allow, deny, deny_outside, pass_role, policy

RESOURCE: Final = 'IAM User Guide, "IAM JSON policy elements: Resource"'
NOT_RESOURCE: Final = 'IAM User Guide, "IAM JSON policy elements: NotResource"'
AUTHORIZATION: Final = (
    'Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker"'
)
PAGE: Final = 'Amazon SageMaker Developer Guide, "How Amazon SageMaker Works with IAM"'

DEMO: Final = User(
    name="demo-only",
    policy=policy(allow("sagemaker:CreateTrainingJob", on=sagemaker_arn("training-job/demo-*")), pass_role()),
)
HOSTING: Final = (model("hosted"), endpoint_config("hosted-config", "hosted"))

SECTION: Final = Section(
    name="resources",
    title="Resource ARNs",
    says='Which resources a statement is about. The page says SageMaker takes only "*"; today it takes ARNs.',
    before=(*HOSTING, model("Churn")),
    checks=(
        Check(
            title="A job whose name fits the ARN pattern",
            who=DEMO,
            call=training_job("demo-1"),
            outcome=Allowed({"TrainingJobArn": sagemaker_arn("training-job/demo-1")}),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A job whose name does not fit",
            who=DEMO,
            call=training_job("production-1"),
            outcome=Denied("sagemaker:CreateTrainingJob", sagemaker_arn("training-job/production-1"), NO_IDENTITY),
            reference=AUTHORIZATION,
        ),
        Check(
            title="Names in ARNs compare with case",
            who=User(
                name="lower-case",
                policy=policy(allow("sagemaker:DescribeModel", on="arn:aws:sagemaker:*:*:model/churn")),
            ),
            call=Do("sagemaker", "describe_model", {"ModelName": "Churn"}),
            outcome=Denied("sagemaker:DescribeModel", sagemaker_arn("model/Churn"), NO_IDENTITY),
            reference=RESOURCE,
        ),
        Check(
            title='A list call has no resource: only "*" allows it',
            who=User(name="lister", policy=policy(allow("sagemaker:ListModels", on=sagemaker_arn("*")))),
            call=Do("sagemaker", "list_models"),
            outcome=Denied("sagemaker:ListModels", "", NO_IDENTITY),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A Deny on model ARNs does not stop the list call",
            who=User(
                name="lister-of-all",
                policy=policy(
                    allow("sagemaker:ListModels"), deny("sagemaker:ListModels", on=sagemaker_arn("model/*"))
                ),
            ),
            call=Do("sagemaker", "list_models", {"NameContains": "hosted"}),
            outcome=Allowed({"Models[0].ModelName": "hosted"}),
            reference=RESOURCE,
        ),
        Check(
            title="CreateEndpoint asks for the endpoint and its configuration",
            who=User(
                name="half-host",
                policy=policy(allow("sagemaker:CreateEndpoint", on=sagemaker_arn("endpoint/*"))),
            ),
            call=endpoint("half", "hosted-config"),
            outcome=Denied(
                "sagemaker:CreateEndpoint", sagemaker_arn("endpoint-config/hosted-config"), NO_IDENTITY
            ),
            reference=AUTHORIZATION,
        ),
        Check(
            title="With both ARNs the endpoint is created",
            who=User(
                name="host",
                policy=policy(
                    allow(
                        "sagemaker:CreateEndpoint",
                        on=[sagemaker_arn("endpoint/*"), sagemaker_arn("endpoint-config/hosted-*")],
                    )
                ),
            ),
            call=endpoint("whole", "hosted-config"),
            outcome=Allowed({"EndpointArn": sagemaker_arn("endpoint/whole")}),
            reference=AUTHORIZATION,
        ),
        Check(
            title="Deny with NotResource: hands off what is not ours",
            who=User(
                name="fenced",
                policy=policy(
                    allow("sagemaker:*"),
                    deny_outside("sagemaker:Delete*", on=sagemaker_arn("model/ours-*")),
                ),
            ),
            call=Do("sagemaker", "delete_model", {"ModelName": "hosted"}),
            outcome=Denied("sagemaker:DeleteModel", sagemaker_arn("model/hosted"), DENY_IDENTITY),
            reference=NOT_RESOURCE,
        ),
    ),
)

AS_WRITTEN: Final = Section(
    name="page-as-written",
    title="The page as it was written (profile guide)",
    says="SageMaker takes no resource ARNs: a statement that names one matches no SageMaker action.",
    profile="guide",
    before=HOSTING,
    checks=(
        Check(
            title="A statement with an ARN allows nothing",
            who=User(name="by-arn", policy=policy(allow("sagemaker:DescribeModel", on=sagemaker_arn("model/*")))),
            call=Do("sagemaker", "describe_model", {"ModelName": "hosted"}),
            outcome=Denied("sagemaker:DescribeModel", sagemaker_arn("model/hosted"), NO_IDENTITY),
            reference=PAGE,
        ),
        Check(
            title='The same statement with "*" allows it',
            who=User(name="by-star", policy=policy(allow("sagemaker:DescribeModel"))),
            call=Do("sagemaker", "describe_model", {"ModelName": "hosted"}),
            outcome=Allowed({"ModelName": "hosted"}),
            reference=PAGE,
        ),
    ),
)
