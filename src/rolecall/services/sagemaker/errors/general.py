"""Refusals by situation: jobs, endpoints, Studio, the registry, pipelines, tags, lists, Search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import CONFLICT, IN_USE, LIMIT, NOT_FOUND, VALIDATION, Refusal

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
    "variant twice": Refusal(VALIDATION, 'The variant name "{name}" was non-unique within the request.'),
    "variants unknown": Refusal(
        VALIDATION, 'The variant name(s) {names} is/are not present within endpoint configuration "{config}".'
    ),
    "memory size": Refusal(
        VALIDATION,
        "1 validation error detected: Value '{size}' at 'MemorySizeInMB' failed to satisfy constraint: "
        "Member must satisfy enum value set: [1024, 2048, 3072, 4096, 5120, 6144]",
    ),
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
    "execution not retryable": Refusal(
        CONFLICT, "The request was rejected because the pipeline execution is in status {status}."
    ),
    "callback unknown": Refusal(NOT_FOUND, "No callback step waits for the token {token}."),
    "pipeline version unknown": Refusal(NOT_FOUND, "Pipeline '{arn}' has no version {version}."),
    "definition missing": Refusal(
        VALIDATION, "Either PipelineDefinition or PipelineDefinitionS3Location should be provided."
    ),
    "definition in S3": Refusal(
        VALIDATION, "Pipeline definitions are taken from PipelineDefinition; objects in S3 cannot be read here."
    ),
    "definition invalid": Refusal(VALIDATION, "Unable to parse pipeline definition. {reason}"),
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
    "package without name": Refusal(VALIDATION, "Missing ARN."),
    "package named twice": Refusal(
        VALIDATION, "Both ModelPackageName and ModelPackageGroupName are provided in the input."
    ),
    "package without group": Refusal(VALIDATION, "Model Package Group does not exist."),
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
    "page size": Refusal(
        VALIDATION,
        "1 validation error detected: Value '{size}' at 'maxResults' failed to satisfy constraint: "
        "Member must have value greater than or equal to 1",
    ),
    "search name": Refusal(VALIDATION, "Search is not served for the resource {name}."),
    "search condition": Refusal(VALIDATION, "A visibility condition needs a Key."),
    "search contains": Refusal(VALIDATION, "'CONTAINS' operator usage limit of 1 exceeded."),
}
