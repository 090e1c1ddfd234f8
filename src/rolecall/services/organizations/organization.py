"""The organization itself: made by the account that will manage it, shown to every member, deleted when empty.

Policy types are off in the root of a new organization, as AWS's API answers and its clients rely on (the text of
CreateOrganization says otherwise of service control policies); EnablePolicyType turns them on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services import accounts
from rolecall.services.call import Call, Operation
from rolecall.services.organization import (
    ALL_FEATURES,
    KEPT_BY_AWS,
    POLICY_TYPES,
    SCP,
    SERVICE,
    Membership,
    attached,
    membership,
    resource_policy,
)
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.ids import fresh
from rolecall.services.organizations.members import (
    INVITED,
    attach_defaults,
    bring_service_role,
    changed,
    has_all_features,
    join,
)
from rolecall.services.organizations.nodes import everything, listing, own, root, shown_root
from rolecall.services.organizations.policy_types import TYPES
from rolecall.services.walking import every
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

# How the management account is called where nobody said.
MANAGER: Final = ("master", "master@example.com")


def shown(found: Membership, reader: Reader) -> dict[str, Any]:
    organization = found.organization
    manager = organization.account
    _, email = _contact(reader, manager)
    types = [{"Type": SCP, "Status": "ENABLED"}] if has_all_features(organization) else []
    return {
        "Id": organization.name,
        "Arn": organization.arn,
        "FeatureSet": organization.body["FeatureSet"],
        "MasterAccountArn": organization.arn.replace(":organization/", ":account/") + f"/{manager}",
        "MasterAccountId": manager,
        "MasterAccountEmail": email,
        "AvailablePolicyTypes": types,
    }


def _contact(reader: Reader, account: str) -> tuple[str, str]:
    item = accounts.find(reader, account)
    return accounts.contact(reader, account) if item is not None and accounts.EMAIL in item.body else MANAGER


def create_organization(call: Call, unit: Unit) -> Mapping[str, Any]:
    if membership(unit, call.account) is not None:
        raise fault("in organization")
    features = call.parameters.get("FeatureSet") or ALL_FEATURES
    if features == ALL_FEATURES:
        bring_service_role(call, unit, call.account, call.caller)
    ident, root_id = fresh(call, unit, "o-", 10), fresh(call, unit, "r-", 4)
    prefix = f"arn:{call.partition}:organizations::{call.account}"
    organization = _item(call, "organization", ident, ident, f"{prefix}:organization/{ident}", FeatureSet=features)
    organization = unit.add_item(organization)
    top = _item(call, "root", "Root", root_id, f"{prefix}:root/{ident}/{root_id}", ident, **{POLICY_TYPES: []})
    top = unit.add_item(top)
    attach_defaults(unit, top)
    item = accounts.open_account(unit, call.account, call.now, call.partition)
    if accounts.EMAIL not in item.body:
        accounts.set_contact(unit, item, *MANAGER)
    join(call, unit, organization, top, call.account, INVITED, {})
    return {"Organization": shown(own(call, unit), unit)}


def _item(call: Call, type: str, name: str, ident: str, arn: str, parent: str = "", **body: Any) -> Item:
    return Item(
        account=call.account,
        service=SERVICE,
        type=type,
        name=name,
        parent=parent,
        arn=arn,
        unique_id=ident,
        created=call.now,
        modified=call.now,
        body=body,
    )


def describe_organization(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Organization": shown(own(call, reader), reader)}


def delete_organization(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    if not found.manages:
        raise fault("not allowed")
    nodes = list(everything(unit, found))
    if len(nodes) > 2 or next(every(unit, listing(found, "policy")), None) is not None:
        raise fault("organization not empty")
    for type in ("handshake", "create-account"):
        for item in every(unit, listing(found, type)):
            unit.remove_item(item.id)
    policy = resource_policy(unit, found.organization)
    for item in (*nodes, *(() if policy is None else (policy,)), found.organization):
        unit.remove_item(item.id)
    return {}


def list_roots(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Roots": [shown_root(own(call, reader).root)]}


def enable_policy_type(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    top, type = root(unit, found, call.parameters["RootId"]), call.parameters["PolicyType"]
    if not has_all_features(found.organization):
        raise fault("type not available")
    if type in top.body[POLICY_TYPES]:
        raise fault("type enabled already")
    enabled = [each for each in TYPES if each == type or each in top.body[POLICY_TYPES]]
    top = changed(unit, top, call.now, **{POLICY_TYPES: enabled})
    return {"Root": shown_root(top)}


def disable_policy_type(call: Call, unit: Unit) -> Mapping[str, Any]:
    """The customer's policies of the type are detached from everything; they stay in the organization."""
    found = own(call, unit)
    top, type = root(unit, found, call.parameters["RootId"]), call.parameters["PolicyType"]
    if type not in top.body[POLICY_TYPES]:
        raise fault("type not enabled")
    for node in everything(unit, found):
        unit.unlink(node.id, attached(type))
        kept = KEPT_BY_AWS.get(type)
        if kept is not None:
            unit.link(node.id, attached(type), kept.id, name=kept.id)
    enabled = [each for each in top.body[POLICY_TYPES] if each != type]
    return {"Root": shown_root(changed(unit, top, call.now, **{POLICY_TYPES: enabled}))}


OPERATIONS: Final = {
    "CreateOrganization": Operation(handler=create_organization, writes=True),
    "DescribeOrganization": Operation(handler=describe_organization, writes=False),
    "DeleteOrganization": Operation(handler=delete_organization, writes=True),
    "ListRoots": Operation(handler=list_roots, writes=False),
    "EnablePolicyType": Operation(handler=enable_policy_type, writes=True),
    "DisablePolicyType": Operation(handler=disable_policy_type, writes=True),
}
