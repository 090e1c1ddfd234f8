"""The calls of the tour with everything filled in that SageMaker requires; a check adds what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.tour.check import ACCOUNT, REGION, Do, iam_arn

IMAGE: Final = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/train:1"
EXECUTION: Final = iam_arn("role/Execution")
BUCKET: Final = "s3://tour-bucket"


def tags(**pairs: str) -> list[dict[str, str]]:
    """Tags as SageMaker and IAM take them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def training_job(name: str, *, instance: str = "ml.m5.large", runtime: int = 3600, **extra: Any) -> Do:
    """CreateTrainingJob; `extra` are further members of the request."""
    resources: dict[str, Any] = {"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 10}
    if "VolumeKmsKeyId" in extra:
        resources["VolumeKmsKeyId"] = extra.pop("VolumeKmsKeyId")
    required = {
        "TrainingJobName": name,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "RoleArn": EXECUTION,
        "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/out"},
        "ResourceConfig": resources,
        "StoppingCondition": {"MaxRuntimeInSeconds": runtime},
    }
    shown: dict[str, Any] = {"TrainingJobName": name}
    if instance != "ml.m5.large":
        shown["InstanceType"] = instance
    if runtime != 3600:
        shown["MaxRuntimeInSeconds"] = runtime
    if "VolumeKmsKeyId" in resources:
        shown["VolumeKmsKeyId"] = resources["VolumeKmsKeyId"]
    return _create("create_training_job", required, extra, shown)


def model(name: str, **extra: Any) -> Do:
    """CreateModel with one container."""
    required = {"ModelName": name, "PrimaryContainer": {"Image": IMAGE}, "ExecutionRoleArn": EXECUTION}
    return _create("create_model", required, extra, {"ModelName": name})


def endpoint_config(name: str, model_name: str, *, instance: str = "ml.m5.large", **extra: Any) -> Do:
    """CreateEndpointConfig with one variant."""
    variant = {
        "VariantName": "all",
        "ModelName": model_name,
        "InitialInstanceCount": 1,
        "InstanceType": instance,
        "InitialVariantWeight": 1.0,
    }
    required = {"EndpointConfigName": name, "ProductionVariants": [variant]}
    return _create(
        "create_endpoint_config", required, extra, {"EndpointConfigName": name, "InstanceType": instance}
    )


def endpoint(name: str, config: str, **extra: Any) -> Do:
    """CreateEndpoint from an endpoint configuration."""
    required = {"EndpointName": name, "EndpointConfigName": config}
    return _create("create_endpoint", required, extra, required)


def notebook(name: str, *, instance: str = "ml.t3.medium", **extra: Any) -> Do:
    """CreateNotebookInstance."""
    required = {"NotebookInstanceName": name, "InstanceType": instance, "RoleArn": EXECUTION}
    return _create("create_notebook_instance", required, extra, {"NotebookInstanceName": name})


def role(name: str, trust: str, **extra: Any) -> Do:
    """CreateRole, as the root user prepares it."""
    return Do("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": trust, **extra})


def vpc(*subnets: str, groups: tuple[str, ...] = ("sg-0a1b2c3d",)) -> dict[str, list[str]]:
    """A VpcConfig."""
    return {"Subnets": list(subnets), "SecurityGroupIds": list(groups)}


def _create(operation: str, required: Mapping[str, Any], extra: Mapping[str, Any], shown: Mapping[str, Any]) -> Do:
    return Do("sagemaker", operation, {**required, **extra}, shown={**shown, **extra})
