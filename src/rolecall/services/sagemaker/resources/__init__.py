"""The resource types of SageMaker, a row each. A plain type is a row and no code (generic.py interprets it).

What the columns mean stands in row.py; the rows stand in a file per family. A row that leaves something out
follows from its noun: CreateModel takes `ModelName`, answers `ModelArn`, is listed by ListModels; the members that
Describe and List give back are those of botocore's output shapes. How statuses move is the row's `life` (the
tables of lives/), what a name answers that nothing or something else has are its `unknown` and `taken`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rolecall.services.sagemaker.resources import (
    automl,
    capacity,
    clusters,
    code,
    compute_jobs,
    edge,
    experiments,
    features,
    governance,
    hosting,
    hubs,
    images,
    inference,
    lineage,
    mlflow,
    model_cards,
    monitoring,
    notebooks,
    partner_apps,
    pipelines,
    registry,
    sessions,
    studio,
    training,
    workforce,
)
from rolecall.services.sagemaker.resources.row import ASCENDING, CREATED, DESCENDING, NAME, ResourceType

__all__ = ["ASCENDING", "BY_NOUN", "BY_TYPE", "CREATED", "DESCENDING", "NAME", "RESOURCES", "ResourceType"]

RESOURCES: Final[tuple[ResourceType, ...]] = (
    *automl.ROWS,
    *capacity.ROWS,
    *clusters.ROWS,
    *code.ROWS,
    *compute_jobs.ROWS,
    *edge.ROWS,
    *experiments.ROWS,
    *features.ROWS,
    *governance.ROWS,
    *hosting.ROWS,
    *hubs.ROWS,
    *images.ROWS,
    *inference.ROWS,
    *lineage.ROWS,
    *mlflow.ROWS,
    *model_cards.ROWS,
    *monitoring.ROWS,
    *notebooks.ROWS,
    *partner_apps.ROWS,
    *pipelines.ROWS,
    *registry.ROWS,
    *sessions.ROWS,
    *studio.ROWS,
    *training.ROWS,
    *workforce.ROWS,
)

BY_TYPE: Final[Mapping[str, ResourceType]] = {row.type: row for row in RESOURCES}
BY_NOUN: Final[Mapping[str, ResourceType]] = {row.noun: row for row in RESOURCES}
