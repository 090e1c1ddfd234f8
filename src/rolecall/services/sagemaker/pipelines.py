"""Pipelines and their versions.

Every definition that a pipeline had is a version; the latest is the pipeline itself. An alias is had by one
version of a pipeline at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import (
    NOT_KEPT,
    SERVICE,
    Body,
    Hooks,
    acting,
    add,
    answer,
    change,
    find,
    named,
)
from rolecall.services.sagemaker.lists import every, listing, page
from rolecall.services.sagemaker.pipeline_definitions import steps_of
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

PIPELINE: Final = BY_TYPE["pipeline"]
VERSION: Final = BY_TYPE["pipeline-version"]
EXECUTION: Final = BY_TYPE["pipeline-execution"]
VERSIONED: Final = ("PipelineDefinition", "PipelineDescription", "PipelineDisplayName", "ParallelismConfiguration")


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
    if call.operation == "UpdatePipeline":
        shown["PipelineVersionId"] = item.body.get("_Version")
    return shown


def update(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, PIPELINE)
    _definition(call)
    new = {name: value for name, value in call.parameters.items() if name not in NOT_KEPT}
    new |= {"LastModifiedBy": acting(call, PIPELINE), "_Version": int(item.body["_Version"]) + 1}
    changed = change(call, unit, PIPELINE, item, model.storable(new))
    _keep_version(call, unit, changed)
    return answer(call, unit, PIPELINE, HOOKS["pipeline"], changed)


def describe(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = find(call, reader, PIPELINE, str(call.parameters["PipelineName"]))
    version = chosen(call, reader, item)
    if version is not None:
        told = (*VERSIONED, "PipelineVersionDisplayName", "PipelineVersionDescription", "PipelineVersionAliases")
        kept = {name: version.body[name] for name in told if version.body.get(name)}
        item = msgspec.structs.replace(item, body={**item.body, **kept})
    return answer(call, reader, PIPELINE, HOOKS["pipeline"], item)


def _delete(call: Call, unit: Unit, item: Item) -> None:
    for execution in every(call, unit, EXECUTION, item.name):
        if execution.status in ("Executing", "Stopping"):
            raise refuse("execution running", arn=item.arn)


# ---- versions


def _keep_version(call: Call, unit: Unit, item: Item) -> None:
    number = int(item.body["_Version"])
    body = {
        **{name: item.body[name] for name in VERSIONED if item.body.get(name) is not None},
        "PipelineArn": item.arn,
        "PipelineVersionId": number,
        "CreatedBy": item.body["LastModifiedBy"],
    }
    owner = msgspec.structs.replace(call, account=item.account)
    add(owner, unit, VERSION, _name(number), body, parent=item.name)


def _name(number: int) -> str:
    """The name of a version: in the order of names, versions are in order."""
    return f"{number:08d}"


def version(reader: Reader, pipeline: Item, number: int) -> Item:
    place = {"region": pipeline.region, "parent": pipeline.name}
    held = reader.item(pipeline.account, SERVICE, VERSION.type, _name(number), **place)
    if held is None:
        raise refuse("pipeline version unknown", arn=pipeline.arn, version=number)
    return held


def chosen(call: Call, reader: Reader, pipeline: Item) -> Item | None:
    """The version that a request names by number or alias; None when it names none."""
    number, alias = call.parameters.get("PipelineVersionId"), call.parameters.get("PipelineVersionAlias")
    if number is not None:
        return version(reader, pipeline, int(number))
    if not alias:
        return None
    owner = msgspec.structs.replace(call, account=pipeline.account)
    for held in every(owner, reader, VERSION, pipeline.name):
        if alias in (held.body.get("PipelineVersionAliases") or ()):
            return held
    raise refuse("pipeline version unknown", arn=pipeline.arn, version=alias)


def update_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    pipeline = find(call, unit, PIPELINE, str(given["PipelineArn"]))
    held = version(unit, pipeline, int(given["PipelineVersionId"]))
    changes = given.get("PipelineVersionAliasOperations") or {}
    added = [str(alias) for alias in changes.get("Add") or ()]
    gone = {*map(str, changes.get("Remove") or ()), *added}
    owner = msgspec.structs.replace(call, account=pipeline.account)
    for other in list(every(owner, unit, VERSION, pipeline.name)):
        aliases = list(other.body.get("PipelineVersionAliases") or ())
        if other.id != held.id and set(added) & set(aliases):
            kept = [alias for alias in aliases if alias not in added]
            unit.change_item(msgspec.structs.replace(other, body={**other.body, "PipelineVersionAliases": kept}))
    new: Body = {
        name: given[name]
        for name in ("PipelineVersionDisplayName", "PipelineVersionDescription")
        if given.get(name) is not None
    }
    if gone:
        own = [alias for alias in held.body.get("PipelineVersionAliases") or () if alias not in gone]
        new["PipelineVersionAliases"] = [*own, *added]
    change(call, unit, VERSION, held, {**new, "LastModifiedBy": acting(call, VERSION)})
    return {"PipelineArn": pipeline.arn, "PipelineVersionId": held.body["PipelineVersionId"]}


def list_versions(call: Call, reader: Reader) -> Mapping[str, Any]:
    pipeline = find(call, reader, PIPELINE, str(call.parameters["PipelineName"]))
    member, shape = model.listed(call.operation)
    wanted = msgspec.structs.replace(listing(call, VERSION), account=pipeline.account, parent=pipeline.name)
    items, token = page(call, reader, VERSION, HOOKS["pipeline-version"], wanted)
    made: Body = {member: [model.fit(one, shape) for one in items]}
    return {**made, "NextToken": token} if token else made


def _show_version(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if not shown.get("PipelineVersionAliases"):
        shown["PipelineVersionAliases"] = None
    ran = item.body.get("_LastRun")
    execution = reader.item_by_arn(str(ran)) if ran else None
    shown["LastExecutionPipelineExecutionArn"] = shown["LastExecutedPipelineExecutionArn"] = ran
    if execution is not None:
        shown["LastExecutedPipelineExecutionDisplayName"] = execution.body.get("PipelineExecutionDisplayName")
        shown["LastExecutedPipelineExecutionStatus"] = execution.status
    return shown


HOOKS: Final = {
    "pipeline": Hooks(prepare=_prepare, created=_keep_version, show=_show, delete=_delete),
    "pipeline-version": Hooks(show=_show_version),
}

OPERATIONS: Final = {
    "UpdatePipeline": Operation(update, writes=True),
    "DescribePipeline": Operation(describe, writes=False),
    "UpdatePipelineVersion": Operation(update_version, writes=True),
    "ListPipelineVersions": Operation(list_versions, writes=False),
}
