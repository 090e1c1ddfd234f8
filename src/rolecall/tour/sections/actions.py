"""Actions: names, lists, wildcards, NotAction, and the Deny that wins."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import model, training_job
from rolecall.tour.check import (
    ACCOUNT,
    DENY_IDENTITY,
    NO_IDENTITY,
    Allowed,
    Check,
    Denied,
    Do,
    Section,
    User,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import allow, allow_all_but, deny, deny_all_but, pass_role, policy

ACTION: Final = 'IAM User Guide, "IAM JSON policy elements: Action"'
NOT_ACTION: Final = 'IAM User Guide, "IAM JSON policy elements: NotAction"'
EVALUATION: Final = 'IAM User Guide, "Policy evaluation logic"'
MESSAGES: Final = 'AWS Security Blog, "Enhanced access denied error messages with policy ARNs"'
PREPARED: Final = Do("sagemaker", "describe_training_job", {"TrainingJobName": "actions-1"})

TRAINER: Final = User(name="trainer", policy=policy(allow("sagemaker:CreateTrainingJob"), pass_role()))
NEWCOMER: Final = User(name="newcomer")
READER: Final = User(name="reader", policy=policy(allow("sagemaker:Describe*")))

SECTION: Final = Section(
    name="actions",
    title="Actions",
    says="A policy names actions, singly, as a list or with wildcards; what no statement names is denied.",
    before=(training_job("actions-1"), model("actions-model")),
    checks=(
        Check(
            title="The action by its name allows the call",
            who=TRAINER,
            call=training_job("actions-2"),
            outcome=Allowed({"TrainingJobArn": sagemaker_arn("training-job/actions-2")}),
            reference=ACTION,
        ),
        Check(
            title="Without a policy everything is denied",
            who=NEWCOMER,
            call=training_job("actions-3"),
            outcome=Denied("sagemaker:CreateTrainingJob", sagemaker_arn("training-job/actions-3"), NO_IDENTITY),
            reference=EVALUATION,
        ),
        Check(
            title="Several actions in one statement",
            who=User(
                name="watcher", policy=policy(allow("sagemaker:DescribeModel", "sagemaker:DescribeTrainingJob"))
            ),
            call=PREPARED,
            outcome=Allowed({"TrainingJobName": "actions-1"}),
            reference=ACTION,
        ),
        Check(
            title="sagemaker:Describe* allows to describe a model",
            who=READER,
            call=Do("sagemaker", "describe_model", {"ModelName": "actions-model"}),
            outcome=Allowed({"ModelName": "actions-model"}),
            reference=ACTION,
        ),
        Check(
            title="sagemaker:Describe* does not reach List*",
            who=READER,
            call=Do("sagemaker", "list_training_jobs"),
            outcome=Denied("sagemaker:ListTrainingJobs", "", NO_IDENTITY),
            reference=ACTION,
        ),
        Check(
            title="The case of an action's name does not matter",
            who=User(name="shouter", policy=policy(allow("SageMaker:DESCRIBETRAININGJOB"))),
            call=PREPARED,
            outcome=Allowed({"TrainingJobName": "actions-1"}),
            reference=ACTION,
        ),
        Check(
            title="A question mark stands for exactly one character",
            who=User(name="guesser", policy=policy(allow("sagemaker:DescribeMode?"))),
            call=PREPARED,
            outcome=Denied("sagemaker:DescribeTrainingJob", sagemaker_arn("training-job/actions-1"), NO_IDENTITY),
            reference=ACTION,
        ),
        Check(
            title="A misspelt action is accepted and grants nothing",
            who=User(name="misspeller", policy=policy(allow("sagemaker:CreateTraningJob"), pass_role())),
            call=training_job("actions-4"),
            outcome=Denied("sagemaker:CreateTrainingJob", sagemaker_arn("training-job/actions-4"), NO_IDENTITY),
            reference='IAM User Guide, "Policy summary (list of services)": unrecognized actions',
        ),
        Check(
            title="Allow with NotAction: all but deleting",
            who=User(name="keeper", policy=policy(allow_all_but("sagemaker:Delete*"))),
            call=Do("sagemaker", "delete_model", {"ModelName": "actions-model"}),
            outcome=Denied("sagemaker:DeleteModel", sagemaker_arn("model/actions-model"), NO_IDENTITY),
            reference=NOT_ACTION,
        ),
        Check(
            title="Allow with NotAction reaches every other service",
            who=User(name="nearly-admin", policy=policy(allow_all_but("sagemaker:*"))),
            call=Do("iam", "create_user", {"UserName": "made-by-nearly-admin"}),
            outcome=Allowed({"User.Arn": iam_arn("user/made-by-nearly-admin")}),
            reference=NOT_ACTION,
        ),
        Check(
            title="Deny with NotAction grants nothing by itself",
            who=User(name="hopeful", policy=policy(deny_all_but("sagemaker:*"))),
            call=PREPARED,
            outcome=Denied("sagemaker:DescribeTrainingJob", sagemaker_arn("training-job/actions-1"), NO_IDENTITY),
            reference=NOT_ACTION,
        ),
        Check(
            title="A Deny beats every Allow",
            who=User(
                name="restrained",
                policy=policy(allow("sagemaker:*"), allow("*"), deny("sagemaker:DeleteModel")),
            ),
            call=Do("sagemaker", "delete_model", {"ModelName": "actions-model"}),
            outcome=Denied("sagemaker:DeleteModel", sagemaker_arn("model/actions-model"), DENY_IDENTITY),
            reference=EVALUATION,
        ),
        Check(
            title="A Deny in a managed policy is named by its ARN",
            who=User(
                name="restrained-by-name",
                policy=policy(allow("sagemaker:*")),
                managed={"KeepModels": policy(deny("sagemaker:DeleteModel"))},
            ),
            call=Do("sagemaker", "delete_model", {"ModelName": "actions-model"}),
            outcome=Denied(
                "sagemaker:DeleteModel",
                sagemaker_arn("model/actions-model"),
                f"{DENY_IDENTITY}: arn:aws:iam::{ACCOUNT}:policy/KeepModels",
            ),
            reference=MESSAGES,
        ),
    ),
)
