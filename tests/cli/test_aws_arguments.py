"""Parameters as the aws CLI takes them. The wanted values are what the aws CLI's user guide says of its syntax."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rolecall.cli.aws_arguments import operation_named, parsed
from rolecall.errors import InputError


@pytest.mark.parametrize(
    ("operation", "words", "wanted"),
    [
        ("DescribeModel", ["--model-name", "m"], {"ModelName": "m"}),
        ("DescribeModel", ["--model-name=m"], {"ModelName": "m"}),
        ("ListModels", ["--max-results", "5"], {"MaxResults": 5}),
        ("CreateModel", ["--enable-network-isolation"], {"EnableNetworkIsolation": True}),
        ("CreateModel", ["--no-enable-network-isolation"], {"EnableNetworkIsolation": False}),
        (
            "AddTags",
            ["--tags", "Key=a,Value=1", "Key=b,Value=2"],
            {"Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
        ),
        ("AddTags", ["--tags", '[{"Key": "a", "Value": "x y"}]'], {"Tags": [{"Key": "a", "Value": "x y"}]}),
        ("DeleteTags", ["--tag-keys", "a", "b"], {"TagKeys": ["a", "b"]}),
        (
            "CreateModel",
            ["--vpc-config", "SecurityGroupIds=sg-1,sg-2,Subnets=[subnet-1,subnet-2]"],
            {"VpcConfig": {"SecurityGroupIds": ["sg-1", "sg-2"], "Subnets": ["subnet-1", "subnet-2"]}},
        ),
        (
            "CreateModel",
            ["--primary-container", "Image=i:1,Environment={A=b,C=d},ModelDataUrl=s3://b/k"],
            {
                "PrimaryContainer": {
                    "Image": "i:1",
                    "Environment": {"A": "b", "C": "d"},
                    "ModelDataUrl": "s3://b/k",
                }
            },
        ),
        (
            "CreateTrainingJob",
            ["--resource-config", "InstanceType=ml.m5.large,InstanceCount=1,VolumeSizeInGB=10"],
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10}},
        ),
    ],
)
def test_options_become_parameters(operation: str, words: list[str], wanted: dict[str, Any]) -> None:
    assert parsed("sagemaker", operation, words) == wanted


def test_a_value_may_lie_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "tags.json").write_text('[{"Key": "a", "Value": "b"}]')
    found = parsed("sagemaker", "AddTags", ["--tags", f"file://{tmp_path}/tags.json"])
    assert found == {"Tags": [{"Key": "a", "Value": "b"}]}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--model-nam", "m"], "did you mean --model-name"),
        (["model", "m"], "an option such as"),
        (["--tags", "Kei=a"], "no member Kei"),
        (["--model-name"], "needs a value"),
        (["--tags", "[{"], "not valid JSON"),
        (["--tags", "file:///no/such/file"], "cannot read"),
    ],
)
def test_what_is_not_understood_is_said(words: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        parsed("sagemaker", "CreateModel", words)


@pytest.mark.parametrize("name", ["CreateModel", "create-model"])
def test_operations_have_two_spellings(name: str) -> None:
    assert operation_named("sagemaker", name) == "CreateModel"
    assert operation_named("sagemaker", "create_model") is None
