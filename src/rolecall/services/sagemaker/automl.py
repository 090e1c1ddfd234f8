"""AutoML jobs, of both forms: CreateAutoMLJob's tabular jobs and the problem types of CreateAutoMLJobV2.

A job is kept in the form in which it was made; either Describe translates. Candidates are simulated as tuning jobs
are: each has a training job that lives its own life, and its objective value follows from its name. The one-click
deployment of ModelDeployConfig is not made, so ModelDeployResult is absent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, lives, model
from rolecall.services.sagemaker.errors import made
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, add, named, turn
from rolecall.services.sagemaker.lists import PAGE
from rolecall.services.sagemaker.paths import with_defaults
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

JOB: Final = BY_TYPE["automl-job"]
TRAINING: Final = BY_TYPE["training-job"]
CANDIDATE: Final = "candidate"  # the link from an AutoML job to the ARN of a candidate's training job
CANDIDATES: Final = 10  # made when the completion criteria name no number; more are never simulated

# Problem type configuration -> its name, and the objective when none is given (AutoMLJobObjective).
PROBLEMS: Final[Mapping[str, tuple[str, str]]] = {
    "TabularJobConfig": ("Tabular", "F1"),
    "ImageClassificationJobConfig": ("ImageClassification", "Accuracy"),
    "TextClassificationJobConfig": ("TextClassification", "Accuracy"),
    "TimeSeriesForecastingJobConfig": ("TimeSeriesForecasting", "AverageWeightedQuantileLoss"),
    "TextGenerationJobConfig": ("TextGeneration", ""),
}
TABULAR: Final[Mapping[str, str]] = {
    "BinaryClassification": "F1",
    "MulticlassClassification": "Accuracy",
    "Regression": "MSE",
}
MINIMIZED: Final = frozenset({"MSE", "RMSE", "MAE", "MAPE", "MASE", "WAPE", "AverageWeightedQuantileLoss"})

_STEPS: Final = "AWS::SageMaker::TrainingJob"
_SAME: Final = ("CandidateGenerationConfig", "CompletionCriteria", "Mode")  # in both forms
_STATUSES: Final[Mapping[str, str]] = {"Completed": "Succeeded", "InProgress": "Pending", "Stopping": "Pending"}


def _problem(body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The problem type configuration of a job, by its member's name."""
    given = body.get("AutoMLProblemTypeConfig")
    if given:
        name, config = next(iter(given.items()))
        return str(name), config
    return "TabularJobConfig", _tabular(body)


def _tabular(body: Mapping[str, Any]) -> Body:
    """A job of the first form as a TabularJobConfig."""
    config = body.get("AutoMLJobConfig") or {}
    first = body["InputDataConfig"][0]
    made: Body = {
        **{name: config.get(name) for name in _SAME},
        "ProblemType": body.get("ProblemType"),
        "GenerateCandidateDefinitionsOnly": body.get("GenerateCandidateDefinitionsOnly"),
        "TargetAttributeName": first["TargetAttributeName"],
        "SampleWeightAttributeName": first.get("SampleWeightAttributeName"),
    }
    return {name: value for name, value in made.items() if value is not None}


def _objective(body: Mapping[str, Any]) -> str:
    """The metric of a job; empty where the problem has none."""
    given = (body.get("AutoMLJobObjective") or {}).get("MetricName")
    kind, config = _problem(body)
    if given:
        return str(given)
    return TABULAR.get(str(config.get("ProblemType")), PROBLEMS[kind][1])


def _criteria(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return _problem(body)[1].get("CompletionCriteria") or {}


# ---- candidates


def _bring_up_candidates(call: Call, unit: Unit, item: Item) -> None:
    _, config = _problem(item.body)
    if config.get("GenerateCandidateDefinitionsOnly"):
        return
    wanted = min(CANDIDATES, int(_criteria(item.body).get("MaxCandidates") or CANDIDATES))
    before = sum(lives.AUTOML.phases[name].seconds for name in ("Starting", "AnalyzingData", "FeatureEngineering"))
    tags = unit.tags(item.id)  # tags of the job go to what it makes
    for number in range(1, wanted + 1):
        name = f"{item.name}-{number:03d}-{_digest(item.arn, number)[:8]}"
        body = with_defaults(
            {
                "AlgorithmSpecification": {"TrainingInputMode": "File"},
                "RoleArn": item.body["RoleArn"],
                "OutputDataConfig": item.body["OutputDataConfig"],
                "ResourceConfig": {"InstanceType": "ml.m5.4xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
                "AutoMLJobArn": item.arn,
                "_plan": {"Waiting": [before, "Starting"]},
            },
            TRAINING.defaults,
        )
        unit.link(
            item.id, CANDIDATE, add(call, unit, TRAINING, name, body, tags=tags, phase="Waiting").arn, name=name
        )


def _digest(text: str, number: int = 0) -> str:
    return hashlib.sha256(f"{text}#{number}".encode()).hexdigest()


def _candidates(call: Call, reader: Reader, item: Item) -> Iterator[Body]:
    """What is to say of the candidates now, in the order in which they were made."""
    metric = _objective(item.body)
    for link in reader.links(item.id, CANDIDATE):
        held = reader.item_by_arn(link.target)
        job = lifecycle.at(held, call.now) if held is not None else None
        if job is None:
            continue
        status = "InProgress" if job.status == "InProgress" else job.status
        shown: Body = {
            "CandidateName": job.name,
            "CandidateStatus": status,
            "ObjectiveStatus": _STATUSES.get(status, "Failed"),
            "CandidateSteps": [
                {"CandidateStepType": _STEPS, "CandidateStepArn": job.arn, "CandidateStepName": job.name}
            ],
            "CreationTime": job.created,
            "LastModifiedTime": job.modified,
            "EndTime": job.body.get("_Ended"),
            "FailureReason": job.body.get("FailureReason"),
        }
        if status == "Completed" and metric:
            shown["FinalAutoMLJobObjectiveMetric"] = {
                "Type": "Minimize" if metric in MINIMIZED else "Maximize",
                "MetricName": metric,
                "StandardMetricName": metric,
                "Value": round(int(_digest(job.name)[:8], 16) / 0xFFFFFFFF, 6),
            }
        yield shown


def _value(candidate: Body) -> float:
    metric = candidate.get("FinalAutoMLJobObjectiveMetric")
    return float(metric["Value"]) if metric else 0.0


def list_candidates(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    found = list(_candidates(call, reader, named(call, reader, JOB)))
    if given.get("CandidateNameEquals"):
        found = [one for one in found if one["CandidateName"] == given["CandidateNameEquals"]]
    if given.get("StatusEquals"):
        found = [one for one in found if one["CandidateStatus"] == given["StatusEquals"]]
    match given.get("SortBy"):
        case "FinalObjectiveMetricValue":
            found.sort(key=_value)
        case "Status":
            found.sort(key=lambda one: str(one["CandidateStatus"]))
    if given.get("SortOrder") == "Descending":
        found.reverse()
    member, shape = model.listed(call.operation)
    shown, token = page_of(found, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**answer, "NextToken": token} if token else answer


# ---- jobs


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    body = item.body
    kind, config = _problem(body)
    if call.operation == "DescribeAutoMLJob":
        shown = _in_first_form(item, shown, kind, config)
    elif call.operation == "DescribeAutoMLJobV2":
        shown = _in_second_form(shown, kind, config)
    if not call.operation.startswith("Describe"):
        return shown
    metric = _objective(body)
    shown["ResolvedAttributes"] = {
        "AutoMLJobObjective": {"MetricName": metric} if metric else None,
        "CompletionCriteria": config.get("CompletionCriteria"),
        "ProblemType": config.get("ProblemType"),
        "AutoMLProblemTypeResolvedAttributes": (
            {"TabularResolvedAttributes": {"ProblemType": config["ProblemType"]}}
            if config.get("ProblemType")
            else None
        ),
    }
    done = [one for one in _candidates(call, reader, item) if "FinalAutoMLJobObjectiveMetric" in one]
    if done and item.status in ("Completed", "Stopped"):
        choose = min if metric in MINIMIZED else max
        shown["BestCandidate"] = choose(done, key=_value)
    return shown


def _in_first_form(item: Item, shown: Body, kind: str, config: Mapping[str, Any]) -> Body:
    """A job of the second form as DescribeAutoMLJob tells it, which knows tabular data only."""
    if "InputDataConfig" in item.body:
        return shown
    if kind != "TabularJobConfig":
        raise made(JOB.unknown, arn=item.arn, name=item.name, noun=JOB.noun)
    target = {
        name: config[name] for name in ("TargetAttributeName", "SampleWeightAttributeName") if config.get(name)
    }
    told: Body = {name: config.get(name) for name in _SAME}
    told["SecurityConfig"] = item.body.get("SecurityConfig")
    told["DataSplitConfig"] = item.body.get("DataSplitConfig")
    return {
        **shown,
        "InputDataConfig": [{**channel, **target} for channel in item.body["AutoMLJobInputDataConfig"]],
        "AutoMLJobConfig": {name: value for name, value in told.items() if value is not None} or None,
        "ProblemType": config.get("ProblemType"),
        "GenerateCandidateDefinitionsOnly": config.get("GenerateCandidateDefinitionsOnly"),
    }


def _in_second_form(shown: Body, kind: str, config: Mapping[str, Any]) -> Body:
    shown = {**shown, "AutoMLProblemTypeConfigName": PROBLEMS[kind][0]}
    if "InputDataConfig" not in shown:
        return shown
    first = shown.get("AutoMLJobConfig") or {}
    return {
        **shown,
        "AutoMLJobInputDataConfig": shown["InputDataConfig"],
        "AutoMLProblemTypeConfig": {"TabularJobConfig": config},
        "SecurityConfig": first.get("SecurityConfig"),
        "DataSplitConfig": first.get("DataSplitConfig"),
    }


def stop(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Stop the job and the training jobs of its candidates that run."""
    item = named(call, unit, JOB)
    to, child_to = lives.AUTOML.stop, lives.TRAINING.stop
    assert to is not None
    assert child_to is not None
    turn(call, unit, JOB, item, to)
    for link in unit.links(item.id, CANDIDATE):
        held = unit.item_by_arn(link.target)
        job = lifecycle.at(held, call.now) if held is not None else None
        if job is not None and job.status in child_to.allowed:
            turn(call, unit, TRAINING, job, child_to)
    return {}


HOOKS: Final = {"automl-job": Hooks(created=_bring_up_candidates, show=_show)}

OPERATIONS: Final = {
    "StopAutoMLJob": Operation(stop, writes=True),
    "ListCandidatesForAutoMLJob": Operation(list_candidates, writes=False),
}
