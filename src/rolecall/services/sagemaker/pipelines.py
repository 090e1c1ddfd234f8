"""Pipelines and their executions. Steps are simulated: they succeed one after the other where they depend on
each other, and side by side where not; a Fail step fails the execution; a Condition step takes its IfSteps.

Nothing that a step names is created.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lives, model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.generic import (
    NOT_KEPT,
    PAGE,
    Body,
    Hooks,
    acting,
    add,
    change,
    every,
    find,
    listing,
    named,
    page,
    turn,
    view,
)
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

PIPELINE: Final = BY_TYPE["pipeline"]
EXECUTION: Final = BY_TYPE["pipeline-execution"]
STEP_SECONDS: Final = 30.0
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"


# ---- definitions


def steps_of(definition: str) -> list[dict[str, Any]]:
    """The steps of a definition (schema version 2020-12-01), refused when they cannot be run."""
    try:
        return _steps_of(json.loads(definition))
    except ValueError as bad:
        raise refuse("definition invalid", reason="not a JSON document") from bad
    except RecursionError as bad:
        raise refuse("definition invalid", reason="too deeply nested") from bad


def _steps_of(read: Any) -> list[dict[str, Any]]:
    steps = read.get("Steps") if isinstance(read, dict) else None
    if not isinstance(steps, list) or not steps:
        raise refuse("definition invalid", reason="Steps must be a list of at least one step")
    flat = list(_flat(steps, ()))
    names = [str(step["Name"]) for step in flat]
    if len(set(names)) != len(names):
        raise refuse("definition invalid", reason="step names must be unique")
    for step in flat:
        for wanted in step["DependsOn"]:
            if wanted not in names:
                raise refuse("definition invalid", reason=f"{step['Name']} depends on unknown step {wanted}")
    _ends(flat)
    return flat


def _flat(steps: list[Any], after: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Steps with those that a condition leads to; each depends on what its arguments take values from."""
    for step in steps:
        if not isinstance(step, dict) or not step.get("Name") or not step.get("Type"):
            raise refuse("definition invalid", reason="a step needs a Name and a Type")
        if not isinstance(step.get("DependsOn") or [], list):
            raise refuse("definition invalid", reason=f"DependsOn of {step['Name']} must be a list")
        if step["Type"] == "Condition" and not isinstance(step.get("Arguments") or {}, dict):
            raise refuse("definition invalid", reason=f"Arguments of {step['Name']} must be an object")
        wanted = {*after, *map(str, step.get("DependsOn") or ()), *_read_from(step.get("Arguments"))}
        yield {**step, "DependsOn": sorted(wanted - {str(step["Name"])})}
        if step["Type"] == "Condition":
            yield from _flat((step.get("Arguments") or {}).get("IfSteps") or [], (str(step["Name"]),))


def _read_from(value: object) -> Iterator[str]:
    """Names of steps in {"Get": "Steps.<name>.…"}, outside of nested steps."""
    if isinstance(value, Mapping):
        source = value.get("Get")
        if isinstance(source, str) and source.startswith("Steps."):
            yield source.split(".")[1]
        for name, one in value.items():
            if name not in ("IfSteps", "ElseSteps"):
                yield from _read_from(one)
    elif isinstance(value, list):
        for one in value:
            yield from _read_from(one)


def _ends(steps: list[dict[str, Any]]) -> dict[str, float]:
    """When each step ends, in seconds after the start; refused when they wait for each other."""
    ends: dict[str, float] = {}
    waiting = {str(step["Name"]): step["DependsOn"] for step in steps}
    while waiting:
        ready = [name for name, wanted in waiting.items() if all(one in ends for one in wanted)]
        if not ready:
            raise refuse("definition invalid", reason="steps depend on each other in a circle")
        for name in ready:
            ends[name] = max((ends[one] for one in waiting.pop(name)), default=0.0) + STEP_SECONDS
    return ends


def _definition(call: Call) -> str | None:
    given = call.parameters
    if given.get("PipelineDefinitionS3Location") is not None:
        raise refuse("definition in S3")
    text = given.get("PipelineDefinition")
    if text is not None:
        steps_of(str(text))
    return None if text is None else str(text)


# ---- pipelines


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    if _definition(call) is None:
        raise refuse("definition missing")
    return {"PipelineDisplayName": body["PipelineName"], **body, "_Version": 1}


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["LastRunTime"] = shown["LastExecutionTime"] = item.body.get("_LastRun")
    shown["PipelineVersionId"] = item.body.get("_Version")
    return shown


def update_pipeline(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, PIPELINE)
    _definition(call)
    new = {name: value for name, value in call.parameters.items() if name not in NOT_KEPT}
    new |= {"LastModifiedBy": acting(call, PIPELINE), "_Version": int(item.body["_Version"]) + 1}
    changed = change(call, unit, PIPELINE, item, model.storable(new))
    return model.answer(call.operation, view(call, unit, PIPELINE, HOOKS["pipeline"], changed))


def _delete(call: Call, unit: Unit, item: Item) -> None:
    for execution in every(call, unit, EXECUTION, item.name):
        if execution.status in ("Executing", "Stopping"):
            raise refuse("execution running", arn=item.arn)
    for execution in list(every(call, unit, EXECUTION, item.name)):
        unit.remove_item(execution.id)


# ---- executions


def start_execution(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    pipeline = find(call, unit, PIPELINE, str(given["PipelineName"]))
    steps = steps_of(str(pipeline.body["PipelineDefinition"]))
    ends = _ends(steps)
    failing = [str(step["Name"]) for step in steps if step["Type"] == "Fail"]
    plan = _plan(ends, failing)
    name = call.platform.new_id("", 12, ALPHABET)
    body: Body = {
        **{
            member: value
            for member, value in given.items()
            if member not in NOT_KEPT and member not in ("PipelineName", "RoleArn")
        },
        "PipelineArn": pipeline.arn,
        "PipelineExecutionDisplayName": given.get("PipelineExecutionDisplayName")
        or f"execution-{int(call.now.timestamp() * 1000)}",
        "ParallelismConfiguration": given.get("ParallelismConfiguration")
        or pipeline.body.get("ParallelismConfiguration"),
        "PipelineVersionId": pipeline.body["_Version"],
        "RoleArn": pipeline.body["RoleArn"],
        "_Definition": pipeline.body["PipelineDefinition"],
        "_Plan": plan,
        "_Length": plan[-1]["End"],
        "_plan": {"Executing": [plan[-1]["End"], "Failed" if plan[-1]["Fails"] else "Succeeded"]},
    }
    # An execution is its pipeline's account's, whoever starts it.
    owner = msgspec.structs.replace(call, account=pipeline.account)
    execution = add(owner, unit, EXECUTION, name, body, parent=pipeline.name)
    ran = {**pipeline.body, "_LastRun": call.now.timestamp()}
    unit.change_item(msgspec.structs.replace(pipeline, body=ran))
    return {"PipelineExecutionArn": execution.arn}


def _plan(ends: Mapping[str, float], failing: list[str]) -> list[Body]:
    """Steps by the time they end; what would begin after a failure is not run."""
    failure = min((ends[name] for name in failing), default=float("inf"))
    plan: list[Body] = [
        {"Name": name, "Start": end - STEP_SECONDS, "End": end, "Fails": name in failing and end == failure}
        for name, end in ends.items()
        if end <= failure
    ]
    return sorted(plan, key=lambda step: (step["End"], step["Fails"]))


def _show_execution(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["StartTime"] = item.created
    if item.status == "Failed" and "FailureReason" not in item.body:
        failed = next(step["Name"] for step in item.body["_Plan"] if step["Fails"])
        shown["FailureReason"] = shown["PipelineExecutionFailureReason"] = (
            f"Step failure: One or multiple steps failed. Failed step: {failed}."
        )
    return shown


def stop_execution(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _execution(call, unit)
    to = lives.EXECUTION.stop
    assert to is not None
    turn(call, unit, EXECUTION, item, to, _StopAsked=call.now.timestamp())
    return {"PipelineExecutionArn": item.arn}


def update_execution(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _execution(call, unit)
    new = {**call.parameters, "LastModifiedBy": acting(call, EXECUTION)}
    new.pop("PipelineExecutionArn")
    change(call, unit, EXECUTION, item, model.storable(new))
    return {"PipelineExecutionArn": item.arn}


def describe_execution(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = _execution(call, reader)
    return model.answer(call.operation, view(call, reader, EXECUTION, HOOKS["pipeline-execution"], item))


def list_executions(call: Call, reader: Reader) -> Mapping[str, Any]:
    pipeline = find(call, reader, PIPELINE, str(call.parameters["PipelineName"]))
    member, shape = model.listed(call.operation)
    wanted = msgspec.structs.replace(listing(call, EXECUTION), account=pipeline.account)
    items, token = page(call, reader, EXECUTION, HOOKS["pipeline-execution"], wanted)
    made: Body = {member: [model.fit(one, shape) for one in items]}
    return {**made, "NextToken": token} if token else made


def describe_definition(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = _execution(call, reader)
    return {"PipelineDefinition": item.body["_Definition"], "CreationTime": item.created}


def list_parameters(call: Call, reader: Reader) -> Mapping[str, Any]:
    parameters = _execution(call, reader).body.get("PipelineParameters") or []
    shown, token = page_of(
        parameters, int(call.parameters.get("MaxResults") or PAGE), call.parameters.get("NextToken")
    )
    made: Body = {"PipelineParameters": shown}
    return {**made, "NextToken": token} if token else made


def list_steps(call: Call, reader: Reader) -> Mapping[str, Any]:
    member, shape = model.listed(call.operation)
    steps = list(_steps_at(call, _execution(call, reader)))
    if call.parameters.get("SortOrder") != "Ascending":
        steps.reverse()
    shown, token = page_of(steps, int(call.parameters.get("MaxResults") or PAGE), call.parameters.get("NextToken"))
    made: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**made, "NextToken": token} if token else made


def _steps_at(call: Call, item: Item) -> Iterator[Body]:
    """The steps that have begun by now."""
    scale = float(item.body["_scale"])
    began = item.created.timestamp()
    now = call.now.timestamp()
    stopped = item.body.get("_StopAsked")
    for step in item.body["_Plan"]:
        start, end = (began + (step[edge] / scale if scale > 0 else 0.0) for edge in ("Start", "End"))
        if start > now or (stopped is not None and start >= stopped and scale > 0):
            continue
        shown: Body = {"StepName": step["Name"], "StartTime": start, "AttemptCount": 1}
        if stopped is not None and end > stopped:
            ended = item.body.get("_Ended")
            shown |= {"StepStatus": "Stopping"} if ended is None else {"StepStatus": "Stopped", "EndTime": ended}
        elif end > now:
            shown["StepStatus"] = "Executing"
        else:
            shown |= {"StepStatus": "Failed" if step["Fails"] else "Succeeded", "EndTime": end}
        yield shown


def _execution(call: Call, reader: Reader) -> Item:
    arn = call.parameters.get("PipelineExecutionArn")
    if arn is None:  # the model does not require it everywhere
        raise refuse("execution not named")
    return find(call, reader, EXECUTION, str(arn))


HOOKS: Final = {
    "pipeline": Hooks(prepare=_prepare, show=_show, delete=_delete),
    "pipeline-execution": Hooks(show=_show_execution),
}

OPERATIONS: Final = {
    "UpdatePipeline": Operation(update_pipeline, writes=True),
    "StartPipelineExecution": Operation(start_execution, writes=True),
    "StopPipelineExecution": Operation(stop_execution, writes=True),
    "UpdatePipelineExecution": Operation(update_execution, writes=True),
    "DescribePipelineExecution": Operation(describe_execution, writes=False),
    "ListPipelineExecutions": Operation(list_executions, writes=False),
    "ListPipelineExecutionSteps": Operation(list_steps, writes=False),
    "DescribePipelineDefinitionForExecution": Operation(describe_definition, writes=False),
    "ListPipelineParametersForExecution": Operation(list_parameters, writes=False),
}
