"""Executions of pipelines: begun from a version, stopped, retried, and answered by what callback steps wait for.

An execution keeps the plan of its steps (pipeline_definitions.py); it is made anew when a callback step is
answered or the execution is retried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, lives, model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import (
    NOT_KEPT,
    Body,
    Hooks,
    acting,
    add,
    change,
    find,
    token_of,
    turn,
    view,
)
from rolecall.services.sagemaker.lists import PAGE, listing, page
from rolecall.services.sagemaker.lives import Turn
from rolecall.services.sagemaker.pipeline_definitions import plan, steps_of
from rolecall.services.sagemaker.pipelines import EXECUTION, PIPELINE, chosen, version
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

STARTED: Final = "started-by"  # the link from an execution to its pipeline and the token of the request
CALLBACK: Final = "callback"  # the link from an execution to the token of a callback step
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
RETRY: Final = Turn("Executing", ("Failed", "Stopped"), "execution not retryable")


def start_execution(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    pipeline = find(call, unit, PIPELINE, str(given["PipelineName"]))
    asked = f"{pipeline.arn} {token_of(call)}"
    for link in unit.linked_to(STARTED, asked):  # the request was sent again
        held = unit.item_by_id(link.item_id)
        if held is not None:
            return {"PipelineExecutionArn": held.arn}
    begun = chosen(call, unit, pipeline) or version(unit, pipeline, int(pipeline.body["_Version"]))
    definition = str(begun.body["PipelineDefinition"])
    name = call.platform.new_id("", 12, ALPHABET)
    body: Body = {
        **{
            member: value
            for member, value in given.items()
            if member not in NOT_KEPT and member not in ("PipelineName", "PipelineVersionAlias", "RoleArn")
        },
        "PipelineArn": pipeline.arn,
        "PipelineExecutionDisplayName": given.get("PipelineExecutionDisplayName")
        or f"execution-{int(call.now.timestamp() * 1000)}",
        "ParallelismConfiguration": given.get("ParallelismConfiguration")
        or pipeline.body.get("ParallelismConfiguration"),
        "PipelineVersionId": begun.body["PipelineVersionId"],
        "PipelineVersionAliases": begun.body.get("PipelineVersionAliases") or None,
        "RoleArn": pipeline.body["RoleArn"],
        "_Definition": definition,
        **_planned(call, definition, call.platform.time_scale, {}, {}),
    }
    # An execution is its pipeline's account's, whoever starts it.
    owner = msgspec.structs.replace(call, account=pipeline.account)
    execution = add(owner, unit, EXECUTION, name, body, parent=pipeline.name)
    unit.link(execution.id, STARTED, asked)
    _await(call, unit, execution)
    ran = {**pipeline.body, "_LastRun": call.now.timestamp()}
    unit.change_item(msgspec.structs.replace(pipeline, body=ran))
    unit.change_item(msgspec.structs.replace(begun, body={**begun.body, "_LastRun": execution.arn}))
    return {"PipelineExecutionArn": execution.arn}


def _planned(
    call: Call, definition: str, scale: float, done: Mapping[str, Body], tokens: Mapping[str, str]
) -> Body:
    """The members of an execution that say what happens from now on. tokens: of callback steps, by step."""
    steps = steps_of(definition)
    planned = plan(steps, call.now.timestamp(), scale, done)
    waiting = {str(step["Name"]): step for step in steps if step["Type"] == "Callback"}
    for step in planned:
        if step["Name"] in waiting and step["Name"] not in done:
            step["Token"] = tokens.get(step["Name"]) or call.platform.new_id("", 10)
        if step["Name"] in waiting:
            step["Queue"] = waiting[step["Name"]].get("SqsQueueUrl")
    failed = any(step["Fails"] for step in planned)
    return {
        "_Plan": planned,
        "_Until": planned[-1]["End"],
        "_plan": {"Executing": [0, "Failed" if failed else "Succeeded"]},
    }


def _await(call: Call, unit: Unit, execution: Item) -> None:
    """Let callback steps that are still to be answered be found by their tokens."""
    for step in execution.body["_Plan"]:
        if step.get("Token") and step["End"] > call.now.timestamp():
            unit.link(execution.id, CALLBACK, step["Token"], name=step["Name"])


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
    now = call.now.timestamp()
    stopped = item.body.get("_StopAsked")
    for step in item.body["_Plan"]:
        start, end = step["Start"], step["End"]
        if start > now or (stopped is not None and start >= stopped and scale > 0):
            continue
        shown: Body = {"StepName": step["Name"], "StartTime": start, "AttemptCount": step.get("Attempt", 1)}
        if stopped is not None and end > stopped:
            ended = item.body.get("_Ended")
            shown |= {"StepStatus": "Stopping"} if ended is None else {"StepStatus": "Stopped", "EndTime": ended}
        elif end > now:
            shown["StepStatus"] = "Executing"
        elif step["Fails"]:
            shown |= {"StepStatus": "Failed", "EndTime": end, "FailureReason": step.get("Reason")}
        else:
            shown |= {"StepStatus": "Stopped" if step.get("Cut") else "Succeeded", "EndTime": end}
        if "Queue" in step:
            shown["Metadata"] = {
                "Callback": {
                    "CallbackToken": step.get("Token"),
                    "SqsQueueUrl": step["Queue"],
                    "OutputParameters": step.get("Outputs"),
                }
            }
        yield shown


# ---- going on


def resolved(
    operation: str, parameters: Mapping[str, Any], account: str, region: str, reader: Reader
) -> Mapping[str, Any]:
    """The parameters with the execution whose step waits for a token: authorization asks for it."""
    if not operation.startswith("SendPipelineExecutionStep"):
        return parameters
    given = {name: value for name, value in parameters.items() if name != EXECUTION.arn_member}
    token = given.get("CallbackToken")
    for link in reader.linked_to(CALLBACK, token) if isinstance(token, str) else ():
        held = reader.item_by_id(link.item_id)
        if held is not None and (held.account, held.region) == (account, region):
            return {**given, EXECUTION.arn_member: held.arn}
    return given


def send_success(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _answered(call, unit, Outputs=list(call.parameters.get("OutputParameters") or ()), Fails=False)


def send_failure(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _answered(call, unit, Reason=call.parameters.get("FailureReason"), Fails=True)


def _answered(call: Call, unit: Unit, **answer: Any) -> Mapping[str, Any]:
    """End a callback step that waits as its answer says; the steps after it follow, or the execution fails."""
    token = str(call.parameters["CallbackToken"])
    item, step = _waiting(call, unit, token)
    ended = {**step, **answer, "End": call.now.timestamp()}
    unit.unlink(item.id, CALLBACK, target=token)
    if answer["Fails"]:
        planned = [ended, *(one for one in _ended_well(call, item.body["_Plan"]))]
        body: Body = {
            "_Plan": sorted(planned, key=lambda one: (one["End"], one["Wave"])),
            "_Until": call.now.timestamp(),
            "_plan": {"Executing": [0, "Failed"]},
        }
    else:
        done = {one["Name"]: one for one in (*_ended_well(call, item.body["_Plan"]), ended)}
        body = _planned(call, item.body["_Definition"], float(item.body["_scale"]), done, _tokens(item))
        body["_Plan"] = _begun_before(
            [one for one in item.body["_Plan"] if one["Name"] not in done], body["_Plan"], call.now.timestamp()
        )
    _go_on(call, unit, item, body)
    return {"PipelineExecutionArn": item.arn}


def _waiting(call: Call, reader: Reader, token: str) -> tuple[Item, Body]:
    """The execution and the step that wait for a token."""
    for link in reader.linked_to(CALLBACK, token):
        held = reader.item_by_id(link.item_id)
        item = lifecycle.at(held, call.now) if held is not None else None
        if item is None or (item.account, item.region) != (call.account, call.region):
            continue
        if item.status != "Executing":
            raise refuse("execution not running", status=item.status)
        return item, next(step for step in item.body["_Plan"] if step.get("Token") == token)
    raise refuse("callback unknown", token=token)


def _ended_well(call: Call, planned: Iterable[Body]) -> list[Body]:
    now = call.now.timestamp()
    return [one for one in planned if one["End"] <= now and not one["Fails"] and not one.get("Cut")]


def _begun_before(old: Iterable[Body], new: Iterable[Body], now: float) -> list[Body]:
    """The new plan, in which steps that run go on as they were."""
    running = {one["Name"]: one for one in old if one["Start"] <= now < one["End"] and not one.get("Cut")}
    kept = [{**one, **running[one["Name"]]} if one["Name"] in running else one for one in new]
    return sorted(kept, key=lambda one: (one["End"], one["Wave"], one["Fails"]))


def _tokens(item: Item) -> dict[str, str]:
    return {step["Name"]: step["Token"] for step in item.body["_Plan"] if step.get("Token")}


def _go_on(call: Call, unit: Unit, item: Item, body: Body) -> None:
    going = msgspec.structs.replace(item, body={**item.body, **body})
    changed = unit.change_item(lifecycle.enter(going, "Executing", call.now))
    _await(call, unit, changed)


def retry(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Run again what did not end well, from now on."""
    item = _execution(call, unit)
    if item.status not in RETRY.allowed:
        raise refuse(RETRY.refusal, status=item.status)
    stopped = item.body.get("_StopAsked")
    done = {
        one["Name"]: one
        for one in _ended_well(call, item.body["_Plan"])
        if stopped is None or one["End"] <= stopped
    }
    tried = {one["Name"]: one.get("Attempt", 1) for one in item.body["_Plan"]}
    body = _planned(call, item.body["_Definition"], float(item.body["_scale"]), done, {})
    for step in body["_Plan"]:
        if step["Name"] not in done and step["Name"] in tried:
            step["Attempt"] = tried[step["Name"]] + 1
    if call.parameters.get("ParallelismConfiguration") is not None:
        body["ParallelismConfiguration"] = call.parameters["ParallelismConfiguration"]
    over = ("_StopAsked", "_Ended", "FailureReason")
    kept = {name: value for name, value in item.body.items() if name not in over}
    unit.unlink(item.id, CALLBACK)
    _go_on(call, unit, msgspec.structs.replace(item, body=kept), body)
    return {"PipelineExecutionArn": item.arn}


def _execution(call: Call, reader: Reader) -> Item:
    arn = call.parameters.get("PipelineExecutionArn")
    if arn is None:  # the model does not require it everywhere
        raise refuse("execution not named")
    return find(call, reader, EXECUTION, str(arn))


HOOKS: Final = {"pipeline-execution": Hooks(show=_show_execution)}

OPERATIONS: Final = {
    "StartPipelineExecution": Operation(start_execution, writes=True),
    "StopPipelineExecution": Operation(stop_execution, writes=True),
    "RetryPipelineExecution": Operation(retry, writes=True),
    "SendPipelineExecutionStepSuccess": Operation(send_success, writes=True),
    "SendPipelineExecutionStepFailure": Operation(send_failure, writes=True),
    "UpdatePipelineExecution": Operation(update_execution, writes=True),
    "DescribePipelineExecution": Operation(describe_execution, writes=False),
    "ListPipelineExecutions": Operation(list_executions, writes=False),
    "ListPipelineExecutionSteps": Operation(list_steps, writes=False),
    "DescribePipelineDefinitionForExecution": Operation(describe_definition, writes=False),
    "ListPipelineParametersForExecution": Operation(list_parameters, writes=False),
}
