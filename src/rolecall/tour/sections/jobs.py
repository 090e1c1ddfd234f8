"""Processing, transform and tuning jobs, pipelines, feature groups: the same rules on every kind of resource."""

from __future__ import annotations

from typing import Final

from rolecall.tour.calls import (
    feature_group,
    model,
    package_group,
    pipeline,
    processing_job,
    tags,
    training_job,
    transform_job,
    tuning_job,
    vpc,
)
from rolecall.tour.check import (
    DENY_IDENTITY,
    NO_IDENTITY,
    Allowed,
    Check,
    Denied,
    Do,
    Section,
    User,
    iam_arn,
    sagemaker_arn,
)
from rolecall.tour.policies import allow, deny, pass_role, policy

AUTHORIZATION: Final = (
    'Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker"'
)
EXAMPLES: Final = (
    'Amazon SageMaker AI Developer Guide, "Control creation of SageMaker AI resources with condition keys"'
)
TAGGING: Final = 'Amazon SageMaker AI Developer Guide, "Provide permissions for tagging SageMaker AI resources"'

NETWORKED: Final = User(
    name="networked",
    policy=policy(
        allow("sagemaker:CreateProcessingJob", when={"Null": {"sagemaker:VpcSubnets": "false"}}), pass_role()
    ),
)
BATCH: Final = User(name="batch", policy=policy(allow("sagemaker:CreateTransformJob")))
TUNER: Final = User(
    name="tuner",
    policy=policy(
        allow("sagemaker:CreateHyperParameterTuningJob"),
        pass_role(),
        deny(
            "sagemaker:CreateHyperParameterTuningJob",
            when={"ForAnyValue:StringNotLike": {"sagemaker:InstanceTypes": ["ml.m5.*", "ml.c5.*"]}},
        ),
    ),
)
ONLY_SAGEMAKER: Final = User(name="only-sagemaker", policy=policy(allow("sagemaker:*")))
REGISTRAR: Final = User(
    name="registrar", policy=policy(allow("sagemaker:CreateModelPackageGroup", "sagemaker:CreateFeatureGroup"))
)
STRANGER: Final = User(name="job-stranger", policy=policy(allow("sagemaker:List*")))

SECTION: Final = Section(
    name="jobs",
    title="Other jobs and resources",
    says="Each operation has its action; some need further actions (dependent actions) on further resources.",
    before=(model("jobs-model"), training_job("jobs-training")),
    checks=(
        Check(
            title="A processing job in a network",
            who=NETWORKED,
            call=processing_job("process-1", NetworkConfig={"VpcConfig": vpc("subnet-a1234")}),
            outcome=Allowed({"ProcessingJobArn": sagemaker_arn("processing-job/process-1")}),
            reference=EXAMPLES,
        ),
        Check(
            title="A processing job without one",
            who=NETWORKED,
            call=processing_job("process-2"),
            outcome=Denied(
                "sagemaker:CreateProcessingJob", sagemaker_arn("processing-job/process-2"), NO_IDENTITY
            ),
            reference=EXAMPLES,
        ),
        Check(
            title="A transform job takes its model's role: nothing to pass",
            who=BATCH,
            call=transform_job("transform-1", "jobs-model"),
            outcome=Allowed({"TransformJobArn": sagemaker_arn("transform-job/transform-1")}),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A transform job with a tag, without the permission to add tags",
            who=BATCH,
            call=transform_job("transform-2", "jobs-model", Tags=tags(team="ml")),
            outcome=Denied("sagemaker:AddTags", sagemaker_arn("transform-job/transform-2"), NO_IDENTITY),
            reference=TAGGING,
        ),
        Check(
            title="A tuning job on allowed machines",
            who=TUNER,
            call=tuning_job("tune-1", "ml.m5.large", "ml.c5.xlarge"),
            outcome=Allowed(),
            reference=EXAMPLES,
        ),
        Check(
            title="One forbidden machine among several is enough",
            who=TUNER,
            call=tuning_job("tune-2", "ml.m5.large", "ml.p4d.24xlarge"),
            outcome=Denied(
                "sagemaker:CreateHyperParameterTuningJob",
                sagemaker_arn("hyper-parameter-tuning-job/tune-2"),
                DENY_IDENTITY,
            ),
            reference=EXAMPLES,
        ),
        Check(
            title="A pipeline runs under a role: it must be passed",
            who=ONLY_SAGEMAKER,
            call=pipeline("pipeline-1"),
            outcome=Denied("iam:PassRole", iam_arn("role/Execution"), NO_IDENTITY),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A feature group with an online store needs no role",
            who=REGISTRAR,
            call=feature_group("features-1"),
            outcome=Allowed({"FeatureGroupArn": sagemaker_arn("feature-group/features-1")}),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A feature group whose offline store writes under a role",
            who=REGISTRAR,
            call=feature_group(
                "features-2",
                RoleArn=iam_arn("role/Execution"),
                OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://tour-bucket/features"}},
            ),
            outcome=Denied("iam:PassRole", iam_arn("role/Execution"), NO_IDENTITY),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A group in the model registry",
            who=REGISTRAR,
            call=package_group("registry-1"),
            outcome=Allowed({"ModelPackageGroupArn": sagemaker_arn("model-package-group/registry-1")}),
            reference=AUTHORIZATION,
        ),
        Check(
            title="List* does not allow to stop a job",
            who=STRANGER,
            call=Do("sagemaker", "stop_training_job", {"TrainingJobName": "jobs-training"}),
            outcome=Denied("sagemaker:StopTrainingJob", sagemaker_arn("training-job/jobs-training"), NO_IDENTITY),
            reference=AUTHORIZATION,
        ),
        Check(
            title="A job that is not there is told only to those who may ask",
            who=STRANGER,
            call=Do("sagemaker", "describe_training_job", {"TrainingJobName": "no-such-job"}),
            outcome=Denied(
                "sagemaker:DescribeTrainingJob", sagemaker_arn("training-job/no-such-job"), NO_IDENTITY
            ),
            reference=AUTHORIZATION,
        ),
    ),
)
