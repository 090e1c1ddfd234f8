"""`rolecall catalog` as people and programs call it."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from rolecall.cli.catalog import catalog
from rolecall.errors import InputError


def run(*arguments: str) -> str:
    result = CliRunner().invoke(catalog, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_an_action_is_shown_with_keys_paths_and_dependent_actions() -> None:
    lines = [line.strip() for line in run("sagemaker:createtrainingjob").splitlines()]
    assert lines[0] == "sagemaker:CreateTrainingJob   Write"
    assert "training-job *" in lines
    key = lines.index("sagemaker:VpcSubnets   ArrayOfString")
    assert lines[key + 1] == "VpcConfig.Subnets[]"
    assert "iam:PassRole" in lines
    assert "sagemaker:AddTags" in lines


def test_an_action_without_resource_types_says_what_can_match() -> None:
    assert 'only "Resource": "*" can match' in run("sagemaker:ListModels")


def test_a_key_is_shown_with_its_type_and_where_it_comes_from() -> None:
    text = run("sagemaker:instancetypes")
    assert text.startswith("sagemaker:InstanceTypes   ArrayOfString")
    assert "Multivalued" in text
    assert "  sagemaker:CreateTransformJob\n      TransformResources.InstanceType\n" in text


def test_an_operation_that_is_no_action_says_what_it_is_authorized_as() -> None:
    assert "sagemaker:PutRecord" in run("sagemaker:UpdateRecord")


def test_a_pattern_lists_the_actions_that_it_matches() -> None:
    """`sagemaker:*Model` must not match CreateModelPackage (SageMaker guide, Augmented AI example)."""
    names = run("sagemaker:*Model").split()
    assert "sagemaker:CreateModel" in names
    assert "sagemaker:CreateModelPackage" not in names


def test_search_finds_actions_and_keys_of_every_service() -> None:
    names = run("--search", "kmskey").split()
    assert names[0].startswith("sagemaker:")
    assert "sagemaker:VolumeKmsKeyArn" in names


def test_json_says_what_the_text_says() -> None:
    data = json.loads(run("sagemaker:CreateModel", "--format", "json"))
    assert data["action"] == "sagemaker:CreateModel"
    assert {each["key"]: each["paths"] for each in data["condition_keys"]}["sagemaker:VpcSubnets"] == [
        "VpcConfig.Subnets[]"
    ]
    assert json.loads(run("aws:TagKeys", "--format", "json"))["multivalued"] is True


@pytest.mark.parametrize("name", ["sagemaker:CreateTraningJob", "sagemaker:zz*", "nothing", "aws:Nothing"])
def test_an_unknown_name_is_an_error(name: str) -> None:
    with pytest.raises(InputError) as refusal:
        run(name)
    assert name in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_the_error_brings_the_nearest_name() -> None:
    with pytest.raises(InputError, match="did you mean sagemaker:CreateTrainingJob"):
        run("sagemaker:CreateTraningJob")


def test_nothing_found_is_an_error() -> None:
    with pytest.raises(InputError, match="nothing in the catalogue"):
        run("--search", "qqqqqq")


@pytest.mark.parametrize("name", ["sagemaker:InstanceTypes", "sagemaker:CreateDomain", "aws:PrincipalTag/x"])
def test_text_fits_into_80_columns_but_for_arns(name: str) -> None:
    assert not [line for line in run(name).splitlines() if len(line) > 80 and not line.strip().startswith("arn:")]


def test_under_the_guide_sagemaker_has_no_resources_and_other_services_keep_theirs() -> None:
    today, page = (run("sagemaker:DescribeModel", "--profile", profile) for profile in ("reference", "guide"))
    assert "model *" in today
    assert 'only "Resource": "*" can match' in page
    assert "no ARNs of resources" in " ".join(page.split())
    assert "sagemaker:ResourceTag/${TagKey}" in page
    data = json.loads(run("sagemaker:DescribeModel", "--profile", "guide", "--format", "json"))
    assert data["resource_types"] == []
    assert run("iam:PassRole", "--profile", "guide") == run("iam:PassRole")


def test_search_for_a_key_says_which_actions_carry_it() -> None:
    text = run("--search", "sagemaker:VpcSubnets")
    assert "Carried by, sagemaker:VpcSubnets" in text
    assert "  sagemaker:CreateTrainingJob" in text.splitlines()
    found = json.loads(run("--search", "TargetModel", "--format", "json"))
    assert found["carried_by"] == {"sagemaker:TargetModel": ["sagemaker:InvokeEndpoint"]}


def test_an_action_shows_what_a_call_is_checked_for() -> None:
    checks = json.loads(run("sagemaker:CreateModel", "--format", "json"))["checks"]
    assert {"action": "iam:PassRole", "on": "{ExecutionRoleArn}", "when": "ExecutionRoleArn"} in checks
    assert "on training-job/{TrainingJobName}" in run("sagemaker:CreateTrainingJob")
