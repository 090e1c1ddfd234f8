"""Permissions boundaries of users and roles: one managed policy each, as a link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam.entities import USER, find, find_changeable_role
from rolecall.services.iam.errors import fault
from rolecall.services.managed_policies import exists
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

POLICY_ARN: Final = re.compile(r"arn:[^:]+:iam::[^:]+:policy/.+")
RELATION: Final = "boundary"
TYPE: Final = "Policy"  # what AWS sends, although the model says PermissionsBoundaryPolicy


def requested(call: Call, reader: Reader) -> str | None:
    """The boundary in the request, which must be a policy of the account or of AWS."""
    arn: str | None = call.parameters.get("PermissionsBoundary")
    if arn is None:
        return None
    if not POLICY_ARN.fullmatch(arn):
        raise fault("no policy's ARN", arn=arn)
    if not exists(reader, call.account, arn):
        raise fault("no boundary policy", arn=arn)
    return arn


def put(unit: Unit, item: Item, arn: str | None) -> None:
    """Set a boundary; None leaves the entity as it is."""
    if arn is not None:
        unit.link(item.id, RELATION, arn)


def of(item: Item, reader: Reader) -> str | None:
    links = reader.links(item.id, RELATION)
    return links[0].target if links else None


def with_boundary(view: dict[str, Any], item: Item, reader: Reader) -> dict[str, Any]:
    arn = of(item, reader)
    if arn is None:
        return view
    return {**view, "PermissionsBoundary": {"PermissionsBoundaryType": TYPE, "PermissionsBoundaryArn": arn}}


def put_on_user(call: Call, unit: Unit) -> Mapping[str, Any]:
    put(unit, find(call, unit, USER), requested(call, unit))
    return {}


def put_on_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    put(unit, find_changeable_role(call, unit), requested(call, unit))
    return {}


def _delete(unit: Unit, item: Item) -> Mapping[str, Any]:
    if not unit.unlink(item.id, RELATION):
        raise fault("no boundary", kind=item.type, name=item.name)
    return {}


def delete_from_user(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _delete(unit, find(call, unit, USER))


def delete_from_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    return _delete(unit, find_changeable_role(call, unit))


OPERATIONS: Final = {
    "PutUserPermissionsBoundary": Operation(handler=put_on_user, writes=True),
    "PutRolePermissionsBoundary": Operation(handler=put_on_role, writes=True),
    "DeleteUserPermissionsBoundary": Operation(handler=delete_from_user, writes=True),
    "DeleteRolePermissionsBoundary": Operation(handler=delete_from_role, writes=True),
}
