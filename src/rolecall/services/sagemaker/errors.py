"""The refusals of SageMaker's control plane: code and text by situation, as clients match on them.

{arn}, {name}, {status} and the like are filled in by `refuse`. Texts are those of public reports and of clients
that depend on them; where AWS's wording is not known, only the code and the words that clients look for are.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rolecall.wire.errors import AwsError

VALIDATION: Final = "ValidationException"
NOT_FOUND: Final = "ResourceNotFound"
IN_USE: Final = "ResourceInUse"
CONFLICT: Final = "ConflictException"
LIMIT: Final = "ResourceLimitExceeded"


class Refusal(Struct, frozen=True):
    code: str
    text: str


JOB_TAKEN: Final = Refusal(
    IN_USE,
    "Job name must be unique within an AWS account and region, and a job with this name already exists ({arn})",
)
JOB_UNKNOWN: Final = Refusal(VALIDATION, "Requested resource not found.")

# What a name that nothing has answers, by resource type.
UNKNOWN: Final[Mapping[str, Refusal]] = {
    "training-job": JOB_UNKNOWN,
    "processing-job": JOB_UNKNOWN,
    "transform-job": JOB_UNKNOWN,
    "hyper-parameter-tuning-job": JOB_UNKNOWN,
    "model": Refusal(VALIDATION, 'Could not find model "{arn}".'),
    "endpoint-config": Refusal(VALIDATION, 'Could not find endpoint configuration "{arn}".'),
    "endpoint": Refusal(VALIDATION, 'Could not find endpoint "{arn}".'),
    "notebook-instance": Refusal(VALIDATION, "RecordNotFound"),
    "notebook-instance-lifecycle-config": Refusal(
        VALIDATION,
        "Unable to describe Notebook Instance Lifecycle Config '{arn}'. "
        "(Details: Notebook Instance Lifecycle Config does not exist.)",
    ),
    "pipeline": Refusal(NOT_FOUND, "Pipeline '{arn}' does not exist."),
    "pipeline-execution": Refusal(NOT_FOUND, "Pipeline execution '{arn}' does not exist."),
    "feature-group": Refusal(
        NOT_FOUND, "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name [{name}]."
    ),
    "model-package-group": Refusal(VALIDATION, "Cannot find Model Package Group: {arn}"),
    "model-package": Refusal(VALIDATION, 'Could not find model package "{arn}".'),
    "domain": Refusal(NOT_FOUND, "Domain [{name}] does not exist."),
    "user-profile": Refusal(NOT_FOUND, "UserProfile [{arn}] does not exist."),
    "space": Refusal(NOT_FOUND, "Space [{arn}] does not exist."),
    "app": Refusal(NOT_FOUND, "App [{arn}] does not exist."),
    "studio-lifecycle-config": Refusal(NOT_FOUND, "StudioLifecycleConfig [{arn}] does not exist."),
    "app-image-config": Refusal(NOT_FOUND, "AppImageConfig [{arn}] does not exist."),
    "image": Refusal(NOT_FOUND, "No Image with the name {name} exists: {arn} does not exist."),
    "image-version": Refusal(NOT_FOUND, "ImageVersion [{arn}] does not exist."),
}

# What a name that is taken answers on create.
TAKEN: Final[Mapping[str, Refusal]] = {
    "training-job": Refusal(
        IN_USE,
        "Training job names must be unique within an AWS account and region, "
        "and a training job with this name already exists ({arn})",
    ),
    "processing-job": JOB_TAKEN,
    "transform-job": JOB_TAKEN,
    "hyper-parameter-tuning-job": JOB_TAKEN,
    "model": Refusal(VALIDATION, 'Cannot create already existing model "{arn}".'),
    "endpoint-config": Refusal(VALIDATION, 'Cannot create already existing endpoint configuration "{arn}".'),
    "endpoint": Refusal(VALIDATION, 'Cannot create already existing endpoint "{arn}".'),
    "notebook-instance": Refusal(VALIDATION, "Cannot create a duplicate Notebook Instance ({arn})"),
    "notebook-instance-lifecycle-config": Refusal(
        VALIDATION,
        "Unable to create Notebook Instance Lifecycle Config {arn}. "
        "(Details: Notebook Instance Lifecycle Config already exists.)",
    ),
    "pipeline": Refusal(
        VALIDATION,
        "Pipeline names must be unique within an AWS account and region. "
        "Pipeline with name ({name}) already exists.",
    ),
    "feature-group": Refusal(
        IN_USE,
        "Resource Already Exists: FeatureGroup with name {name} already exists. Choose a different name.",
    ),
    "model-package-group": Refusal(VALIDATION, "Model Package Group already exists: {arn}"),
    "model-package": Refusal(VALIDATION, "ModelPackage already exists: {arn}"),
}

OTHER_UNKNOWN: Final = Refusal(NOT_FOUND, "{noun} [{arn}] does not exist.")
OTHER_TAKEN: Final = Refusal(IN_USE, "Resource Already Exists: {noun} with name {name} already exists.")

# Everything else that is refused, by name.
REFUSALS: Final[Mapping[str, Refusal]] = {
    "not stoppable": Refusal(VALIDATION, "The request was rejected because the {label} is in status {status}."),
    "job not deletable": Refusal(
        VALIDATION, "The request was rejected because the {label} is in status {status}."
    ),
    "notebook state": Refusal(
        VALIDATION,
        "Status ({status}) not in ([{allowed}]). Unable to transition to ({target}) for {noun} ({arn})",
    ),
    "endpoint not updatable": Refusal(VALIDATION, 'Cannot update in-progress endpoint "{arn}".'),
    "endpoint not deletable": Refusal(VALIDATION, 'Cannot update in-progress endpoint "{arn}".'),
    "wrong state": Refusal(IN_USE, "{noun} [{arn}] is in status {status}; the operation needs [{allowed}]."),
    "variant unknown": Refusal(VALIDATION, 'Could not find variant "{name}" of endpoint "{arn}".'),
    "has children": Refusal(IN_USE, "Unable to delete {noun} [{arn}] because {child}(s) are associated with it."),
    "still used": Refusal(IN_USE, "Unable to delete {noun} [{arn}] because it is in use by [{user}]."),
    "group not empty": Refusal(
        CONFLICT, "Model Package Group {arn} cannot be deleted because it still contains Model Packages."
    ),
    "execution running": Refusal(CONFLICT, "Pipeline '{arn}' cannot be deleted while it has a running execution."),
    "execution not named": Refusal(
        VALIDATION,
        "1 validation error detected: Value null at 'pipelineExecutionArn' failed to satisfy constraint: "
        "Member must not be null",
    ),
    "execution not running": Refusal(
        CONFLICT, "The request was rejected because the pipeline execution is in status {status}."
    ),
    "definition missing": Refusal(
        VALIDATION, "Either PipelineDefinition or PipelineDefinitionS3Location should be provided."
    ),
    "definition in S3": Refusal(
        VALIDATION, "Pipeline definitions are taken from PipelineDefinition; objects in S3 cannot be read here."
    ),
    "definition invalid": Refusal(VALIDATION, "Pipeline definition: {reason}"),
    "one owner": Refusal(VALIDATION, "Exactly one of UserProfileName and SpaceName must be given for an app."),
    "definition of jobs": Refusal(
        VALIDATION, "Exactly one of TrainingJobDefinition and TrainingJobDefinitions must be given."
    ),
    "tuning range": Refusal(VALIDATION, "The ends of a parameter range must be numbers: {name}."),
    "too many children": Refusal(
        LIMIT,
        "The account-level service limit 'Maximum number of training jobs per hyperparameter tuning job' is "
        "{limit}, with a request of {asked}. Please use AWS Service Quotas to request an increase for this quota.",
    ),
    "containers": Refusal(
        VALIDATION, "You must provide either PrimaryContainer, Containers or InferenceExecutionConfig."
    ),
    "iam only": Refusal(
        VALIDATION, "CreatePresignedDomainUrl is supported only for Domains with AuthMode IAM: {arn}"
    ),
    "package source": Refusal(
        VALIDATION, "Either ModelPackageName or ModelPackageGroupName must be given, and not both."
    ),
    "feature unknown": Refusal(
        VALIDATION, "{member} {name} is not one of the feature definitions of the FeatureGroup."
    ),
    "feature parameter": Refusal(VALIDATION, "A parameter of a feature needs a Key."),
    "feature taken": Refusal(VALIDATION, "Feature {name} already exists in the FeatureGroup."),
    "no store": Refusal(VALIDATION, "An OnlineStoreConfig or an OfflineStoreConfig must be given."),
    "tags unknown resource": Refusal(VALIDATION, "Resource does not exist: {arn}"),
    "too many tags": Refusal(
        VALIDATION, "The request was rejected because the resource would have more than {limit} tags."
    ),
    "reserved tag": Refusal(
        VALIDATION, "The request was rejected because tag keys starting with 'aws:' are reserved: {key}"
    ),
    "duplicate tag": Refusal(VALIDATION, "Duplicate tag keys are not allowed: {key}"),
    "no policy": Refusal(VALIDATION, "Cannot find resource policy for: {arn}"),
    "no policy now": Refusal(VALIDATION, "A policy cannot be attached to {arn} while it is in status {status}."),
    "policy invalid": Refusal(VALIDATION, "Invalid resource policy: {reason}"),
    "next token": Refusal(VALIDATION, "Invalid NextToken."),
    "search name": Refusal(VALIDATION, "Search is not served for the resource {name}."),
    "search condition": Refusal(VALIDATION, "A visibility condition needs a Key."),
    "search contains": Refusal(VALIDATION, "'CONTAINS' operator usage limit of 1 exceeded."),
}


def refuse(situation: str, **facts: object) -> AwsError:
    """The error for a situation of the table."""
    return _error(REFUSALS[situation], facts)


def unknown(type: str, **facts: object) -> AwsError:
    return _error(UNKNOWN.get(type, OTHER_UNKNOWN), facts)


def taken(type: str, **facts: object) -> AwsError:
    return _error(TAKEN.get(type, OTHER_TAKEN), facts)


def _error(refusal: Refusal, facts: Mapping[str, object]) -> AwsError:
    return AwsError(refusal.code, refusal.text.format(**facts))
