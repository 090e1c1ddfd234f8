"""Policies of an organization: make, show, change, delete; AWS's own are shown beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from rolecall.decision.full_access import AwsControlPolicy
from rolecall.services.call import Call, Operation
from rolecall.services.organization import KEPT_BY_AWS, SERVICE, Membership, attached
from rolecall.services.organizations.documents import checked
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.ids import fresh
from rolecall.services.organizations.members import has_all_features
from rolecall.services.organizations.nodes import arn, listing, own
from rolecall.services.organizations.paging import page
from rolecall.services.organizations.policy_types import TYPES
from rolecall.services.organizations.tags import requested
from rolecall.services.walking import every
from rolecall.store.errors import NameTaken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

BY_AWS: Final[Mapping[str, tuple[str, AwsControlPolicy]]] = {
    policy.id: (type, policy) for type, policy in KEPT_BY_AWS.items()
}


def summary(item: Item) -> dict[str, Any]:
    return {
        "Id": item.unique_id,
        "Arn": item.arn,
        "Name": item.name,
        "Description": item.body["Description"],
        "Type": item.body["Type"],
        "AwsManaged": False,
    }


def aws_summary(type: str, policy: AwsControlPolicy) -> dict[str, Any]:
    return {
        "Id": policy.id,
        "Arn": policy.arn,
        "Name": policy.name,
        "Description": policy.description,
        "Type": type,
        "AwsManaged": True,
    }


def shown(item: Item, reader: Reader) -> dict[str, Any]:
    return {"PolicySummary": summary(item), "Content": content(item, reader)}


def content(item: Item, reader: Reader) -> str:
    text = reader.document(item.body["Content"])
    if text is None:
        raise LookupError(f"policy {item.arn} is there but not its document")
    return text


def find(reader: Reader, found: Membership, ident: str, missing: str = "no policy") -> Item:
    """The customer's policy of this id."""
    item = reader.item_by_unique_id(ident)
    known = item is not None and (item.service, item.type) == (SERVICE, "policy")
    if item is None or not known or item.account != found.management_account:
        raise fault(missing)
    return item


def type_of(reader: Reader, found: Membership, ident: str) -> str:
    """The type of a policy, AWS's or the customer's."""
    if ident in BY_AWS:
        return BY_AWS[ident][0]
    return str(find(reader, found, ident).body["Type"])


def create_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    kind = TYPES[call.parameters["Type"]]
    if not has_all_features(found.organization):
        raise fault("type not available")
    text = checked(call.parameters["Content"], kind)
    if unit.count(found.management_account, SERVICE, "policy", parent=kind.type) >= kind.total:
        raise fault("policies")
    ident = fresh(call, unit, "p-", 8)
    item = Item(
        account=found.management_account,
        service=SERVICE,
        type="policy",
        name=call.parameters["Name"],
        parent=kind.type,
        arn=arn(call, found, "policy", f"{kind.path}/{ident}"),
        unique_id=ident,
        created=call.now,
        modified=call.now,
        body={
            "Type": kind.type,
            "Description": call.parameters["Description"],
            "Content": unit.put_document(text),
        },
    )
    try:
        item = unit.add_item(item, requested(call.parameters.get("Tags")))
    except NameTaken:
        raise fault("policy exists") from None
    return {"Policy": shown(item, unit)}


def describe_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, ident = own(call, reader), call.parameters["PolicyId"]
    if ident in BY_AWS:
        type, policy = BY_AWS[ident]
        return {"Policy": {"PolicySummary": aws_summary(type, policy), "Content": policy.text}}
    return {"Policy": shown(find(reader, found, ident), reader)}


def update_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    found, ident = own(call, unit), call.parameters["PolicyId"]
    if ident in BY_AWS:
        raise fault("AWS policy")
    item = find(unit, found, ident, "no policy to change")
    name = call.parameters.get("Name") or item.name
    body = dict(item.body)
    if call.parameters.get("Description") is not None:
        body["Description"] = call.parameters["Description"]
    if call.parameters.get("Content") is not None:
        body["Content"] = unit.put_document(checked(call.parameters["Content"], TYPES[body["Type"]]))
    changed = msgspec.structs.replace(item, name=name, folded_name=name, body=body, modified=call.now)
    try:
        return {"Policy": shown(unit.change_item(changed), unit)}
    except NameTaken:
        raise fault("policy exists") from None


def delete_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    found, ident = own(call, unit), call.parameters["PolicyId"]
    if ident in BY_AWS:
        raise fault("AWS policy")
    item = find(unit, found, ident, "no policy to change")
    if unit.linked_to(attached(item.body["Type"]), ident):
        raise fault("policy in use")
    unit.remove_item(item.id)
    return {}


def list_policies(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, type = own(call, reader), call.parameters["Filter"]

    def entries() -> Iterator[tuple[str, dict[str, Any]]]:
        # AWS's own first; "0" and "1" keep a token's order across the two.
        if type in KEPT_BY_AWS:
            yield "0", aws_summary(type, KEPT_BY_AWS[type])
        for item in every(reader, msgspec.structs.replace(listing(found, "policy", type), sort="created")):
            yield f"1{item.created.timestamp():020.6f}{item.id:012d}", summary(item)

    listed, tail = page(call, entries(), lambda pair: pair[0])
    return {"Policies": [one for _, one in listed], **tail}


OPERATIONS: Final = {
    "CreatePolicy": Operation(handler=create_policy, writes=True),
    "DescribePolicy": Operation(handler=describe_policy, writes=False),
    "UpdatePolicy": Operation(handler=update_policy, writes=True),
    "DeletePolicy": Operation(handler=delete_policy, writes=True),
    "ListPolicies": Operation(handler=list_policies, writes=False),
}
