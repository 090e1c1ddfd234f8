"""Notebook instances: the address they are reached at, and updates that take something away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import model
from rolecall.services.sagemaker.items import Body, Hooks, change, find, named
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

NOTEBOOK: Final = BY_TYPE["notebook-instance"]
LIFECYCLE_CONFIG: Final = BY_TYPE["notebook-instance-lifecycle-config"]

# Disassociate… members of an update, and what each takes away.
_TAKEN_AWAY: Final[Mapping[str, str]] = {
    "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
}


def _prepare(call: Call, unit: Unit, body: Body) -> Body:
    config = body.get("NotebookInstanceLifecycleConfigName")
    if config:
        find(call, unit, LIFECYCLE_CONFIG, str(config))
    return body


def _show(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    shown["Url"] = f"{item.name}.notebook.{item.region}.sagemaker.aws"
    return shown


def update_notebook(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, NOTEBOOK)
    new: Body = {}
    for name, value in call.parameters.items():
        if name in _TAKEN_AWAY:
            if value:
                new[_TAKEN_AWAY[name]] = None
        elif name != NOTEBOOK.name_member:
            new[NOTEBOOK.renamed.get(name, name)] = model.storable(value)
    change(call, unit, NOTEBOOK, item, _prepare(call, unit, new))
    return {}


def presigned_url(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = named(call, reader, NOTEBOOK)
    token = call.platform.new_id("", 64)
    return {"AuthorizedUrl": f"https://{item.name}.notebook.{item.region}.sagemaker.aws?authToken={token}"}


HOOKS: Final = {"notebook-instance": Hooks(prepare=_prepare, show=_show)}

OPERATIONS: Final = {
    "UpdateNotebookInstance": Operation(update_notebook, writes=True),
    "CreatePresignedNotebookInstanceUrl": Operation(presigned_url, writes=False),
}
