"""Tags: access by a resource's tags, tags that a request brings, and the permission to add them."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import model, tags, training_job
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
from rolecall.tour.policies import allow, deny, pass_role, policy

TAGGING: Final = 'Amazon SageMaker AI Developer Guide, "Provide permissions for tagging SageMaker AI resources"'
BY_TAGS: Final = 'Amazon SageMaker AI Developer Guide, "Control access to SageMaker AI resources by using tags"'
KEYS: Final = 'IAM User Guide, "AWS global condition context keys"'
SETS: Final = 'IAM User Guide, "Single-valued vs. multivalued context keys"'
CREATE: Final = "sagemaker:CreateTrainingJob"

NO_ADD_TAGS: Final = User(name="no-add-tags", policy=policy(allow(CREATE), pass_role()))
TAG_AT_CREATION: Final = User(
    name="tag-at-creation",
    policy=policy(
        allow(CREATE),
        pass_role(),
        allow("sagemaker:AddTags", when={"StringEquals": {"sagemaker:TaggingAction": "CreateTrainingJob"}}),
    ),
)
MUST_SAY_TEAM: Final = User(
    name="must-say-team",
    policy=policy(
        allow(
            CREATE,
            when={
                "StringEquals": {"aws:RequestTag/team": ["ml", "bi"]},
                "ForAllValues:StringEquals": {"aws:TagKeys": ["team", "stage"]},
            },
        ),
        allow("sagemaker:AddTags"),
        pass_role(),
    ),
)
PROJECT_A: Final = User(
    name="project-a",
    policy=policy(
        allow("sagemaker:*"),
        deny("sagemaker:*", when={"StringEquals": {"sagemaker:ResourceTag/Project": "B"}}),
        deny("sagemaker:AddTags", "sagemaker:DeleteTags"),
        pass_role(),
    ),
)
CLEANER: Final = User(
    name="cleaner",
    policy=policy(
        allow("sagemaker:DeleteModel", when={"StringEquals": {"aws:ResourceTag/stage": "dev"}}),
        allow("sagemaker:DeleteTags", when={"ForAllValues:StringEquals": {"aws:TagKeys": ["note"]}}),
    ),
)


def add_tags(resource: str, **pairs: str) -> Do:
    """AddTags on an existing resource."""
    return Do("sagemaker", "add_tags", {"ResourceArn": sagemaker_arn(resource), "Tags": tags(**pairs)})


def delete_tags(resource: str, *keys: str) -> Do:
    """DeleteTags on an existing resource."""
    return Do("sagemaker", "delete_tags", {"ResourceArn": sagemaker_arn(resource), "TagKeys": list(keys)})


SECTION: Final = Section(
    name="tags",
    title="Tags",
    says="Access by tags of the resource or of the request; creating with tags needs sagemaker:AddTags.",
    before=(
        model("model-a", Tags=tags(Project="A")),
        model("model-b", Tags=tags(Project="B")),
        model("model-dev", Tags=tags(stage="dev", note="x")),
        model("model-prod", Tags=tags(stage="prod", note="x")),
        training_job("untagged"),
    ),
    checks=(
        Check(
            title="A job with a tag, without the permission to add tags",
            who=NO_ADD_TAGS,
            call=training_job("tagged-1", Tags=tags(team="ml")),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("training-job/tagged-1"), NO_IDENTITY),
            reference=TAGGING,
        ),
        Check(
            title="The same job without a tag",
            who=NO_ADD_TAGS,
            call=training_job("tagged-2"),
            outcome=Allowed(),
            reference=TAGGING,
        ),
        Check(
            title="AddTags allowed for the creation",
            who=TAG_AT_CREATION,
            call=training_job("tagged-3", Tags=tags(team="ml")),
            outcome=Allowed(),
            reference=TAGGING,
        ),
        Check(
            title="... is no permission to tag what exists",
            who=TAG_AT_CREATION,
            call=add_tags("training-job/untagged", team="ml"),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("training-job/untagged"), NO_IDENTITY),
            reference=TAGGING,
        ),
        Check(
            title="The request brings the demanded tag",
            who=MUST_SAY_TEAM,
            call=training_job("team-1", Tags=tags(team="bi", stage="dev")),
            outcome=Allowed(),
            reference=KEYS,
        ),
        Check(
            title="The request brings no tag",
            who=MUST_SAY_TEAM,
            call=training_job("team-2"),
            outcome=Denied(CREATE, sagemaker_arn("training-job/team-2"), NO_IDENTITY),
            reference=KEYS,
        ),
        Check(
            title="The request brings another value",
            who=MUST_SAY_TEAM,
            call=training_job("team-3", Tags=tags(team="hr")),
            outcome=Denied(CREATE, sagemaker_arn("training-job/team-3"), NO_IDENTITY),
            reference=KEYS,
        ),
        Check(
            title="The request brings a tag key that is not on the list",
            who=MUST_SAY_TEAM,
            call=training_job("team-4", Tags=tags(team="ml", color="red")),
            outcome=Denied(CREATE, sagemaker_arn("training-job/team-4"), NO_IDENTITY),
            reference=SETS,
        ),
        Check(
            title="One's own project's model",
            who=PROJECT_A,
            call=Do("sagemaker", "describe_model", {"ModelName": "model-a"}),
            outcome=Allowed({"ModelName": "model-a"}),
            reference=BY_TAGS,
        ),
        Check(
            title="The other project's model, by sagemaker:ResourceTag",
            who=PROJECT_A,
            call=Do("sagemaker", "describe_model", {"ModelName": "model-b"}),
            outcome=Denied("sagemaker:DescribeModel", sagemaker_arn("model/model-b"), DENY_IDENTITY),
            reference=BY_TAGS,
        ),
        Check(
            title="Nobody changes tags to get at a model",
            who=PROJECT_A,
            call=add_tags("model/model-a", Project="C"),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("model/model-a"), DENY_IDENTITY),
            reference=BY_TAGS,
        ),
        Check(
            title="... and so nobody creates with tags either",
            who=PROJECT_A,
            call=model("model-c", Tags=tags(Project="A")),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("model/model-c"), DENY_IDENTITY),
            reference=BY_TAGS,
        ),
        Check(
            title="Deleting what is tagged for development, by aws:ResourceTag",
            who=CLEANER,
            call=Do("sagemaker", "delete_model", {"ModelName": "model-dev"}),
            outcome=Allowed(),
            reference=KEYS,
        ),
        Check(
            title="Deleting what is in production",
            who=CLEANER,
            call=Do("sagemaker", "delete_model", {"ModelName": "model-prod"}),
            outcome=Denied("sagemaker:DeleteModel", sagemaker_arn("model/model-prod"), NO_IDENTITY),
            reference=KEYS,
        ),
        Check(
            title="Removing a tag: the request carries keys without values",
            who=CLEANER,
            call=delete_tags("model/model-prod", "note"),
            outcome=Allowed(),
            reference=KEYS,
        ),
        Check(
            title="Removing the tag that the access rests on",
            who=CLEANER,
            call=delete_tags("model/model-prod", "stage"),
            outcome=Denied("sagemaker:DeleteTags", sagemaker_arn("model/model-prod"), NO_IDENTITY),
            reference=KEYS,
        ),
    ),
)
