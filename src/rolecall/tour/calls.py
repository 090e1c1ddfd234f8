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


def processing_job(name: str, *, instance: str = "ml.m5.large", **extra: Any) -> Do:
    """CreateProcessingJob on one machine."""
    cluster = {"InstanceCount": 1, "InstanceType": instance, "VolumeSizeInGB": 10}
    required = {
        "ProcessingJobName": name,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": IMAGE},
        "RoleArn": EXECUTION,
    }
    return _create("create_processing_job", required, extra, {"ProcessingJobName": name})


def transform_job(name: str, model_name: str, *, instance: str = "ml.m5.large", **extra: Any) -> Do:
    """CreateTransformJob over an existing model."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/in"}}
    required = {
        "TransformJobName": name,
        "ModelName": model_name,
        "TransformInput": {"DataSource": source},
        "TransformOutput": {"S3OutputPath": f"{BUCKET}/out"},
        "TransformResources": {"InstanceType": instance, "InstanceCount": 1},
    }
    return _create("create_transform_job", required, extra, {"TransformJobName": name, "InstanceType": instance})


def tuning_job(name: str, *instances: str, **extra: Any) -> Do:
    """CreateHyperParameterTuningJob with one training definition for each machine type."""
    definitions = [
        {
            "DefinitionName": f"definition-{number}",
            "TuningObjective": {"Type": "Minimize", "MetricName": "loss"},
            "HyperParameterRanges": {
                "ContinuousParameterRanges": [{"Name": "rate", "MinValue": "0.1", "MaxValue": "0.9"}]
            },
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}],
            },
            "RoleArn": EXECUTION,
            "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/out"},
            "ResourceConfig": {"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 10},
            "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        }
        for number, instance in enumerate(instances)
    ]
    config = {"Strategy": "Random", "ResourceLimits": {"MaxNumberOfTrainingJobs": 2, "MaxParallelTrainingJobs": 1}}
    required = {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": config,
        "TrainingJobDefinitions": definitions,
    }
    shown = {"HyperParameterTuningJobName": name, "InstanceTypes": list(instances)}
    return _create("create_hyper_parameter_tuning_job", required, extra, shown)


def pipeline(name: str, **extra: Any) -> Do:
    """CreatePipeline with an empty definition."""
    required = {
        "PipelineName": name,
        "PipelineDefinition": '{"Version": "2020-12-01", "Steps": []}',
        "ClientRequestToken": f"{name:-<32}",
        "RoleArn": EXECUTION,
    }
    return _create("create_pipeline", required, extra, {"PipelineName": name})


def feature_group(name: str, **extra: Any) -> Do:
    """CreateFeatureGroup with an online store."""
    features = [{"FeatureName": feature, "FeatureType": "String"} for feature in ("id", "time")]
    required = {
        "FeatureGroupName": name,
        "RecordIdentifierFeatureName": "id",
        "EventTimeFeatureName": "time",
        "FeatureDefinitions": features,
        "OnlineStoreConfig": {"EnableOnlineStore": True},
    }
    return _create("create_feature_group", required, extra, {"FeatureGroupName": name})


def package_group(name: str, **extra: Any) -> Do:
    """CreateModelPackageGroup."""
    required = {"ModelPackageGroupName": name}
    return _create("create_model_package_group", required, extra, required)


def domain(name: str) -> tuple[Do, ...]:
    """CreateDomain and the wait until it is there; later calls name it `<domain>`."""
    parameters = {
        "DomainName": name,
        "AuthMode": "IAM",
        "DefaultUserSettings": {"ExecutionRole": EXECUTION},
        "SubnetIds": ["subnet-a1234"],
        "VpcId": "vpc-a1234",
    }
    return (
        Do("sagemaker", "create_domain", parameters, keep={"domain": "DomainId"}),
        Do("sagemaker", "describe_domain", {"DomainId": "<domain>"}, until={"Status": "InService"}),
    )


def user_profiles(roles: Mapping[str, str]) -> tuple[Do, ...]:
    """CreateUserProfile for names and their execution roles, and the wait until all are there."""
    made = []
    for name, role_name in roles.items():
        settings = {"ExecutionRole": iam_arn(f"role/{role_name}")}
        parameters = {"DomainId": "<domain>", "UserProfileName": name, "UserSettings": settings}
        made.append(Do("sagemaker", "create_user_profile", parameters))
    there = "length(UserProfiles[?Status=='InService'])"
    return (*made, Do("sagemaker", "list_user_profiles", {}, until={there: len(roles)}))


def private_space(name: str, owner: str) -> Do:
    """CreateSpace, private to a user profile."""
    parameters = {
        "DomainId": "<domain>",
        "SpaceName": name,
        "OwnershipSettings": {"OwnerUserProfileName": owner},
        "SpaceSharingSettings": {"SharingType": "Private"},
    }
    return Do("sagemaker", "create_space", parameters)


def role(name: str, trust: str, **extra: Any) -> Do:
    """CreateRole, as the root user prepares it."""
    return Do("iam", "create_role", {"RoleName": name, "AssumeRolePolicyDocument": trust, **extra})


def vpc(*subnets: str, groups: tuple[str, ...] = ("sg-0a1b2c3d",)) -> dict[str, list[str]]:
    """A VpcConfig."""
    return {"Subnets": list(subnets), "SecurityGroupIds": list(groups)}


def _create(operation: str, required: Mapping[str, Any], extra: Mapping[str, Any], shown: Mapping[str, Any]) -> Do:
    return Do("sagemaker", operation, {**required, **extra}, shown={**shown, **extra})
