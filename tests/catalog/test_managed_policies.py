"""AWS managed policies: which there are, and that they are what AWS publishes."""

from __future__ import annotations

import json

import pytest

from rolecall.catalog import load
from rolecall.catalog.loader import Files


def test_a_policy_is_found_by_its_arn_in_any_partition() -> None:
    found = load().managed_policy("arn:aws:iam::aws:policy/job-function/DataScientist")
    assert found is not None
    assert found.arn == "arn:aws:iam::aws:policy/job-function/DataScientist"
    assert load().managed_policy("arn:aws-cn:iam::aws:policy/job-function/DataScientist") is found


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/DataScientist",
        "arn:aws:iam::aws:policy/administratoraccess",
        "arn:aws:iam::111122223333:policy/AdministratorAccess",
        "AdministratorAccess",
        "",
    ],
)
def test_other_arns_name_none(arn: str) -> None:
    """A managed policy's ARN has its path, its case and AWS as account."""
    assert load().managed_policy(arn) is None


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("AmazonSageMakerFullAccess", "v29"),
        ("AmazonSageMakerReadOnly", "v11"),
        ("AmazonSageMakerCanvasFullAccess", "v11"),
        ("AmazonSageMakerTrainingPlanCreateAccess", "v6"),
        ("AmazonSageMakerHyperPodInferenceAccess", "v4"),
        ("aws-service-role/AmazonSageMakerNotebooksServiceRolePolicy", "v12"),
        ("aws-service-role/AmazonSageMakerInferenceServiceRolePolicy", "v2"),
        ("service-role/AmazonSageMakerCanvasDirectDeployAccess", "v1"),
        ("AmazonDataZoneSageMakerEnvironmentRolePermissionsBoundary", "v13"),
    ],
)
def test_the_versions_of_autumn_2026(name: str, version: str) -> None:
    found = load().managed_policy(f"arn:aws:iam::aws:policy/{name}")
    assert found is not None
    assert found.version == version


def test_every_policy_for_sagemaker_is_there_or_is_said_to_be_missing() -> None:
    """83 carry the name in August 2026 (AWS managed policy documents), one came in September."""
    file = Files().managed_policies()
    names = {policy.name for policy in file.policies}
    missing = {policy.name for policy in file.missing}
    assert not names & missing
    assert len({name for name in names | missing if "sagemaker" in name.lower()}) == 84


def test_each_policy_has_a_source_and_a_document() -> None:
    file = Files().managed_policies()
    for policy in file.policies:
        assert policy.source in file.sources
        assert json.loads(policy.text)["Version"] == "2012-10-17"
        assert policy.path.startswith("/")
        assert policy.path.endswith("/")


def test_full_access_passes_roles_to_sagemaker_only_by_condition() -> None:
    found = load().managed_policy("arn:aws:iam::aws:policy/AmazonSageMakerFullAccess")
    assert found is not None
    passing = [s for s in found.document["Statement"] if "iam:PassRole" in s.get("Action", [])]
    assert passing
    assert all("iam:PassedToService" in s["Condition"]["StringEquals"] for s in passing)
