"""Inline policies of users, groups and roles: put, get, delete, list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.policy.document import PolicyType
from rolecall.services.call import Call, Operation
from rolecall.services.iam.documents import checked, encoded, kept, size
from rolecall.services.iam.entities import GROUP, ROLE, USER, Kind, check_name, find, is_protected
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import INLINE_CHARACTERS
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

RELATION: Final = "inline-policy"


def _changeable(call: Call, unit: Reader, kind: Kind) -> Item:
    item = find(call, unit, kind)
    if kind is ROLE and is_protected(item):
        raise fault("protected role", name=item.name)
    return item


def _digest(item: Item, name: str, reader: Reader) -> str:
    for link in reader.links(item.id, RELATION):
        if link.name == name:
            return link.target
    raise fault("no inline policy", kind=item.type, name=name)


def _operations(kind: Kind) -> Mapping[str, Operation]:
    def put(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = _changeable(call, unit, kind)
        name = check_name(call.parameters["PolicyName"], "policyName")
        text = call.parameters["PolicyDocument"]
        checked(text, PolicyType.IDENTITY)
        others = (link.target for link in unit.links(item.id, RELATION) if link.name != name)
        limit = INLINE_CHARACTERS[kind.type]
        if size(text) + sum(size(kept(unit, digest)) for digest in others) > limit:
            raise fault("inline size", limit=limit, kind=kind.type, name=item.name)
        unit.link(item.id, RELATION, unit.put_document(text), name=name)
        return {}

    def get(call: Call, reader: Reader) -> Mapping[str, Any]:
        item = find(call, reader, kind)
        name = call.parameters["PolicyName"]
        document = encoded(kept(reader, _digest(item, name, reader)))
        return {kind.name_member: item.name, "PolicyName": name, "PolicyDocument": document}

    def delete(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = _changeable(call, unit, kind)
        name = call.parameters["PolicyName"]
        if not unit.unlink(item.id, RELATION, name=name):
            raise fault("no inline policy", kind=kind.type, name=name)
        return {}

    def list_names(call: Call, reader: Reader) -> Mapping[str, Any]:
        names = sorted(link.name for link in reader.links(find(call, reader, kind).id, RELATION))
        found, tail = page(call, names, str)
        return {"PolicyNames": found, **tail}

    word = kind.type.capitalize()
    return {
        f"Put{word}Policy": Operation(handler=put, writes=True),
        f"Get{word}Policy": Operation(handler=get, writes=False),
        f"Delete{word}Policy": Operation(handler=delete, writes=True),
        f"List{word}Policies": Operation(handler=list_names, writes=False),
    }


OPERATIONS: Final = {**_operations(USER), **_operations(GROUP), **_operations(ROLE)}
