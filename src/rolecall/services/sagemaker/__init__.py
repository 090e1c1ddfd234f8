"""Amazon SageMaker's control plane: every operation that is served, by name.

Most follow from the rows of resources/; a module per deep type adds hooks to its rows and operations of its
own. Start reading at generic.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.call import Operation
from rolecall.services.sagemaker import (
    automl,
    cluster_extensions,
    clusters,
    components,
    compute_jobs,
    edge,
    endpoints,
    experiments,
    features,
    generic,
    governance,
    hubs,
    human_review,
    images,
    inference_experiments,
    lineage,
    lineage_queries,
    mlflow,
    model_cards,
    model_metadata,
    monitoring,
    notebooks,
    partner_apps,
    pipeline_executions,
    pipelines,
    registry,
    resource_policies,
    search,
    sessions,
    studio,
    tags,
    training_plans,
    tuning,
)
from rolecall.services.sagemaker.hooks import HOOKS
from rolecall.services.sagemaker.items import PLAIN
from rolecall.services.sagemaker.resources import RESOURCES

OPERATIONS: Final[Mapping[str, Operation]] = {
    **{
        name: operation
        for row in RESOURCES
        for name, operation in generic.operations(row, HOOKS.get(row.type, PLAIN)).items()
    },
    **automl.OPERATIONS,
    **compute_jobs.OPERATIONS,
    **experiments.OPERATIONS,
    **inference_experiments.OPERATIONS,
    **lineage.OPERATIONS,
    **lineage_queries.OPERATIONS,
    **training_plans.OPERATIONS,
    **sessions.OPERATIONS,
    **model_cards.OPERATIONS,
    **model_metadata.OPERATIONS,
    **cluster_extensions.OPERATIONS,
    **clusters.OPERATIONS,
    **components.OPERATIONS,
    **edge.OPERATIONS,
    **governance.OPERATIONS,
    **hubs.OPERATIONS,
    **human_review.OPERATIONS,
    **mlflow.OPERATIONS,
    **monitoring.OPERATIONS,
    **partner_apps.OPERATIONS,
    **endpoints.OPERATIONS,
    **features.OPERATIONS,
    **images.OPERATIONS,
    **notebooks.OPERATIONS,
    **pipeline_executions.OPERATIONS,
    **pipelines.OPERATIONS,
    **registry.OPERATIONS,
    **resource_policies.OPERATIONS,
    **search.OPERATIONS,
    **studio.OPERATIONS,
    **tags.OPERATIONS,
    **tuning.OPERATIONS,
}
