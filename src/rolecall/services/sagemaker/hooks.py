"""Which types add something to their rows, gathered from the deep modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker import (
    automl,
    compute_jobs,
    endpoints,
    experiments,
    features,
    images,
    inference_experiments,
    jobs,
    lineage,
    notebooks,
    pipelines,
    registry,
    studio,
    tuning,
)
from rolecall.services.sagemaker.generic import Hooks

HOOKS: Final[Mapping[str, Hooks]] = {
    **jobs.HOOKS,
    **automl.HOOKS,
    **compute_jobs.HOOKS,
    **experiments.HOOKS,
    **inference_experiments.HOOKS,
    **lineage.HOOKS,
    **endpoints.HOOKS,
    **features.HOOKS,
    **images.HOOKS,
    **notebooks.HOOKS,
    **pipelines.HOOKS,
    **registry.HOOKS,
    **studio.HOOKS,
    **tuning.HOOKS,
}
