"""Policies on the root, units and accounts: attach, detach, and who has what.

Every node keeps at least one service control policy while the type is on, so that nothing is left without an
allow; RCPFullAWSAccess stays everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.decision.full_access import FULL_RCP
from rolecall.services.call import Call, Operation
from rolecall.services.organization import POLICY_TYPES, SCP, attached
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.nodes import TYPES as NODE_TYPES
from rolecall.services.organizations.nodes import id_of, name_of, node, own
from rolecall.services.organizations.paging import page
from rolecall.services.organizations.policies import BY_AWS, aws_summary, find, summary, type_of
from rolecall.services.organizations.policy_types import TYPES
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item


def _named(call: Call, reader: Reader) -> tuple[str, str, Item]:
    """The policy's id and type, and the node, of an attachment that is asked for."""
    found, ident = own(call, reader), call.parameters["PolicyId"]
    type = type_of(reader, found, ident)
    target = node(reader, found, call.parameters["TargetId"])
    if target is None:
        raise fault("no target")
    if type not in found.root.body[POLICY_TYPES]:
        raise fault("type not enabled")
    return ident, type, target


def attach_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    ident, type, target = _named(call, unit)
    held = {link.target for link in unit.links(target.id, attached(type))}
    if ident in held:
        raise fault("attached already")
    if len(held) >= TYPES[type].attached:
        raise fault("attachments")
    unit.link(target.id, attached(type), ident, name=ident)
    return {}


def detach_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    ident, type, target = _named(call, unit)
    held = {link.target for link in unit.links(target.id, attached(type))}
    if ident not in held:
        raise fault("not attached")
    if ident == FULL_RCP.id:
        raise fault("stays attached")
    if type == SCP and len(held) == 1:
        raise fault("last attachment")
    unit.unlink(target.id, attached(type), name=ident)
    return {}


def list_policies_for_target(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, type = own(call, reader), call.parameters["Filter"]
    target = node(reader, found, call.parameters["TargetId"])
    if target is None:
        raise fault("no target")
    links, tail = page(call, reader.links(target.id, attached(type)), lambda link: link.name)
    policies = [
        aws_summary(*BY_AWS[link.target]) if link.target in BY_AWS else summary(find(reader, found, link.target))
        for link in links
    ]
    return {"Policies": policies, **tail}


def list_targets_for_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, ident = own(call, reader), call.parameters["PolicyId"]
    links = reader.linked_to(attached(type_of(reader, found, ident)), ident)
    nodes = (reader.item_by_id(link.item_id) for link in links)
    # AWS's own policies hang in every organization.
    ours = [item for item in nodes if item is not None and item.account == found.management_account]
    listed, tail = page(call, sorted(ours, key=id_of), id_of)
    return {
        "Targets": [
            {
                "TargetId": id_of(item),
                "Arn": item.arn,
                "Name": name_of(item),
                "Type": NODE_TYPES[item.type],
            }
            for item in listed
        ],
        **tail,
    }


OPERATIONS: Final = {
    "AttachPolicy": Operation(handler=attach_policy, writes=True),
    "DetachPolicy": Operation(handler=detach_policy, writes=True),
    "ListPoliciesForTarget": Operation(handler=list_policies_for_target, writes=False),
    "ListTargetsForPolicy": Operation(handler=list_targets_for_policy, writes=False),
}
