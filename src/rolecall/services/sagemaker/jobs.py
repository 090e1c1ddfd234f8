"""Training, processing and transform jobs, models and endpoint configurations: what goes beyond their rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call
from rolecall.services.sagemaker import experiments, lives
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import Body, Hooks, find
from rolecall.services.sagemaker.paths import values
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

MODEL: Final = BY_TYPE["model"]


def artifacts(body: Mapping[str, Any], name: str) -> dict[str, str]:
    """Where a training job leaves its model."""
    output = str(body["OutputDataConfig"]["S3OutputPath"]).removesuffix("/")
    packed = body["OutputDataConfig"].get("CompressionType") != "NONE"
    return {"S3ModelArtifacts": f"{output}/{name}/output/model" + (".tar.gz" if packed else "/")}


def _prepare_training(call: Call, unit: Unit, body: Body) -> Body:
    experiments.check(call, unit, body.get("ExperimentConfig"))
    limit = body["StoppingCondition"].get("MaxRuntimeInSeconds")
    if limit is not None and limit < lives.TRAINING.phases["Training"].seconds:
        # A job that runs too long is stopped; it has not failed.
        body["_plan"] = {"Training": [limit, "MaxRuntimeExceeded"]}
    return body


def _show_training(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["ModelArtifacts"] = artifacts(item.body, item.name)
    started, ended = item.body.get("_Started"), item.body.get("_Ended")
    if started is not None:
        shown["TrainingStartTime"] = started
    if ended is not None:
        shown["TrainingEndTime"] = ended
        seconds = max(0, round(ended - (started if started is not None else ended)))
        shown["TrainingTimeInSeconds"] = max(1, seconds)
        shown["BillableTimeInSeconds"] = max(1, seconds)
    return shown


def _prepare_processing(call: Call, unit: Unit, body: Body) -> Body:
    experiments.check(call, unit, body.get("ExperimentConfig"))
    return body


def _prepare_transform(call: Call, unit: Unit, body: Body) -> Body:
    experiments.check(call, unit, body.get("ExperimentConfig"))
    held = find(call, unit, MODEL, str(body["ModelName"]))
    return {**body, "_Roles": [role for role in (held.body.get("ExecutionRoleArn"),) if role]}


def _prepare_model(call: Call, unit: Unit, body: Body) -> Body:
    if not body.get("PrimaryContainer") and not body.get("Containers"):
        raise refuse("containers")
    return body


def _prepare_config(call: Call, unit: Unit, body: Body) -> Body:
    for variants in ("ProductionVariants[].ModelName", "ShadowProductionVariants[].ModelName"):
        for name in values(body, variants):
            find(call, unit, MODEL, str(name))
    for variants in ("ProductionVariants[]", "ShadowProductionVariants[]"):
        for size in values(body, f"{variants}.ServerlessConfig.MemorySizeInMB"):
            if size % 1024:  # in steps of 1 GB (API Reference, ProductionVariantServerlessConfig)
                raise refuse("memory size", size=size)
    return body


HOOKS: Final = {
    "training-job": Hooks(prepare=_prepare_training, created=experiments.track, show=_show_training),
    "processing-job": Hooks(prepare=_prepare_processing, created=experiments.track),
    "transform-job": Hooks(prepare=_prepare_transform, created=experiments.track),
    "model": Hooks(prepare=_prepare_model),
    "endpoint-config": Hooks(prepare=_prepare_config),
}
