"""Policy variables: one policy for everybody, filled in from the request."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import tags, training_job
from rolecall.tour.check import (
    NO_IDENTITY,
    Allowed,
    Check,
    Denied,
    Do,
    Refused,
    Section,
    Session,
    User,
    sagemaker_arn,
)
from rolecall.tour.policies import allow, pass_role, policy

VARIABLES: Final = 'IAM User Guide, "IAM policy elements: Variables and tags"'
VERSION: Final = 'IAM User Guide, "IAM JSON policy elements: Version"'

OWN: Final = policy(
    allow(
        "sagemaker:DescribeTrainingJob", when={"StringEquals": {"sagemaker:ResourceTag/owner": "${aws:username}"}}
    )
)
OWN_NAMES: Final = policy(
    allow("sagemaker:CreateTrainingJob", on=sagemaker_arn("training-job/${aws:username}-*")), pass_role()
)
OWN_TEAM: Final = policy(
    allow("sagemaker:StopTrainingJob", when={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
)
TEAM_OR_SHARED: Final = policy(
    allow("sagemaker:CreateTrainingJob", on=sagemaker_arn("training-job/${aws:PrincipalTag/team, 'shared'}-*")),
    pass_role(),
)


def describe(job: str) -> Do:
    """DescribeTrainingJob."""
    return Do("sagemaker", "describe_training_job", {"TrainingJobName": job})


SECTION: Final = Section(
    name="variables",
    title="Variables",
    says="A placeholder in a policy stands for a value of the request, such as the user's own name.",
    before=(
        training_job("anas-job", Tags=tags(owner="ana")),
        training_job("bens-job", Tags=tags(owner="ben")),
        training_job("ml-team-job", Tags=tags(team="ml")),
        training_job("bi-team-job", Tags=tags(team="bi")),
    ),
    checks=(
        Check(
            title="Ana sees the job tagged with her own user name",
            who=User(name="ana", policy=OWN),
            call=describe("anas-job"),
            outcome=Allowed({"TrainingJobName": "anas-job"}),
            reference=VARIABLES,
        ),
        Check(
            title="Ana does not see Ben's job",
            who=User(name="ana", policy=OWN),
            call=describe("bens-job"),
            outcome=Denied("sagemaker:DescribeTrainingJob", sagemaker_arn("training-job/bens-job"), NO_IDENTITY),
            reference=VARIABLES,
        ),
        Check(
            title="The user name in the resource ARN",
            who=User(name="ben", policy=OWN_NAMES),
            call=training_job("ben-first-try"),
            outcome=Allowed({"TrainingJobArn": sagemaker_arn("training-job/ben-first-try")}),
            reference=VARIABLES,
        ),
        Check(
            title="A job under somebody else's name",
            who=User(name="ben", policy=OWN_NAMES),
            call=training_job("ana-first-try"),
            outcome=Denied(
                "sagemaker:CreateTrainingJob", sagemaker_arn("training-job/ana-first-try"), NO_IDENTITY
            ),
            reference=VARIABLES,
        ),
        Check(
            title="A role session has no user name: the variable matches nothing",
            who=Session(role="Nameless", policy=OWN_NAMES),
            call=training_job("tour-first-try"),
            outcome=Denied(
                "sagemaker:CreateTrainingJob", sagemaker_arn("training-job/tour-first-try"), NO_IDENTITY
            ),
            reference=VARIABLES,
        ),
        Check(
            title="The user's team tag equals the job's team tag",
            who=User(name="mia", policy=OWN_TEAM, tags={"team": "ml"}),
            call=Do("sagemaker", "stop_training_job", {"TrainingJobName": "ml-team-job"}),
            outcome=Allowed(),
            reference='IAM User Guide, "IAM tutorial: Define permissions to access AWS resources based on tags"',
        ),
        Check(
            title="Another team's job",
            who=User(name="mia", policy=OWN_TEAM, tags={"team": "ml"}),
            call=Do("sagemaker", "stop_training_job", {"TrainingJobName": "bi-team-job"}),
            outcome=Denied("sagemaker:StopTrainingJob", sagemaker_arn("training-job/bi-team-job"), NO_IDENTITY),
            reference='IAM User Guide, "IAM tutorial: Define permissions to access AWS resources based on tags"',
        ),
        Check(
            title="A default value for those without a team",
            who=User(name="teamless", policy=TEAM_OR_SHARED),
            call=training_job("shared-1"),
            outcome=Allowed(),
            reference=VARIABLES,
        ),
        Check(
            title="IAM takes no new policies of the version without variables",
            who=User(name="editor", policy=policy(allow("iam:CreatePolicy"))),
            call=Do(
                "iam",
                "create_policy",
                {
                    "PolicyName": "OldVersion",
                    "PolicyDocument": '{"Version":"2008-10-17","Statement":[{"Effect":"Allow",'
                    '"Action":"sagemaker:*","Resource":"*"}]}',
                },
            ),
            outcome=Refused("MalformedPolicyDocument", "Policy document must be version 2012-10-17 or greater."),
            reference=VERSION,
        ),
    ),
)
