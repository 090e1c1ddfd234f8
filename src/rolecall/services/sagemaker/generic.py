"""The handlers that interpret a row of resources/: create, describe, list, update, delete, stop, start.

They are put together of the parts in items.py and lists.py, of which modules of deep types make operations of
their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lifecycle, model
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.items import (
    NOT_KEPT,
    PLAIN,
    SERVICE,
    Hooks,
    acting,
    add,
    answer,
    change,
    id_of,
    key_of,
    named,
    needed,
    refused,
    token_of,
    turn,
    view,
    without,
)
from rolecall.services.sagemaker.lists import every, list_page
from rolecall.services.sagemaker.lives import Turn
from rolecall.services.sagemaker.paths import values, with_defaults
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item


def create(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    before = _made_before(call, unit, kind)
    if before is not None:
        return answer(call, unit, kind, hooks, before)
    tags = tagging.requested(call.parameters.get("Tags"))
    given = {kind.renamed.get(name, name): value for name, value in _kept(call)}
    for path, type in kind.needs.items():
        for name in values(given, path):
            needed(call, unit, BY_TYPE[type], str(name))
    body = hooks.prepare(call, unit, with_defaults(model.storable(given), kind.defaults))
    parent = id_of(str(call.parameters[kind.parent])) if kind.parent else ""
    if token_of(call):
        body["_Token"] = token_of(call)
    item = add(call, unit, kind, key_of(kind, call.parameters), body, parent=parent, tags=tags)
    hooks.created(call, unit, item)
    return answer(call, unit, kind, hooks, item)


def _made_before(call: Call, reader: Reader, kind: ResourceType) -> Item | None:
    """What the same request has made already, when it is sent again."""
    token = token_of(call)
    if not token:
        return None
    parent = id_of(str(call.parameters[kind.parent])) if kind.parent else ""
    key = key_of(kind, call.parameters)
    held = reader.item(call.account, SERVICE, kind.type, key, region=call.region, parent=parent)
    alive = lifecycle.at(held, call.now) if held is not None else None
    return alive if alive is not None and alive.body.get("_Token") == token else None


def describe(call: Call, reader: Reader, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    return answer(call, reader, kind, hooks, named(call, reader, kind))


def update(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    item = named(call, unit, kind)
    new = {kind.renamed.get(name, name): value for name, value in _kept(call)}
    for naming in (kind.name_member, kind.arn_member, kind.id_name):
        new.pop(naming, None)
    new["LastModifiedBy"] = acting(call, kind)
    item, new = without(item, new)
    changed = change(call, unit, kind, item, hooks.update(call, unit, item, model.storable(new)))
    if call.parameters.get("Tags"):
        tagging.add(call, unit, changed)
    return answer(call, unit, kind, hooks, changed)


def delete(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    item = named(call, unit, kind)
    for type in kind.held_by:
        if any(every(call, unit, BY_TYPE[type], item.name)):
            raise refused(call, "has children", noun=kind.noun, arn=item.arn, child=BY_TYPE[type].noun)
    hooks.delete(call, unit, item)
    shown = view(call, unit, kind, hooks, item)
    turn(call, unit, kind, item, lifecycle.life_of(kind.type).delete)
    for type in kind.takes:
        for inner in list(every(call, unit, BY_TYPE[type], item.name)):
            unit.remove_item(inner.id)
    return model.answer(call.operation, shown)


def stop(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    return _turned(call, unit, kind, hooks, lifecycle.life_of(kind.type).stop)


def start(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks) -> Mapping[str, Any]:
    return _turned(call, unit, kind, hooks, lifecycle.life_of(kind.type).start)


def _turned(call: Call, unit: Unit, kind: ResourceType, hooks: Hooks, to: Turn | None) -> Mapping[str, Any]:
    assert to is not None, f"{kind.type} has no such turn in its life"
    item = turn(call, unit, kind, named(call, unit, kind), to)
    assert item is not None, "neither stop nor start ends anything"
    return answer(call, unit, kind, hooks, item)


def _kept(call: Call) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in call.parameters.items() if name not in NOT_KEPT)


HANDLERS: Final[Mapping[str, tuple[Callable[..., Mapping[str, Any]], bool]]] = {
    "Create": (create, True),
    "Describe": (describe, False),
    "List": (list_page, False),
    "Update": (update, True),
    "Delete": (delete, True),
    "Stop": (stop, True),
    "Start": (start, True),
}


def operations(kind: ResourceType, hooks: Hooks = PLAIN) -> dict[str, Operation]:
    """The operations that a row gives."""
    named = {kind.list_operation if verb == "List" else f"{verb}{kind.noun}": verb for verb in kind.verbs.split()}
    return {name: _operation(verb, kind, hooks) for name, verb in {**named, **kind.aliases}.items()}


def _operation(verb: str, kind: ResourceType, hooks: Hooks) -> Operation:
    handler, writes = HANDLERS[verb]

    def served(call: Call, reader: Any) -> Mapping[str, Any]:
        return handler(call, reader, kind, hooks)

    return Operation(served, writes=writes)
