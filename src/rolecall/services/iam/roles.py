"""IAM roles: create, show, change, delete. How the trust policy is kept is told in `trust`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import boundaries, tags, trust
from rolecall.services.iam.documents import encoded
from rolecall.services.iam.entities import (
    ROLE,
    SERVICE_LINKED_PATH,
    add,
    change_body,
    find,
    find_changeable_role,
    is_protected,
    is_service_linked,
    path_prefix,
)
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import stored
from rolecall.services.role_use import last_used
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

DEFAULT_DURATION: Final = 3600


def created(role: Item, reader: Reader) -> dict[str, Any]:
    """A role as CreateRole shows it."""
    view: dict[str, Any] = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.created,
        "AssumeRolePolicyDocument": encoded(trust.shown(role, reader)),
    }
    if role.body.get("Description"):
        view["Description"] = role.body["Description"]
    if "MaxSessionDuration" in role.body:
        view["MaxSessionDuration"] = role.body["MaxSessionDuration"]
    return view


def brief(role: Item, reader: Reader) -> dict[str, Any]:
    """A role as lists show it."""
    return {"MaxSessionDuration": DEFAULT_DURATION, **created(role, reader)}


def full(role: Item, reader: Reader) -> dict[str, Any]:
    view = boundaries.with_boundary(brief(role, reader), role, reader)
    return {**tags.with_tags(view, reader.tags(role.id)), "RoleLastUsed": last_used(reader, role.unique_id)}


def create_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    if (call.parameters.get("Path") or "/").startswith(SERVICE_LINKED_PATH):
        # The path tells service-linked roles, which no control policy limits: nobody makes one by hand.
        raise fault("service-linked path")
    document = trust.resolved(call, unit, call.parameters["AssumeRolePolicyDocument"])
    boundary = boundaries.requested(call, unit)
    given = {name: call.parameters.get(name) for name in ("Description", "MaxSessionDuration")}
    body = {name: value for name, value in given.items() if value is not None}
    role = add(call, unit, ROLE, body=body, tags=tags.requested(call, str.lower))
    unit.link(role.id, trust.RELATION, unit.put_document(document))
    boundaries.put(unit, role, boundary)
    view = boundaries.with_boundary(created(role, unit), role, unit)
    return {"Role": tags.with_tags(view, unit.tags(role.id))}


def get_role(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Role": full(find(call, reader, ROLE), reader)}


def list_roles(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, tail = stored(
        call,
        reader,
        Listing(account=call.account, service="iam", type="role", path_prefix=path_prefix(call)),
    )
    return {"Roles": [brief(role, reader) for role in found], **tail}


def update_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    role = find(call, unit, ROLE)
    duration = call.parameters.get("MaxSessionDuration")
    if duration is not None and is_service_linked(role):
        raise fault("service-linked duration", name=role.name)
    if is_protected(role) and not is_service_linked(role):
        raise fault("protected role", name=role.name)
    changes: dict[str, Any] = {}
    if duration is not None:
        changes["MaxSessionDuration"] = duration
    if call.parameters.get("Description") is not None:
        changes["Description"] = call.parameters["Description"]
    change_body(call, unit, role, **changes)
    return {}


def update_role_description(call: Call, unit: Unit) -> Mapping[str, Any]:
    role = find(call, unit, ROLE)
    if is_protected(role) and not is_service_linked(role):
        raise fault("protected role", name=role.name)
    role = change_body(call, unit, role, Description=call.parameters["Description"])
    view = created(role, unit)
    view.pop("MaxSessionDuration", None)  # left out here, as recorded replies show
    return {"Role": view}


def update_assume_role_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    role = find_changeable_role(call, unit)
    document = trust.resolved(call, unit, call.parameters["PolicyDocument"])
    unit.link(role.id, trust.RELATION, unit.put_document(document))
    return {}


def delete_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    role = find_changeable_role(call, unit)
    if unit.linked_to("instance-profile-role", role.unique_id):
        raise fault("in instance profile")
    relations = {link.relation for link in unit.links(role.id)}
    if "attached-policy" in relations:
        raise fault("has attached policies")
    if "inline-policy" in relations:
        raise fault("has inline policies")
    unit.remove_item(role.id)
    return {}


OPERATIONS: Final = {
    "CreateRole": Operation(handler=create_role, writes=True),
    "GetRole": Operation(handler=get_role, writes=False),
    "ListRoles": Operation(handler=list_roles, writes=False),
    "UpdateRole": Operation(handler=update_role, writes=True),
    "UpdateRoleDescription": Operation(handler=update_role_description, writes=True),
    "UpdateAssumeRolePolicy": Operation(handler=update_assume_role_policy, writes=True),
    "DeleteRole": Operation(handler=delete_role, writes=True),
}
