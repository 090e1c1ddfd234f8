"""Hyper-parameter tuning jobs. Their child jobs are training jobs, made at once and started in waves.

Simulated: parameter values are spread over the ranges, objective values follow from the child's name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, lives, model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, add, named, turn, view
from rolecall.services.sagemaker.jobs import HOOKS as JOB_HOOKS
from rolecall.services.sagemaker.lists import PAGE
from rolecall.services.sagemaker.paths import with_defaults
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

TUNING: Final = BY_TYPE["hyper-parameter-tuning-job"]
TRAINING: Final = BY_TYPE["training-job"]
CHILD: Final = "child"  # the link from a tuning job to the ARN of a child
CHILDREN: Final = 10  # when the limits name no number
MOST_CHILDREN: Final = 750  # Amazon SageMaker endpoints and quotas

# Members of a training job definition that a child takes over under the same name.
_INHERITED: Final = (
    "RoleArn",
    "InputDataConfig",
    "VpcConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)

# A child's status -> the counter of the tuning job, and of its objective.
_COUNTERS: Final[Mapping[str, tuple[str, str]]] = {
    "Completed": ("Completed", "Succeeded"),
    "InProgress": ("InProgress", "Pending"),
    "Stopping": ("InProgress", "Pending"),
    "Stopped": ("Stopped", "Failed"),
    "Failed": ("NonRetryableError", "Failed"),
}


def _definitions(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    several = body.get("TrainingJobDefinitions")
    return list(several) if several else [body["TrainingJobDefinition"]]


def _limits(body: Mapping[str, Any]) -> tuple[int, int]:
    """How many children there will be, and how many at a time."""
    limits = body["HyperParameterTuningJobConfig"].get("ResourceLimits") or {}
    total = int(limits.get("MaxNumberOfTrainingJobs") or CHILDREN)
    return total, min(total, int(limits.get("MaxParallelTrainingJobs") or 1))


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    if bool(body.get("TrainingJobDefinition")) == bool(body.get("TrainingJobDefinitions")):
        raise refuse("definition of jobs")
    total, parallel = _limits(body)
    if total > MOST_CHILDREN:
        raise refuse("too many children", limit=MOST_CHILDREN, asked=total)
    _check_ranges(body)
    waves = -(-total // parallel)
    body["_plan"] = {"InProgress": [waves * lifecycle.total_seconds("training-job"), "Completed"]}
    return body


def _check_ranges(body: Body) -> None:
    """The ends of ranges come as texts, which the model does not limit to numbers."""
    holders = [body["HyperParameterTuningJobConfig"].get("ParameterRanges") or {}]
    holders += [one.get("HyperParameterRanges") or {} for one in _definitions(body)]
    for ranges in holders:
        for member, read in (("IntegerParameterRanges", int), ("ContinuousParameterRanges", float)):
            for one in ranges.get(member) or ():
                try:
                    read(one["MinValue"])
                    read(one["MaxValue"])
                except ValueError as bad:
                    raise refuse("tuning range", name=one["Name"]) from bad


def _bring_up_children(call: Call, unit: Unit, item: Item) -> None:
    total, parallel = _limits(item.body)
    definitions = _definitions(item.body)
    one_run = lifecycle.total_seconds("training-job")
    tags = unit.tags(item.id)  # tags of the tuning job go to its children
    for number in range(total):
        wave = number // parallel
        name = f"{item.name}-{number + 1:03d}-{_digest(item.arn, number)[:8]}"
        body = _child(item, definitions[number % len(definitions)], number)
        if wave:
            body["_plan"] = {"Waiting": [wave * one_run, "Starting"]}
        child = add(call, unit, TRAINING, name, body, tags=tags, phase="Waiting" if wave else lives.TRAINING.first)
        unit.link(item.id, CHILD, child.arn, name=name)


def _child(item: Item, definition: Mapping[str, Any], number: int) -> Body:
    name = f"{item.name}-{number + 1:03d}-{_digest(item.arn, number)[:8]}"
    algorithm = dict(definition["AlgorithmSpecification"])
    resources = definition.get("ResourceConfig") or _resources(definition)
    ranges = definition.get("HyperParameterRanges") or item.body["HyperParameterTuningJobConfig"].get(
        "ParameterRanges"
    )
    tuned = dict(_tuned(ranges or {}, _share(item.arn, number)))
    objective = definition.get("TuningObjective") or item.body["HyperParameterTuningJobConfig"].get(
        "HyperParameterTuningJobObjective"
    )
    body: Body = {
        "TrainingJobName": name,
        "AlgorithmSpecification": algorithm,
        "HyperParameters": {**(definition.get("StaticHyperParameters") or {}), **tuned},
        "ResourceConfig": resources,
        "TuningJobArn": item.arn,
        "_Tuned": tuned,
        "_Definition": definition.get("DefinitionName"),
        **{member: definition[member] for member in _INHERITED if definition.get(member) is not None},
    }
    if objective:
        body["_Objective"] = {
            "Type": objective.get("Type", "Maximize"),
            "MetricName": objective["MetricName"],
            "Value": round(_share(name, 0), 6),
        }
    return with_defaults(body, TRAINING.defaults)


def _resources(definition: Mapping[str, Any]) -> Body:
    """HyperParameterTuningResourceConfig offers several instances; the first is taken."""
    offered = dict(definition.get("HyperParameterTuningResourceConfig") or {})
    first = (offered.pop("InstanceConfigs", None) or [{}])[0]
    offered.pop("AllocationStrategy", None)
    return {"VolumeSizeInGB": 30, **offered, **first}


def _tuned(ranges: Mapping[str, Any], share: float) -> Iterator[tuple[str, str]]:
    """A value of each range, that far between its ends."""
    for one in ranges.get("IntegerParameterRanges") or ():
        low, high = int(one["MinValue"]), int(one["MaxValue"])
        yield one["Name"], str(low + round((high - low) * share))
    for one in ranges.get("ContinuousParameterRanges") or ():
        least, most = float(one["MinValue"]), float(one["MaxValue"])
        yield one["Name"], repr(least + (most - least) * share)
    for one in ranges.get("CategoricalParameterRanges") or ():
        yield one["Name"], str(one["Values"][int(share * len(one["Values"])) % len(one["Values"])])
    for one in ranges.get("AutoParameters") or ():
        yield one["Name"], str(one["ValueHint"])


def _digest(text: str, number: int) -> str:
    return hashlib.sha256(f"{text}#{number}".encode()).hexdigest()


def _share(text: str, number: int) -> float:
    """A number from 0 to 1 that depends on nothing but the names."""
    return int(_digest(text, number)[:8], 16) / 0xFFFFFFFF


def children(call: Call, reader: Reader, item: Item) -> list[Item]:
    """The child jobs as they are now, in the order they were made."""
    held = (reader.item_by_arn(link.target) for link in reader.links(item.id, CHILD))
    living = [lifecycle.at(child, call.now) for child in held if child is not None]
    return [child for child in living if child is not None]


def _summary(call: Call, reader: Reader, item: Item, child: Item) -> Body:
    shown = view(call, reader, TRAINING, JOB_HOOKS["training-job"], child)
    objective = child.body.get("_Objective")
    ended_well = child.status == "Completed"
    return {
        **shown,
        "TuningJobName": item.name,
        "TrainingJobDefinitionName": child.body.get("_Definition"),
        "TunedHyperParameters": child.body.get("_Tuned", {}),
        "ObjectiveStatus": _COUNTERS[child.status][1],
        "FinalHyperParameterTuningJobObjectiveMetric": objective if ended_well else None,
    }


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    jobs = dict.fromkeys(("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped"), 0)
    objectives = dict.fromkeys(("Succeeded", "Pending", "Failed"), 0)
    best: tuple[float, Item] | None = None
    for child in children(call, reader, item):
        counter, objective_counter = _COUNTERS[child.status]
        jobs[counter] += 1
        objectives[objective_counter] += 1
        objective = child.body.get("_Objective")
        if child.status == "Completed" and objective:
            value = float(objective["Value"]) * (-1 if objective["Type"] == "Minimize" else 1)
            if best is None or value > best[0]:
                best = (value, child)
    config = item.body["HyperParameterTuningJobConfig"]
    shown |= {
        "TrainingJobStatusCounters": jobs,
        "ObjectiveStatusCounters": objectives,
        "Strategy": config.get("Strategy"),
        "ResourceLimits": config.get("ResourceLimits"),
        "HyperParameterTuningEndTime": item.body.get("_Ended"),
    }
    if best is not None:
        shown["BestTrainingJob"] = _summary(call, reader, item, best[1])
    return shown


def stop_tuning(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Stop the tuning job and the children that run."""
    item = named(call, unit, TUNING)
    to, child_to = lives.JOB.stop, lives.TRAINING.stop
    assert to is not None
    assert child_to is not None
    turn(call, unit, TUNING, item, to)
    for child in children(call, unit, item):
        if child.status in child_to.allowed:
            turn(call, unit, TRAINING, child, child_to)
    return {}


def list_children(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, TUNING)
    given = call.parameters
    member, shape = model.listed(call.operation)
    found = [_summary(call, reader, item, child) for child in children(call, reader, item)]
    if given.get("StatusEquals"):
        found = [one for one in found if one["TrainingJobStatus"] == given["StatusEquals"]]
    match given.get("SortBy"):
        case "FinalObjectiveMetricValue":
            key = "FinalHyperParameterTuningJobObjectiveMetric"
            found = sorted((one for one in found if one[key]), key=lambda one: float(one[key]["Value"]))
        case "Status":
            found.sort(key=lambda one: str(one["TrainingJobStatus"]))
        case _:  # children are made in the order of their names
            found.sort(key=lambda one: str(one["TrainingJobName"]))
    if given.get("SortOrder") == "Descending":
        found.reverse()
    shown, token = page_of(found, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    made: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**made, "NextToken": token} if token else made


HOOKS: Final = {"hyper-parameter-tuning-job": Hooks(prepare=_prepare, created=_bring_up_children, show=_show)}

OPERATIONS: Final = {
    "StopHyperParameterTuningJob": Operation(stop_tuning, writes=True),
    "ListTrainingJobsForHyperParameterTuningJob": Operation(list_children, writes=False),
}
