"""Conditions: AND between operators and keys, OR between values, missing keys, operators."""

from __future__ import annotations

from typing import Any, Final

from rolecall.tour.calls import tags, training_job
from rolecall.tour.check import (
    DENY_IDENTITY,
    NO_IDENTITY,
    REGION,
    Allowed,
    Check,
    Denied,
    Section,
    User,
    sagemaker_arn,
)
from rolecall.tour.policies import Conditions, allow, deny, pass_role, policy

SEVERAL: Final = 'IAM User Guide, "Conditions with multiple context keys or values"'
SETS: Final = 'IAM User Guide, "Single-valued vs. multivalued context keys"'
OPERATORS: Final = 'IAM User Guide, "IAM JSON policy elements: Condition operators"'
EXAMPLES: Final = 'Amazon SageMaker AI Developer Guide, "identity-based policy examples"'
CREATE: Final = "sagemaker:CreateTrainingJob"


def may_train(name: str, when: Conditions, *more: dict[str, Any]) -> User:
    """A user who may start (and tag) training jobs under a condition on the start."""
    return User(name=name, policy=policy(allow(CREATE, when=when), allow("sagemaker:AddTags"), pass_role(), *more))


def denied(job: str, because: str = NO_IDENTITY) -> Denied:
    """The denial of CreateTrainingJob on one job."""
    return Denied(CREATE, sagemaker_arn(f"training-job/{job}"), because)


SHORT_AND_TAGGED: Final = may_train(
    "short-and-tagged",
    {
        "NumericLessThanEquals": {"sagemaker:MaxRuntimeInSeconds": "3600"},
        "StringEquals": {"aws:RequestTag/team": "ml"},
    },
)
TWO_TAGS: Final = may_train(
    "two-tags", {"StringEquals": {"aws:RequestTag/team": "ml", "aws:RequestTag/stage": "dev"}}
)
EITHER_TEAM: Final = may_train("either-team", {"StringEquals": {"aws:RequestTag/team": ["ml", "bi"]}})
LITERAL_STAR: Final = may_train("literal-star", {"StringEquals": {"aws:RequestTag/team": "m*"}})

SECTION: Final = Section(
    name="conditions",
    title="Conditions",
    says="Operators and keys of a Condition are joined by AND, the values of a key by OR; all must hold.",
    checks=(
        Check(
            title="Two operators, both hold",
            who=SHORT_AND_TAGGED,
            call=training_job("and-1", runtime=600, Tags=tags(team="ml")),
            outcome=Allowed(),
            reference=SEVERAL,
        ),
        Check(
            title="Two operators, one fails: AND",
            who=SHORT_AND_TAGGED,
            call=training_job("and-2", runtime=7200, Tags=tags(team="ml")),
            outcome=denied("and-2"),
            reference=SEVERAL,
        ),
        Check(
            title="Two keys under one operator, one fails: AND",
            who=TWO_TAGS,
            call=training_job("and-3", Tags=tags(team="ml", stage="prod")),
            outcome=denied("and-3"),
            reference=SEVERAL,
        ),
        Check(
            title="Two values under one key: OR",
            who=EITHER_TEAM,
            call=training_job("or-1", Tags=tags(team="bi")),
            outcome=Allowed(),
            reference=SEVERAL,
        ),
        Check(
            title="None of the values fits",
            who=EITHER_TEAM,
            call=training_job("or-2", Tags=tags(team="hr")),
            outcome=denied("or-2"),
            reference=SEVERAL,
        ),
        Check(
            title="Values under a negated operator: none may fit (NOR)",
            who=may_train("elsewhere", {"StringNotEquals": {"aws:RequestedRegion": ["us-west-2", REGION]}}),
            call=training_job("nor-1"),
            outcome=denied("nor-1"),
            reference=SEVERAL,
        ),
        Check(
            title="A positive operator fails when the key is missing",
            who=EITHER_TEAM,
            call=training_job("missing-1"),
            outcome=denied("missing-1"),
            reference=OPERATORS,
        ),
        Check(
            title="A negated operator holds when the key is missing",
            who=may_train("not-secret", {"StringNotLike": {"aws:RequestTag/team": "secret*"}}),
            call=training_job("missing-2"),
            outcome=Allowed(),
            reference=OPERATORS,
        ),
        Check(
            title="...IfExists holds when the key is missing",
            who=may_train("if-exists", {"StringEqualsIfExists": {"aws:RequestTag/team": "ml"}}),
            call=training_job("missing-3"),
            outcome=Allowed(),
            reference=OPERATORS,
        ),
        Check(
            title="A Deny with a negated operator hits the untagged job too",
            who=may_train(
                "guarded",
                {},
                deny(CREATE, when={"StringNotEquals": {"aws:RequestTag/team": ["ml", "bi"]}}),
            ),
            call=training_job("missing-4"),
            outcome=denied("missing-4", DENY_IDENTITY),
            reference=OPERATORS,
        ),
        Check(
            title='Null "false" demands the key',
            who=may_train("must-tag", {"Null": {"aws:RequestTag/team": "false"}}),
            call=training_job("null-1"),
            outcome=denied("null-1"),
            reference=OPERATORS,
        ),
        Check(
            title="StringEquals takes a star literally",
            who=LITERAL_STAR,
            call=training_job("star-1", Tags=tags(team="ml")),
            outcome=denied("star-1"),
            reference=OPERATORS,
        ),
        Check(
            title="ForAllValues is true when the key is missing",
            who=may_train("all-values", {"ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}}),
            call=training_job("sets-1"),
            outcome=Allowed(),
            reference=SETS,
        ),
        Check(
            title="ForAnyValue negated: one foreign tag key is enough",
            who=may_train(
                "no-foreign-keys",
                {},
                deny(CREATE, when={"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["team"]}}),
            ),
            call=training_job("sets-2", Tags=tags(team="ml", cost="7")),
            outcome=denied("sets-2", DENY_IDENTITY),
            reference=SETS,
        ),
        Check(
            title="Numbers compare as numbers",
            who=may_train("short-runs", {"NumericLessThan": {"sagemaker:MaxRuntimeInSeconds": "5000"}}),
            call=training_job("numeric-1", runtime=900),
            outcome=Allowed(),
            reference=OPERATORS,
        ),
        Check(
            title="The permission has run out by date",
            who=may_train("until-2025", {"DateLessThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}}),
            call=training_job("date-1"),
            outcome=denied("date-1"),
            reference=OPERATORS,
        ),
        Check(
            title="Only from the office's addresses",
            who=may_train("office", {"IpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}}),
            call=training_job("ip-1"),
            outcome=denied("ip-1"),
            reference=EXAMPLES,
        ),
        Check(
            title="From this machine's own address",
            who=may_train("local", {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}),
            call=training_job("ip-2"),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
    ),
)
