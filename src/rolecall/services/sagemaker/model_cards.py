"""Model cards: every update makes a version, and the versions stay as they were; export jobs of a version.

The card is the latest version. Content is kept as the text that it is; nothing is written to S3. One update may
change content and status, which AWS takes in two.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import Body, Hooks, acting, add, change, find, named, view
from rolecall.services.sagemaker.lists import PAGE, every, list_page
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

CARD: Final = BY_TYPE["model-card"]
VERSION: Final = BY_TYPE["model-card-version"]
EXPORT: Final = BY_TYPE["model-card-export-job"]
VERSIONED: Final = ("Content", "ModelCardStatus", "SecurityConfig", "LastModifiedBy")

# The paths of the content that DescribeModelCard gives without a key of KMS (IncludedData: MetadataOnly).
METADATA: Final = (
    ("model_overview", "model_id"),
    ("model_overview", "model_name"),
    ("intended_uses", "risk_rating"),
    ("model_package_details", "model_package_group_name"),
    ("model_package_details", "model_package_arn"),
)


def _name(number: int) -> str:
    """The name of a version: in the order of names, versions are in order."""
    return f"{number:08d}"


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    return {**body, "ModelCardVersion": 1}


def _keep_version(call: Call, unit: Unit, card: Item) -> None:
    number = int(card.body["ModelCardVersion"])
    body = {
        **{name: card.body[name] for name in VERSIONED if card.body.get(name) is not None},
        "ModelCardVersion": number,
        "ModelCardArn": card.arn,
        "CreatedBy": card.body["CreatedBy"],
        "_Created": card.created.timestamp(),
    }
    owner = msgspec.structs.replace(call, account=card.account)
    add(owner, unit, VERSION, _name(number), body, parent=card.name)


def _show_version(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    # A version was created with its card, and modified when it was made.
    shown["CreationTime"] = item.body["_Created"]
    return shown


def update(call: Call, unit: Unit) -> Mapping[str, Any]:
    card = named(call, unit, CARD)
    if card.status == "Archived":
        raise refuse("card archived", name=card.name)
    new: Body = {name: value for name, value in call.parameters.items() if name != CARD.name_member}
    new |= {"ModelCardVersion": int(card.body["ModelCardVersion"]) + 1, "LastModifiedBy": acting(call, CARD)}
    changed = change(call, unit, CARD, card, new)
    _keep_version(call, unit, changed)
    return {"ModelCardArn": changed.arn}


def _of_version(call: Call, reader: Reader, card: Item, number: int) -> Item:
    account = card.account
    held = reader.item(account, "sagemaker", VERSION.type, _name(number), region=card.region, parent=card.name)
    if held is None:
        raise refuse("card version unknown", name=card.name, version=number)
    return held


def describe(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    card = named(call, reader, CARD)
    if given.get("ModelCardVersion") is None:
        shown = view(call, reader, CARD, HOOKS[CARD.type], card)
    else:
        held = _of_version(call, reader, card, int(given["ModelCardVersion"]))
        shown = view(call, reader, VERSION, HOOKS[VERSION.type], held)
    if given.get("IncludedData") == "MetadataOnly":
        shown["Content"] = _metadata(str(shown["Content"]))
    return model.answer(call.operation, shown)


def _metadata(content: str) -> str:
    try:
        read = json.loads(content)
    except (ValueError, RecursionError):
        return "{}"
    kept: dict[str, dict[str, Any]] = {}
    for part, name in METADATA:
        section = read.get(part) if isinstance(read, dict) else None
        if isinstance(section, dict) and name in section:
            kept.setdefault(part, {})[name] = section[name]
    return json.dumps(kept)


def list_versions(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The versions of one card; they are all read, and are as many as it was updated."""
    given = call.parameters
    card = named(call, reader, CARD)
    held = [
        view(call, reader, VERSION, HOOKS[VERSION.type], one) for one in every(call, reader, VERSION, card.name)
    ]
    wanted = given.get("ModelCardStatus")
    after, before = given.get("CreationTimeAfter"), given.get("CreationTimeBefore")
    created = card.created
    if (after is not None and created < after) or (before is not None and created > before):
        held = []
    held = [one for one in held if wanted is None or one["ModelCardStatus"] == wanted]
    if given.get("SortOrder") == "Descending":
        held.reverse()
    member, shape = model.listed(call.operation)
    shown, token = page_of(held, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {member: [model.fit(one, shape) for one in shown]}
    return {**answer, "NextToken": token} if token else answer


# ---- export jobs


def create_export(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    card = named(call, unit, CARD)
    number = int(given.get("ModelCardVersion") or card.body["ModelCardVersion"])
    _of_version(call, unit, card, number)
    body = {"ModelCardVersion": number, "OutputConfig": given["OutputConfig"]}
    item = add(call, unit, EXPORT, str(given["ModelCardExportJobName"]), body, parent=card.name)
    return {"ModelCardExportJobArn": item.arn}


def describe_export(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = find(call, reader, EXPORT, str(call.parameters["ModelCardExportJobArn"]))
    return model.answer(call.operation, view(call, reader, EXPORT, HOOKS[EXPORT.type], item))


def _show_export(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    if item.status == "Completed":
        folder = str(item.body["OutputConfig"]["S3OutputPath"]).rstrip("/")
        shown["ExportArtifacts"] = {"S3ExportArtifacts": f"{folder}/{item.parent}/{item.name}.pdf"}
    return shown


def list_exports(call: Call, reader: Reader) -> Mapping[str, Any]:
    named(call, reader, CARD)
    return list_page(call, reader, EXPORT, HOOKS[EXPORT.type])


HOOKS: Final = {
    "model-card": Hooks(prepare=_prepare, created=_keep_version),
    "model-card-version": Hooks(show=_show_version),
    "model-card-export-job": Hooks(show=_show_export),
}

OPERATIONS: Final = {
    "UpdateModelCard": Operation(update, writes=True),
    "DescribeModelCard": Operation(describe, writes=False),
    "ListModelCardVersions": Operation(list_versions, writes=False),
    "CreateModelCardExportJob": Operation(create_export, writes=True),
    "DescribeModelCardExportJob": Operation(describe_export, writes=False),
    "ListModelCardExportJobs": Operation(list_exports, writes=False),
}
