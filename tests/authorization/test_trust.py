"""Whether SageMaker can assume the roles that are passed to it, and what it says otherwise."""

from __future__ import annotations

import json
from typing import Any

import pytest

from authorization.plain import ACCOUNT, call, ports
from rolecall import catalog
from rolecall.authorization.requirements import expand
from rolecall.authorization.trust import source_arn, untrusting
from rolecall.decision import SourcedPolicy, decide
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse

ROLE = f"arn:aws:iam::{ACCOUNT}:role/R"
JOB = {"TrainingJobName": "j", "RoleArn": ROLE}
COULD_NOT = (
    f"Could not assume role {ROLE}. Please ensure that the role exists and allows principal "
    "'sagemaker.amazonaws.com' to assume the role."
)


def trust(service: str = "sagemaker.amazonaws.com", effect: str = "Allow", **condition: Any) -> SourcedPolicy:
    statement: dict[str, Any] = {"Effect": effect, "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    if condition:
        statement["Condition"] = condition
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return SourcedPolicy(parse(text, PolicyType.TRUST), name="R")


def said(operation: str, parameters: dict[str, Any], policy: SourcedPolicy | None) -> str | None:
    asked = call("sagemaker", operation, parameters)
    around = ports(trust={} if policy is None else {ROLE: policy})
    return untrusting(asked, expand(asked, around, catalog.load()), around, decide)


def test_a_role_that_trusts_sagemaker_is_assumed() -> None:
    assert said("CreateTrainingJob", JOB, trust()) is None


@pytest.mark.parametrize(
    "policy",
    [None, trust("ec2.amazonaws.com"), trust(effect="Deny")],
    ids=["there is no such role", "it trusts another service", "it denies"],
)
def test_a_role_that_does_not_is_refused(policy: SourcedPolicy | None) -> None:
    assert said("CreateTrainingJob", JOB, policy) == COULD_NOT


def test_the_account_that_the_service_works_for_is_checked() -> None:
    ours = trust(StringEquals={"aws:SourceAccount": ACCOUNT})
    theirs = trust(StringEquals={"aws:SourceAccount": "999999999999"})
    assert said("CreateTrainingJob", JOB, ours) is None
    assert said("CreateTrainingJob", JOB, theirs) == COULD_NOT


def test_a_training_job_is_the_source_of_its_assumption() -> None:
    every = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/*"
    assert said("CreateTrainingJob", JOB, trust(ArnLike={"aws:SourceArn": every})) is None
    other = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/other"
    assert said("CreateTrainingJob", JOB, trust(ArnEquals={"aws:SourceArn": other})) == COULD_NOT


def test_inference_sends_a_literal_star() -> None:
    """Cross-service confused deputy prevention: a concrete endpoint or model never matches."""
    asked = {"ModelName": "m", "ExecutionRoleArn": ROLE}
    literal = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:*"
    assert source_arn(call("sagemaker", "CreateModel", asked)) == literal
    assert said("CreateModel", asked, trust(ArnLike={"aws:SourceArn": literal})) is None
    model = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:model/m"
    assert said("CreateModel", asked, trust(ArnLike={"aws:SourceArn": model})) == (
        f'The execution role ARN "{ROLE}" is invalid. Please ensure that the role exists and that its trust '
        'relationship policy allows the action "sts:AssumeRole" for the service principal '
        '"sagemaker.amazonaws.com".'
    )


def test_a_call_that_passes_no_role_needs_no_trust() -> None:
    assert said("CreateEndpoint", {"EndpointName": "e", "EndpointConfigName": "c"}, None) is None
