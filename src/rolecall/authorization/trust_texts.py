"""What does a SageMaker operation say when SageMaker cannot assume the role that was passed to it?

A ValidationException, not a denial: it comes after the constraints of the model were checked. Sources: public
reports of the errors, which differ by operation; where none is known, the text of the job operations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CODE: Final = "ValidationException"

JOBS: Final = (
    "Could not assume role {role}. Please ensure that the role exists and allows principal '{service}' "
    "to assume the role."
)
MODELS: Final = (
    'The execution role ARN "{role}" is invalid. Please ensure that the role exists and that its trust '
    'relationship policy allows the action "sts:AssumeRole" for the service principal "{service}".'
)
LABELING: Final = (
    "The role ARN isn't valid. Make sure the role exists and that its trust relationship policy allows the "
    'action "sts:AssumeRole" for the service principal "{service}".'
)
DOMAINS: Final = (
    "SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship for "
    "'{service}' to assume the role."
)

TEXTS: Final[Mapping[str, str]] = {
    "CreateModel": MODELS,
    "CreateEndpointConfig": MODELS,
    "CreateFeatureGroup": "The execution role ARN is invalid.",
    "CreateLabelingJob": LABELING,
    "CreateDomain": DOMAINS,
    "UpdateDomain": DOMAINS,
    "CreateUserProfile": DOMAINS,
    "UpdateUserProfile": DOMAINS,
}


# What a resource gives as FailureReason when its role could not be assumed any more as its life went on.
FAILURES: Final[Mapping[str, str]] = {
    "training-job": "ClientError: SageMaker was unable to assume the role '{role}'",
    "processing-job": "ClientError: SageMaker was unable to assume the role '{role}'",
    "transform-job": "ClientError: SageMaker was unable to assume the role '{role}'",
    "endpoint": MODELS,
    "app": DOMAINS,
}


def no_longer_assumable(type: str, role: str, service: str = "sagemaker.amazonaws.com") -> str:
    """Why a resource failed whose role does not exist any more or does not trust SageMaker any more."""
    return FAILURES.get(type, JOBS).format(role=role, service=service)


def not_assumable(operation: str, role: str, service: str = "sagemaker.amazonaws.com") -> str:
    """The message for a role that does not exist or does not trust the service."""
    return TEXTS.get(operation, JOBS).format(role=role, service=service)
