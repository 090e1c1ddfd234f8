"""The organization's resource policy, by which the management account lets members manage its policies.

What it lets them is decided before a handler is reached (authorization.delegation). Here it is checked: it speaks
of Organizations' actions about policies and reading, for accounts and principals of AWS, on what is in this
organization.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.authorization.delegation import is_delegable
from rolecall.policy.document import PolicyType
from rolecall.policy.glob import matches
from rolecall.policy.validation import MalformedPolicy, validate_for_iam
from rolecall.services.call import Call, Operation
from rolecall.services.organization import RESOURCE_POLICY, SERVICE, Membership
from rolecall.services.organization import resource_policy as stored
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.ids import fresh
from rolecall.services.organizations.members import has_all_features
from rolecall.services.organizations.nodes import arn, own
from rolecall.services.organizations.tags import requested
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item
from rolecall.wire import models


def _shown(item: Item, reader: Reader) -> dict[str, Any]:
    text = reader.document(item.body["Content"])
    return {"ResourcePolicySummary": {"Id": item.unique_id, "Arn": item.arn}, "Content": text}


def _check(text: str, found: Membership) -> None:
    try:
        policy = validate_for_iam(text, PolicyType.RESOURCE)
    except MalformedPolicy as problem:
        raise fault("bad resource policy", reason=problem.message) from None
    for statement in policy.statements:
        if any(entry.kind not in ("AWS", "*") for entry in statement.principals or statement.not_principals or ()):
            raise fault("bad principal")
        for action in statement.actions or ("NotAction",):
            if not _can_be_delegated(action):
                raise fault("bad action", name=action)
        for resource in statement.resources or statement.not_resources or ():
            if not _is_of(found, resource):
                raise fault("bad resource", name=resource)


def _can_be_delegated(action: str) -> bool:
    """Whether everything that an action pattern means can be left to members."""
    prefix, _, name = action.partition(":")
    meant = [each for each in models.operation_names(SERVICE) if matches(name.lower(), each.lower())]
    return prefix.lower() == SERVICE and bool(meant) and all(map(is_delegable, meant))


def _is_of(found: Membership, resource: str) -> bool:
    parts = resource.split(":", 5)
    if len(parts) != 6 or parts[2] != SERVICE:
        return resource == "*"
    own_path = f"/{found.organization.name}/" in parts[5] or "/*" in parts[5] or parts[5] == "*"
    return parts[4] == "aws" or (parts[4] in (found.management_account, "*") and own_path)


def put(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    if not has_all_features(found.organization):
        raise fault("no all features")
    text = call.parameters["Content"]
    _check(text, found)
    tags = requested(call.parameters.get("Tags"))
    digest, item = unit.put_document(text), stored(unit, found.organization)
    if item is not None:
        item = unit.change_item(msgspec.structs.replace(item, body={"Content": digest}, modified=call.now))
        unit.set_tags(item.id, tags)
    else:
        ident = fresh(call, unit, "rp-", 8)
        item = unit.add_item(
            Item(
                account=found.management_account,
                service=SERVICE,
                type="resourcepolicy",
                name=RESOURCE_POLICY,
                arn=arn(call, found, "resourcepolicy", ident),
                unique_id=ident,
                created=call.now,
                modified=call.now,
                body={"Content": digest},
            ),
            tags,
        )
    return {"ResourcePolicy": _shown(item, unit)}


def _there(call: Call, reader: Reader) -> Item:
    item = stored(reader, own(call, reader).organization)
    if item is None:
        raise fault("no resource policy")
    return item


def describe(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"ResourcePolicy": _shown(_there(call, reader), reader)}


def delete(call: Call, unit: Unit) -> Mapping[str, Any]:
    unit.remove_item(_there(call, unit).id)
    return {}


OPERATIONS: Final = {
    "PutResourcePolicy": Operation(handler=put, writes=True),
    "DescribeResourcePolicy": Operation(handler=describe, writes=False),
    "DeleteResourcePolicy": Operation(handler=delete, writes=True),
}
