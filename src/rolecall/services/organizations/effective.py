"""The effective management policy of an account, and whether any is invalid."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.organization import Membership, attached, membership
from rolecall.services.organizations.documents import tree
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.inheritance import effective
from rolecall.services.organizations.nodes import account, node, own
from rolecall.services.organizations.policies import content, find
from rolecall.store.ports import Reader
from rolecall.store.records import Item


def _levels(reader: Reader, place: Membership, type: str) -> list[list[Item]]:
    """The policies of each level above an account, oldest first."""
    return [
        sorted(
            (find(reader, place, link.target) for link in reader.links(each.id, attached(type))),
            key=lambda item: (item.created, item.unique_id),
        )
        for each in (*place.path, place.account)
    ]


def describe_effective_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, type = own(call, reader), call.parameters["PolicyType"]
    ident = call.parameters.get("TargetId") or call.account
    if ident != call.account and not found.administers_any:
        raise fault("not allowed")
    target = node(reader, found, ident)
    if target is None:
        raise fault("no target")
    if target.type != "account":
        raise fault("target not supported")
    place = membership(reader, target.name)
    assert place is not None, "a node of the organization"
    levels = _levels(reader, place, type)
    made = effective([[tree(content(item, reader)) or {} for item in level] for level in levels])
    if not made:
        raise fault("no effective policy")
    return {
        "EffectivePolicy": {
            "PolicyContent": msgspec.json.encode(made).decode(),
            "LastUpdatedTimestamp": max(item.modified for level in levels for item in level),
            "TargetId": target.name,
            "PolicyType": type,
        }
    }


def list_accounts_with_invalid_effective_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    """None: a policy that is not in order is refused when it is written, and inheriting keeps it in order."""
    own(call, reader)
    return {"Accounts": [], "PolicyType": call.parameters["PolicyType"]}


def list_effective_policy_validation_errors(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    item = account(reader, found, call.parameters["AccountId"])
    place = membership(reader, item.name)
    assert place is not None, "an account of the organization"
    return {
        "AccountId": item.name,
        "PolicyType": call.parameters["PolicyType"],
        "Path": f"{place.paths}{item.name}/",
        "EvaluationTimestamp": call.now,
        "EffectivePolicyValidationErrors": [],
    }


OPERATIONS: Final = {
    "DescribeEffectivePolicy": Operation(handler=describe_effective_policy, writes=False),
    "ListAccountsWithInvalidEffectivePolicy": Operation(
        handler=list_accounts_with_invalid_effective_policy, writes=False
    ),
    "ListEffectivePolicyValidationErrors": Operation(
        handler=list_effective_policy_validation_errors, writes=False
    ),
}
