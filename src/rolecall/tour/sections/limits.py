"""What limits a permission: permissions boundaries, session policies, groups."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import model, tags, training_job
from rolecall.tour.check import (
    DENY_BOUNDARY,
    DENY_SESSION,
    NO_BOUNDARY,
    NO_IDENTITY,
    NO_SESSION,
    Allowed,
    Check,
    Denied,
    Do,
    Section,
    Session,
    User,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import allow, deny, pass_role, policy

BOUNDARIES: Final = 'IAM User Guide, "Permissions boundaries for IAM entities"'
SESSIONS: Final = 'IAM User Guide, "Policies and permissions": Session policies'
MESSAGES: Final = 'IAM User Guide, "Troubleshoot access denied error messages"'
GROUPS: Final = 'IAM User Guide, "IAM user groups"'
DESCRIBE: Final = Do("sagemaker", "describe_model", {"ModelName": "limits-model"})
DELETE: Final = Do("sagemaker", "delete_model", {"ModelName": "limits-model"})

BOUNDED: Final = User(
    name="bounded",
    policy=policy(allow("*")),
    boundary=(
        "TrainOnly",
        policy(
            allow("sagemaker:Describe*", "sagemaker:CreateTrainingJob", "iam:PassRole"), deny("sagemaker:Delete*")
        ),
    ),
)
NARROWED: Final = Session(
    role="Broad",
    policy=policy(allow("sagemaker:*"), pass_role()),
    session_policy=policy(
        allow("sagemaker:Describe*", "sagemaker:AddTags", "iam:CreateUser"), deny("sagemaker:Delete*")
    ),
)

SECTION: Final = Section(
    name="limits",
    title="Boundaries and session policies",
    says="Identity-based policies grant; boundaries and session policies only limit what was granted.",
    before=(model("limits-model"),),
    checks=(
        Check(
            title="Within the boundary",
            who=BOUNDED,
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "limits-model"}),
            reference=BOUNDARIES,
        ),
        Check(
            title="The policy allows everything, the boundary does not",
            who=BOUNDED,
            call=Do("sagemaker", "list_models"),
            outcome=Denied("sagemaker:ListModels", "", NO_BOUNDARY),
            reference=MESSAGES,
        ),
        Check(
            title="A boundary without AddTags stops the tagged job",
            who=BOUNDED,
            call=training_job("bounded-1", Tags=tags(team="ml")),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("training-job/bounded-1"), NO_BOUNDARY),
            reference=MESSAGES,
        ),
        Check(
            title="A Deny in the boundary is named by its ARN",
            who=BOUNDED,
            call=DELETE,
            outcome=Denied(
                "sagemaker:DeleteModel",
                sagemaker_arn("model/limits-model"),
                f"{DENY_BOUNDARY}: {iam_arn('policy/TrainOnly')}",
            ),
            reference='AWS Security Blog, "Enhanced access denied error messages with policy ARNs"',
        ),
        Check(
            title="A boundary grants nothing",
            who=User(name="only-bounded", boundary=("Everything", policy(allow("*")))),
            call=DESCRIBE,
            outcome=Denied("sagemaker:DescribeModel", sagemaker_arn("model/limits-model"), NO_IDENTITY),
            reference=BOUNDARIES,
        ),
        Check(
            title="Within the session policy",
            who=NARROWED,
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "limits-model"}),
            reference=SESSIONS,
        ),
        Check(
            title="The role allows it, the session policy does not",
            who=NARROWED,
            call=training_job("session-1"),
            outcome=Denied("sagemaker:CreateTrainingJob", sagemaker_arn("training-job/session-1"), NO_SESSION),
            reference=MESSAGES,
        ),
        Check(
            title="A Deny in the session policy",
            who=NARROWED,
            call=DELETE,
            outcome=Denied("sagemaker:DeleteModel", sagemaker_arn("model/limits-model"), DENY_SESSION),
            reference=MESSAGES,
        ),
        Check(
            title="A session policy grants nothing beyond the role",
            who=NARROWED,
            call=Do("iam", "create_user", {"UserName": "made-by-session"}),
            outcome=Denied("iam:CreateUser", iam_arn("user/made-by-session"), NO_IDENTITY),
            reference=SESSIONS,
        ),
        Check(
            title="What the user's group may, the user may",
            who=User(name="member", group=("Readers", policy(allow("sagemaker:Describe*")))),
            call=DESCRIBE,
            outcome=Allowed({"ModelName": "limits-model"}),
            reference=GROUPS,
        ),
    ),
)
