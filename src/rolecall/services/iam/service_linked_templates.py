"""Which roles AWS's services get: name, policy and rules of each service-linked role we know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct


class Template(Struct, frozen=True):
    """The role of one service principal. policy: the name under aws-service-role/, None where not established."""

    service: str
    role_name: str
    policy: str | None = None
    suffix: bool = False
    description: str | None = None


TEMPLATES: Final[Mapping[str, Template]] = {
    template.service: template
    for template in (
        Template(
            "sagemaker.amazonaws.com",
            "AWSServiceRoleForAmazonSageMakerNotebooks",
            "AmazonSageMakerNotebooksServiceRolePolicy",
        ),
        Template(
            "hyperpod.sagemaker.amazonaws.com",
            "AWSServiceRoleForSageMakerHyperPod",
            "AmazonSageMakerHyperPodServiceRolePolicy",
        ),
        Template(
            "inference.sagemaker.amazonaws.com",
            "AWSServiceRoleForSageMakerInference",
            "AmazonSageMakerInferenceServiceRolePolicy",
        ),
        Template(
            "sagemaker.application-autoscaling.amazonaws.com",
            "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint",
            "AWSApplicationAutoscalingSageMakerEndpointPolicy",
        ),
        Template(
            "sagemaker-queuing.batch.amazonaws.com",
            "AWSServiceRoleForAWSBatchWithSagemaker",
            "AWSBatchServiceRolePolicyForSageMaker",
        ),
        Template("batch.amazonaws.com", "AWSServiceRoleForBatch", "BatchServiceRolePolicy"),
        Template(
            "autoscaling.amazonaws.com",
            "AWSServiceRoleForAutoScaling",
            "AutoScalingServiceRolePolicy",
            suffix=True,
        ),
        Template("ssm.amazonaws.com", "AWSServiceRoleForAmazonSSM", "AmazonSSMServiceRolePolicy"),
    )
}
