"""Which types add something to their rows, gathered from the deep modules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker import (
    automl,
    cluster_policies,
    clusters,
    components,
    compute_jobs,
    edge,
    endpoints,
    experiments,
    features,
    governance,
    hubs,
    human_review,
    images,
    inference_experiments,
    jobs,
    lineage,
    mlflow,
    model_cards,
    monitoring,
    notebooks,
    partner_apps,
    pipeline_executions,
    pipelines,
    registry,
    routers,
    studio,
    training_plans,
    tuning,
)
from rolecall.services.sagemaker.items import Hooks

HOOKS: Final[Mapping[str, Hooks]] = {
    **jobs.HOOKS,
    **automl.HOOKS,
    **compute_jobs.HOOKS,
    **experiments.HOOKS,
    **inference_experiments.HOOKS,
    **lineage.HOOKS,
    **training_plans.HOOKS,
    **model_cards.HOOKS,
    **endpoints.HOOKS,
    **clusters.HOOKS,
    **cluster_policies.HOOKS,
    **components.HOOKS,
    **edge.HOOKS,
    **governance.HOOKS,
    **hubs.HOOKS,
    **human_review.HOOKS,
    **mlflow.HOOKS,
    **monitoring.HOOKS,
    **partner_apps.HOOKS,
    **routers.HOOKS,
    **features.HOOKS,
    **images.HOOKS,
    **notebooks.HOOKS,
    **pipeline_executions.HOOKS,
    **pipelines.HOOKS,
    **registry.HOOKS,
    **studio.HOOKS,
    **tuning.HOOKS,
}
