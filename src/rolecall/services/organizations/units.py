"""Organizational units: make, rename, delete; and the family relations of the tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.organization import SERVICE
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.ids import fresh
from rolecall.services.organizations.members import attach_defaults
from rolecall.services.organizations.nodes import (
    ACCOUNT,
    TYPES,
    UNIT,
    arn,
    id_of,
    listing,
    node,
    own,
    parent,
    shown_unit,
    unit_of,
)
from rolecall.services.organizations.paging import stored
from rolecall.services.organizations.tags import requested
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

# Organizations User Guide, "Quotas for AWS Organizations".
MOST_UNITS: Final = 2_000
DEEPEST: Final = 5
CHILD_TYPES: Final = {"ACCOUNT": ACCOUNT, "ORGANIZATIONAL_UNIT": UNIT}


def create_unit(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    above = parent(unit, found, call.parameters["ParentId"])
    if unit.count(found.management_account, SERVICE, UNIT, parent=None) >= MOST_UNITS:
        raise fault("units")
    if _depth(unit, above) >= DEEPEST:
        raise fault("depth")
    ident = fresh(call, unit, f"ou-{found.root.unique_id.removeprefix('r-')}-", 8)
    item = Item(
        account=found.management_account,
        service=SERVICE,
        type=UNIT,
        name=call.parameters["Name"],
        parent=above.unique_id,
        arn=arn(call, found, "ou", ident),
        unique_id=ident,
        created=call.now,
        modified=call.now,
    )
    try:
        item = unit.add_item(item, requested(call.parameters.get("Tags")))
    except NameTaken:
        raise fault("unit exists") from None
    attach_defaults(unit, item)
    return {"OrganizationalUnit": shown_unit(item, unit, found)}


def _depth(reader: Reader, above: Item) -> int:
    """How many units lie between the root and a new child, its parent included."""
    count = 0
    while above.type == UNIT:
        count += 1
        found = reader.item_by_unique_id(above.parent)
        assert found is not None, f"{above.arn} hangs on {above.parent}"
        above = found
    return count


def describe_unit(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    item = unit_of(reader, found, call.parameters["OrganizationalUnitId"])
    return {"OrganizationalUnit": shown_unit(item, reader, found)}


def update_unit(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    item = unit_of(unit, found, call.parameters["OrganizationalUnitId"])
    name = call.parameters.get("Name")
    if name == item.name:
        raise fault("unit exists")  # its own name counts as taken
    if name is not None:
        try:
            item = unit.change_item(msgspec.structs.replace(item, name=name, folded_name=name, modified=call.now))
        except NameTaken:
            raise fault("unit exists") from None
    return {"OrganizationalUnit": shown_unit(item, unit, found)}


def delete_unit(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    item = unit_of(unit, found, call.parameters["OrganizationalUnitId"])
    for type in (UNIT, ACCOUNT):
        if unit.count(found.management_account, SERVICE, type, parent=item.unique_id):
            raise fault("unit not empty")
    unit.remove_item(item.id)
    return {}


def list_units(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    above = parent(reader, found, call.parameters["ParentId"])
    within = listing(found, UNIT, above.unique_id)
    items, tail = stored(call, reader, msgspec.structs.replace(within, sort="created"))
    return {"OrganizationalUnits": [shown_unit(item, reader, found) for item in items], **tail}


def list_children(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    above = parent(reader, found, call.parameters["ParentId"])
    type = call.parameters["ChildType"]
    within = listing(found, CHILD_TYPES[type], above.unique_id)
    items, tail = stored(call, reader, msgspec.structs.replace(within, sort="created"))
    return {"Children": [{"Id": id_of(item), "Type": type} for item in items], **tail}


def list_parents(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    child = node(reader, found, call.parameters["ChildId"])
    if child is None or child.type == "root":
        raise fault("no child")
    above = node(reader, found, child.parent)
    assert above is not None, f"{child.arn} hangs on {child.parent}"
    return {"Parents": [{"Id": above.unique_id, "Type": TYPES[above.type]}]}


OPERATIONS: Final = {
    "CreateOrganizationalUnit": Operation(handler=create_unit, writes=True),
    "DescribeOrganizationalUnit": Operation(handler=describe_unit, writes=False),
    "UpdateOrganizationalUnit": Operation(handler=update_unit, writes=True),
    "DeleteOrganizationalUnit": Operation(handler=delete_unit, writes=True),
    "ListOrganizationalUnitsForParent": Operation(handler=list_units, writes=False),
    "ListChildren": Operation(handler=list_children, writes=False),
    "ListParents": Operation(handler=list_parents, writes=False),
}
