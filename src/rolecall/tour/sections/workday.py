"""A data scientist's day: every permission of the policies is needed by the steps that name it in `uses`.

Each step acts on something that was there before, so that one missing permission fails exactly the steps that
rest on it; tests/tour walks through all of them.
"""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import endpoint, endpoint_config, model, notebook, tags, training_job
from rolecall.tour.check import Allowed, Check, Do, Section, User, sagemaker_arn
from rolecall.tour.policies import allow, pass_role, policy

AUTHORIZATION: Final = (
    'Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker"'
)

DATA_SCIENTIST: Final = User(
    name="data-scientist",
    policy=policy(
        allow("sagemaker:ListTrainingJobs", "sagemaker:ListTags"),
        allow(
            "sagemaker:CreateTrainingJob",
            "sagemaker:DescribeTrainingJob",
            "sagemaker:StopTrainingJob",
            on=sagemaker_arn("training-job/*"),
        ),
        allow("sagemaker:CreateModel", "sagemaker:DeleteModel", on=sagemaker_arn("model/*")),
        allow("sagemaker:CreateEndpointConfig"),
        allow(
            "sagemaker:CreateEndpoint",
            on=[sagemaker_arn("endpoint/*"), sagemaker_arn("endpoint-config/*")],
        ),
        allow("sagemaker:DescribeEndpoint"),
        allow("sagemaker:CreateNotebookInstance", when={"StringEquals": {"sagemaker:RootAccess": "Disabled"}}),
        allow("sagemaker:AddTags", when={"StringEquals": {"aws:RequestTag/team": "ml"}}),
        pass_role(),
    ),
)
PASS_ROLE: Final = "iam:PassRole"
ADD_TAGS: Final = "sagemaker:AddTags"

SECTION: Final = Section(
    name="workday",
    title="A data scientist's day",
    says="One person, one policy, the usual calls: all are allowed, and none of the permissions is idle.",
    before=(
        training_job("yesterday", Tags=tags(team="ml")),
        model("day-model"),
        model("day-old-model"),
        endpoint_config("day-config", "day-model"),
        endpoint("day-endpoint", "day-config"),
    ),
    checks=(
        Check(
            title="Which jobs are there?",
            who=DATA_SCIENTIST,
            call=Do("sagemaker", "list_training_jobs", {"NameContains": "yesterday"}),
            outcome=Allowed({"TrainingJobSummaries[0].TrainingJobName": "yesterday"}),
            reference=AUTHORIZATION,
            uses=("sagemaker:ListTrainingJobs",),
        ),
        Check(
            title="How did yesterday's job go?",
            who=DATA_SCIENTIST,
            call=Do("sagemaker", "describe_training_job", {"TrainingJobName": "yesterday"}),
            outcome=Allowed({"TrainingJobName": "yesterday"}),
            reference=AUTHORIZATION,
            uses=("sagemaker:DescribeTrainingJob",),
        ),
        Check(
            title="Stop it",
            who=DATA_SCIENTIST,
            call=Do("sagemaker", "stop_training_job", {"TrainingJobName": "yesterday"}),
            outcome=Allowed(),
            reference=AUTHORIZATION,
            uses=("sagemaker:StopTrainingJob",),
        ),
        Check(
            title="Train anew, tagged with the team",
            who=DATA_SCIENTIST,
            call=training_job("today", Tags=tags(team="ml")),
            outcome=Allowed({"TrainingJobArn": sagemaker_arn("training-job/today")}),
            reference=AUTHORIZATION,
            uses=("sagemaker:CreateTrainingJob", PASS_ROLE, ADD_TAGS),
        ),
        Check(
            title="Make a model of it",
            who=DATA_SCIENTIST,
            call=model("day-new-model"),
            outcome=Allowed({"ModelArn": sagemaker_arn("model/day-new-model")}),
            reference=AUTHORIZATION,
            uses=("sagemaker:CreateModel", PASS_ROLE),
        ),
        Check(
            title="Configure an endpoint",
            who=DATA_SCIENTIST,
            call=endpoint_config("day-new-config", "day-model"),
            outcome=Allowed(),
            reference=AUTHORIZATION,
            uses=("sagemaker:CreateEndpointConfig",),
        ),
        Check(
            title="Put the model online",
            who=DATA_SCIENTIST,
            call=endpoint("day-new-endpoint", "day-config"),
            outcome=Allowed({"EndpointArn": sagemaker_arn("endpoint/day-new-endpoint")}),
            reference=AUTHORIZATION,
            uses=("sagemaker:CreateEndpoint",),
        ),
        Check(
            title="Is the endpoint up?",
            who=DATA_SCIENTIST,
            call=Do("sagemaker", "describe_endpoint", {"EndpointName": "day-endpoint"}),
            outcome=Allowed({"EndpointName": "day-endpoint"}),
            reference=AUTHORIZATION,
            uses=("sagemaker:DescribeEndpoint",),
        ),
        Check(
            title="A notebook without root access",
            who=DATA_SCIENTIST,
            call=notebook("day-notebook", RootAccess="Disabled"),
            outcome=Allowed(),
            reference=AUTHORIZATION,
            uses=("sagemaker:CreateNotebookInstance", PASS_ROLE),
        ),
        Check(
            title="Tag the model for the team",
            who=DATA_SCIENTIST,
            call=Do(
                "sagemaker", "add_tags", {"ResourceArn": sagemaker_arn("model/day-model"), "Tags": tags(team="ml")}
            ),
            outcome=Allowed(),
            reference=AUTHORIZATION,
            uses=(ADD_TAGS,),
        ),
        Check(
            title="Which tags does the job carry?",
            who=DATA_SCIENTIST,
            call=Do("sagemaker", "list_tags", {"ResourceArn": sagemaker_arn("training-job/yesterday")}),
            outcome=Allowed({"Tags[0].Value": "ml"}),
            reference=AUTHORIZATION,
            uses=("sagemaker:ListTags",),
        ),
        Check(
            title="Throw the old model away",
            who=DATA_SCIENTIST,
            call=Do("sagemaker", "delete_model", {"ModelName": "day-old-model"}),
            outcome=Allowed(),
            reference=AUTHORIZATION,
            uses=("sagemaker:DeleteModel",),
        ),
    ),
)
