"""Service-linked roles: made for one AWS service, with its trust and its policy, and changed by it alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from rolecall.services import organization
from rolecall.services.call import Call, Operation
from rolecall.services.iam import attachments, roles, trust
from rolecall.services.iam.entities import ROLE, SERVICE_LINKED_PATH, find, insert, is_service_linked, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.service_linked_templates import TEMPLATES
from rolecall.services.managed_policies import AWS_PREFIX
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

ORGANIZATIONS: Final = "/organizations.amazonaws.com/"
SUFFIX: Final = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
TASK: Final = re.compile(r"task/aws-service-role/[^/]+/[^/]+/[0-9a-f-]{36}")


def trust_document(service: str) -> str:
    statement = {"Action": ["sts:AssumeRole"], "Effect": "Allow", "Principal": {"Service": [service]}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def create_service_linked_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    service, suffix = call.parameters["AWSServiceName"], call.parameters.get("CustomSuffix")
    template = TEMPLATES.get(service)
    if template is None:
        raise fault("no service-linked role", service=service)
    if suffix and not template.suffix:
        raise fault("no suffix", service=service)
    if suffix and not SUFFIX.fullmatch(suffix):
        raise fault("bad name", member="customSuffix")
    name = f"{template.role_name}_{suffix}" if suffix else template.role_name
    if unit.item(call.account, "iam", "role", name.lower()) is not None:
        raise fault("service role taken", name=name)
    body: dict[str, Any] = {"MaxSessionDuration": roles.DEFAULT_DURATION}
    description = call.parameters.get("Description") or template.description
    if description:
        body["Description"] = description
    role = insert(call, unit, ROLE, name, f"{SERVICE_LINKED_PATH}{service}/", body=body)
    unit.link(role.id, trust.RELATION, unit.put_document(trust_document(service)))
    arn = f"{AWS_PREFIX}aws-service-role/{template.policy}"
    unit.link(role.id, attachments.RELATION, arn, name=arn)
    return {"Role": roles.created(role, unit)}


def delete_service_linked_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    role = find(call, unit, ROLE)
    if not is_service_linked(role):
        raise fault("not service-linked", name=role.name)
    service = role.path.removeprefix(SERVICE_LINKED_PATH).rstrip("/")
    letters = call.platform.new_id("", 32, "0123456789abcdef")
    cuts = (0, 8, 12, 16, 20, 32)
    number = "-".join(letters[start:end] for start, end in pairwise(cuts))
    task_id = f"task/aws-service-role/{service}/{role.name}/{number}"
    users = users_of(role, unit)
    if not users:
        unit.remove_item(role.id)
    body: dict[str, Any] = {"Status": "FAILED" if users else "SUCCEEDED"}
    if users:
        body["Reason"] = {
            "Reason": "The service-linked role is in use by resources of the service.",
            "RoleUsageList": [{"Region": item.region, "Resources": [item.arn]} for item in users],
        }
    unit.add_item(
        Item(
            account=call.account,
            service="iam",
            type="role-deletion",
            name=task_id,
            arn=f"arn:{call.partition}:iam::{call.account}:{task_id}",
            created=second(call.now),
            modified=second(call.now),
            body=body,
        )
    )
    return {"DeletionTaskId": task_id}


def users_of(role: Item, reader: Reader) -> list[Item]:
    """What still needs the role: a link `service-linked-role` from a resource says so; that of Organizations is
    needed by every account of an organization with all features."""
    found = (reader.item_by_id(link.item_id) for link in reader.linked_to("service-linked-role", role.arn))
    place = organization.membership(reader, role.account) if ORGANIZATIONS in role.path else None
    with_all = place is not None and place.organization.body["FeatureSet"] == organization.ALL_FEATURES
    return [item for item in (*found, place.account if place and with_all else None) if item is not None]


def get_deletion_status(call: Call, reader: Reader) -> Mapping[str, Any]:
    task_id = call.parameters["DeletionTaskId"]
    if not TASK.fullmatch(task_id):
        raise fault("bad task id", id=task_id)
    task = reader.item(call.account, "iam", "role-deletion", task_id)
    if task is None:
        raise fault("no deletion task", id=task_id)
    return dict(task.body)


OPERATIONS: Final = {
    "CreateServiceLinkedRole": Operation(handler=create_service_linked_role, writes=True),
    "DeleteServiceLinkedRole": Operation(handler=delete_service_linked_role, writes=True),
    "GetServiceLinkedRoleDeletionStatus": Operation(handler=get_deletion_status, writes=False),
}
