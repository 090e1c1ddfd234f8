"""Refusals by situation: AutoML and the other jobs, training plans and sessions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.errors.refusal import CONFLICT, IN_USE, NOT_FOUND, VALIDATION, Refusal

REFUSALS: Final[Mapping[str, Refusal]] = {
    "still running": Refusal(IN_USE, "The {label} [{arn}] is in status {status}; stop it before you delete it."),
    "experiment state": Refusal(
        CONFLICT, "The request was rejected because the inference experiment is in status {status}."
    ),
    "experiment model": Refusal(
        VALIDATION, "ModelVariantActions must name every variant of the experiment: {name}."
    ),
    "config in use": Refusal(IN_USE, "The AI workload config [{arn}] is used by the active job [{user}]."),
    "one input": Refusal(VALIDATION, "Exactly one of {one} and {other} must be given."),
    "package not compilable": Refusal(
        VALIDATION, "The model package [{arn}] names no framework and model data that could be compiled."
    ),
    "category schema": Refusal(NOT_FOUND, "Schema version {name} of job category {category} does not exist."),
    "job document": Refusal(VALIDATION, "JobConfigDocument is not a JSON document."),
    "offering unknown": Refusal(NOT_FOUND, "Training plan offering {name} does not exist."),
    "no recommendation": Refusal(VALIDATION, "The job [{arn}] has no recommendation {name}."),
    "job not completed": Refusal(VALIDATION, "The job [{arn}] is in status {status} and not COMPLETED."),
    "no remote access": Refusal(VALIDATION, "Remote access is not enabled for the space [{arn}]."),
    "space not running": Refusal(VALIDATION, "The space [{arn}] has no app that is in service."),
}
