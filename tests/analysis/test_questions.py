"""Questions with little context: a determined answer holds for every request that could follow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import strategies
from rolecall import catalog
from rolecall.analysis.questions import Question, Unaskable, check, fits, gathered, principal_of
from rolecall.decision import Context, Outcome, Request, SourcedPolicy, decide
from rolecall.decision.request import PrincipalType
from rolecall.decision.world import PrincipalRecord
from rolecall.exchange.account_details import ExportedAccount
from rolecall.policy.document import PolicyType

NOW = datetime(2026, 11, 23, tzinfo=UTC)
USER = f"arn:aws:iam::{strategies.ACCOUNT}:user/alice"
ROLE = f"arn:aws:iam::{strategies.ACCOUNT}:role/path/R"


def world(*policies: SourcedPolicy) -> ExportedAccount:
    return ExportedAccount(
        {
            USER: PrincipalRecord(USER, strategies.ACCOUNT, "AIDAALICE", policies, tags={"team": "red"}),
            ROLE: PrincipalRecord(ROLE, strategies.ACCOUNT, "AROAR", policies),
        }
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    held=st.lists(strategies.sourced(PolicyType.IDENTITY), min_size=1, max_size=2),
    action=st.sampled_from(strategies.ACTIONS),
    resource=st.sampled_from(strategies.RESOURCES),
    completion=strategies.context_values(),
)
def test_a_determined_answer_holds_whatever_the_request_carries(
    held: list[SourcedPolicy], action: str, resource: str, completion: dict[str, Any]
) -> None:
    asked = world(*held)
    principal = principal_of(USER, asked)
    assert principal is not None
    question = Question(principal=principal, action=action, resource=resource)
    request, policies = gathered(question, asked, catalog.load(), NOW)
    answer = decide(request, policies)
    if answer.outcome is Outcome.UNDETERMINED:
        return
    carried = {key: values for key, values in completion.items() if request.context.is_unknown(key)}
    context = Context(
        {**request.context.spelled(), **carried}, multivalued={*request.context.multivalued, "aws:TagKeys"}
    )
    real = Request(principal, action, request.resource, context)
    assert decide(real, policies).outcome is answer.outcome


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (USER, PrincipalType.USER),
        (ROLE, PrincipalType.ROLE_SESSION),
        (f"arn:aws:iam::{strategies.ACCOUNT}:root", PrincipalType.ROOT),
        (f"arn:aws:iam::{strategies.ACCOUNT}:user/nobody", None),
        (f"arn:aws:iam::{strategies.ACCOUNT}:group/g", None),
        ("alice", None),
    ],
)
def test_a_principal_is_known_by_its_arn(arn: str, kind: PrincipalType | None) -> None:
    found = principal_of(arn, world())
    assert (None if found is None else found.type) is kind
    if kind is PrincipalType.ROLE_SESSION:
        assert found is not None
        assert found.role_arn == ROLE


def test_a_given_tag_is_all_the_tags_of_the_request() -> None:
    asked = world()
    principal = principal_of(USER, asked)
    assert principal is not None
    question = Question(
        principal=principal,
        action="sagemaker:CreateModel",
        resource=strategies.RESOURCES[3],
        context={"aws:RequestTag/team": ("red",)},
    )
    context = gathered(question, asked, catalog.load(), NOW)[0].context
    assert context.get("aws:TagKeys") == ("team",)
    assert not context.is_unknown("aws:RequestTag/other")
    assert context.is_unknown("aws:SourceIp")
    assert context.is_unknown("sagemaker:VpcSubnets")
    assert not context.is_unknown("aws:PrincipalTag/other")


@pytest.mark.parametrize(
    ("template", "arn", "fit"),
    [
        ("arn:${Partition}:s3:::${BucketName}", "arn:aws:s3:::b", True),
        ("arn:${Partition}:sagemaker:${Region}:${Account}:model/${Name}", strategies.RESOURCES[3], True),
        ("arn:${Partition}:sagemaker:${Region}:${Account}:endpoint/${Name}", strategies.RESOURCES[3], False),
    ],
)
def test_a_resource_fits_its_template(template: str, arn: str, fit: bool) -> None:
    assert fits(template, arn) is fit


def test_an_action_without_resources_is_asked_with_a_star() -> None:
    with pytest.raises(Unaskable, match="ask with"):
        check("sagemaker:ListModels", strategies.RESOURCES[3], {}, catalog.load())
