"""Compilation, optimization, recommendation, benchmark and labeling jobs and jobs of a category: what goes beyond
their rows.

Nothing is measured: recommendations name endpoint configurations without metrics, and no data object is ever
labeled, because there are no people here who label.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, find, named
from rolecall.services.sagemaker.lists import PAGE, every
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

PACKAGE: Final = BY_TYPE["model-package"]
RECOMMENDATION: Final = BY_TYPE["inference-recommendations-job"]
RECOMMENDED: Final = "ml.m5.large"  # where a job names no endpoint configurations of its own
TARGET: Final = 50  # percent of a core that autoscaling aims at (GetScalingConfigurationRecommendation)

# The one version of each category's documents that is known here: any JSON object.
SCHEMA_VERSION: Final = "1.0.0"
SCHEMA: Final = json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object"})

OPTIMIZATIONS: Final[Mapping[str, str]] = {
    "ModelQuantizationConfig": "Quantization",
    "ModelCompilationConfig": "Compilation",
    "ModelShardingConfig": "Sharding",
    "ModelSpeculativeDecodingConfig": "SpeculativeDecoding",
}


# ---- compilation, optimization, benchmarks


def _prepare_compilation(call: Call, unit: Unit, body: Body) -> Body:
    if bool(body.get("InputConfig")) == bool(body.get("ModelPackageVersionArn")):
        raise refuse("one input", one="InputConfig", other="ModelPackageVersionArn")
    if body.get("InputConfig"):
        return body
    package = find(call, unit, PACKAGE, str(body["ModelPackageVersionArn"]))
    container: Body = next(iter((package.body.get("InferenceSpecification") or {}).get("Containers") or ()), {})
    if not container.get("Framework") or not container.get("ModelDataUrl"):
        raise refuse("package not compilable", arn=package.arn)
    read = {"S3Uri": container["ModelDataUrl"], "Framework": str(container["Framework"]).upper()}
    return {**body, "InputConfig": read}


def _show_compilation(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    output = item.body["OutputConfig"]
    target = output.get("TargetDevice") or "-".join(
        str(part) for part in (output.get("TargetPlatform") or {}).values()
    )
    folder = str(output["S3OutputLocation"]).rstrip("/")
    shown["ModelArtifacts"] = {"S3ModelArtifacts": f"{folder}/model-{target}.tar.gz"}
    return shown


def _show_optimization(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["OptimizationTypes"] = [OPTIMIZATIONS[name] for one in item.body["OptimizationConfigs"] for name in one]
    return shown


def _show_benchmark(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    identifier = str(item.body["AIWorkloadConfigIdentifier"])
    shown["AIWorkloadConfigName"] = identifier.rpartition("/")[2]
    return shown


def _show_ai_recommendation(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    output = dict(item.body["OutputConfig"])
    output.setdefault("S3OutputLocation", f"s3://sagemaker-{item.region}-{item.account}/{item.name}")
    shown["OutputConfig"] = output
    return shown


def _delete_workload(call: Call, unit: Unit, item: Item) -> None:
    """A configuration that an active job works with stays."""
    for type in ("ai-benchmark-job", "ai-recommendation-job"):
        for job in every(call, unit, BY_TYPE[type]):
            if job.status in ("InProgress", "Stopping") and job.body["AIWorkloadConfigIdentifier"] in (
                item.name,
                item.arn,
            ):
                raise refuse("config in use", arn=item.arn, user=job.arn)


# ---- recommendations


def _recommendations(item: Item) -> Iterator[Body]:
    """What a completed job recommends: the configurations that it was asked for, not measured."""
    given = item.body["InputConfig"]
    asked = [
        str(one["InstanceType"]) for one in given.get("EndpointConfigurations") or () if one.get("InstanceType")
    ]
    model_configuration = {
        "InferenceSpecificationName": None,
        "EnvironmentParameters": None,
        "CompilationJobName": None,
    }
    for number, instance in enumerate(asked or [RECOMMENDED], 1):
        yield {
            "RecommendationId": f"{item.name}-{number}",
            "EndpointConfiguration": {
                "EndpointName": f"sm-epc-{item.name}-{number}"[:63],
                "VariantName": f"sm-epc-{item.name}-{number}"[:63],
                "InstanceType": instance,
                "InitialInstanceCount": 1,
            },
            "ModelConfiguration": model_configuration,
        }


def _show_recommendations(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if item.status == "COMPLETED":
        shown["InferenceRecommendations"] = list(_recommendations(item))
    return shown


def list_steps(call: Call, reader: Reader) -> Mapping[str, Any]:
    """A benchmark for each configuration, in the status of the job."""
    given = call.parameters
    item = named(call, reader, RECOMMENDATION)
    steps = [
        {
            "StepType": "BENCHMARK",
            "JobName": item.name,
            "Status": item.status,
            "InferenceBenchmark": {name: one[name] for name in ("EndpointConfiguration", "ModelConfiguration")},
        }
        for one in _recommendations(item)
        if not given.get("Status") or given["Status"] == item.status
    ]
    return _paged(call, steps)


def scaling(call: Call, reader: Reader) -> Mapping[str, Any]:
    """What of an autoscaling policy follows from the job without a measurement: its bounds and its metric."""
    given = call.parameters
    job = find(call, reader, RECOMMENDATION, str(given["InferenceRecommendationsJobName"]))
    wanted = given.get("RecommendationId") or given.get("EndpointName")
    if bool(given.get("RecommendationId")) == bool(given.get("EndpointName")):
        raise refuse("one input", one="RecommendationId", other="EndpointName")
    if job.status != "COMPLETED":
        raise refuse("job not completed", arn=job.arn, status=job.status)
    found = next(
        (
            one
            for one in _recommendations(job)
            if wanted in (one["RecommendationId"], one["EndpointConfiguration"]["EndpointName"])
        ),
        None,
    )
    if found is None:
        raise refuse("no recommendation", arn=job.arn, name=wanted)
    target = int(given.get("TargetCpuUtilizationPerCore") or TARGET)
    cpu = {
        "MetricName": "CPUUtilizationNormalized",
        "Namespace": "/aws/sagemaker/Endpoints",
        "Statistic": "Average",
    }
    return model.answer(
        call.operation,
        {
            **given,
            "RecommendationId": found["RecommendationId"],
            "EndpointName": found["EndpointConfiguration"]["EndpointName"],
            "TargetCpuUtilizationPerCore": target,
            "DynamicScalingConfiguration": {
                "MinCapacity": 1,
                "MaxCapacity": 2,
                "ScaleInCooldown": 300,
                "ScaleOutCooldown": 300,
                "ScalingPolicies": [
                    {
                        "TargetTracking": {
                            "MetricSpecification": {"Customized": cpu},
                            "TargetValue": float(target),
                        }
                    }
                ],
            },
        },
    )


# ---- labeling


def _prepare_labeling(call: Call, unit: Unit, body: Body) -> Body:
    code = call.platform.new_id("", 16).lower()
    return {**body, "JobReferenceCode": code, "WorkRequesterAccountId": call.account}


# ---- jobs of a category


def _prepare_job(call: Call, unit: Unit, body: Body) -> Body:
    _schema(str(body["JobCategory"]), str(body["JobConfigSchemaVersion"]))
    try:
        json.loads(body["JobConfigDocument"])
    except (ValueError, RecursionError) as bad:
        raise refuse("job document") from bad
    return body


def _schema(category: str, version: str) -> None:
    if version != SCHEMA_VERSION:
        raise refuse("category schema", name=version, category=category)


def describe_schema(call: Call, reader: Reader) -> Mapping[str, Any]:
    category = str(call.parameters["JobCategory"])
    version = str(call.parameters.get("JobConfigSchemaVersion") or SCHEMA_VERSION)
    _schema(category, version)
    return {"JobCategory": category, "JobConfigSchemaVersion": version, "JobConfigSchema": SCHEMA}


def list_schemas(call: Call, reader: Reader) -> Mapping[str, Any]:
    return _paged(call, [{"JobConfigSchemaVersion": SCHEMA_VERSION}], 5)


def _paged(call: Call, everything: list[Body], size: int = PAGE) -> Mapping[str, Any]:
    member, shape = model.listed(call.operation)
    given = call.parameters
    shown, token = page_of(everything, int(given.get("MaxResults") or size), given.get("NextToken"))
    answer: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**answer, "NextToken": token} if token else answer


HOOKS: Final = {
    "compilation-job": Hooks(prepare=_prepare_compilation, show=_show_compilation),
    "optimization-job": Hooks(show=_show_optimization),
    "inference-recommendations-job": Hooks(show=_show_recommendations),
    "ai-workload-config": Hooks(delete=_delete_workload),
    "ai-benchmark-job": Hooks(show=_show_benchmark),
    "ai-recommendation-job": Hooks(show=_show_ai_recommendation),
    "labeling-job": Hooks(prepare=_prepare_labeling),
    "job": Hooks(prepare=_prepare_job),
}

OPERATIONS: Final = {
    "ListInferenceRecommendationsJobSteps": Operation(list_steps, writes=False),
    "GetScalingConfigurationRecommendation": Operation(scaling, writes=False),
    "DescribeJobSchemaVersion": Operation(describe_schema, writes=False),
    "ListJobSchemaVersions": Operation(list_schemas, writes=False),
}
