"""Handshakes: one account asks another to join, or an organization asks its members to enable all features.

A handshake belongs to the organization that asks; a link leads to the account that is asked. One that is still
open when its time is over has expired, whoever looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from rolecall.services import accounts
from rolecall.services.call import Call, Operation
from rolecall.services.organization import (
    ALL_FEATURES,
    PARTY,
    SERVICE,
    Membership,
    concerns,
    membership,
)
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.ids import fresh
from rolecall.services.organizations.members import (
    INVITED,
    bring_service_role,
    changed,
    has_all_features,
    join,
    leave,
    stamp,
)
from rolecall.services.organizations.nodes import arn, listing, own
from rolecall.services.organizations.paging import page
from rolecall.services.organizations.tags import requested
from rolecall.services.walking import every
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

INVITE: Final = "INVITE"
ENABLE: Final = "ENABLE_ALL_FEATURES"  # the management account's own, which it accepts when everybody approved
APPROVE: Final = "APPROVE_ALL_FEATURES"  # the members'
LASTING: Final = {INVITE: timedelta(days=15), ENABLE: timedelta(days=90), APPROVE: timedelta(days=90)}
OPEN: Final = "OPEN"
REQUESTED: Final = "REQUESTED"
ACCEPTED: Final = "ACCEPTED"
DECLINED: Final = "DECLINED"
CANCELED: Final = "CANCELED"
EXPIRED: Final = "EXPIRED"
WAITING: Final = (OPEN, REQUESTED)


def state_of(item: Item, now: datetime) -> str:
    over = now.timestamp() >= item.body["ExpirationTimestamp"]
    return EXPIRED if item.status in WAITING and over else item.status


def shown(item: Item, now: datetime) -> dict[str, Any]:
    return {
        "Id": item.name,
        "Arn": item.arn,
        "Parties": item.body["Parties"],
        "State": state_of(item, now),
        "RequestedTimestamp": item.created,
        "ExpirationTimestamp": datetime.fromtimestamp(item.body["ExpirationTimestamp"], UTC),
        "Action": item.body["Action"],
        "Resources": item.body["Resources"],
    }


def _add(
    call: Call,
    unit: Unit,
    found: Membership,
    action: str,
    parties: list[dict[str, str]],
    resources: list[dict[str, Any]],
    *,
    state: str = OPEN,
    asked: str | None = None,
    parent: str = "",
    tags: Mapping[str, str] | None = None,
) -> Item:
    ident = fresh(call, unit, "h-", 32)
    item = unit.add_item(
        Item(
            account=found.management_account,
            service=SERVICE,
            type="handshake",
            name=ident,
            parent=parent,
            arn=arn(call, found, "handshake", f"{action.lower()}/{ident}"),
            unique_id=ident,
            status=state,
            created=call.now,
            modified=call.now,
            body={
                "Action": action,
                "Parties": parties,
                "Resources": resources,
                "ExpirationTimestamp": stamp(call.now + LASTING[action]),
                **({"Tags": dict(tags)} if tags else {}),
            },
        )
    )
    if asked is not None:
        unit.link(item.id, PARTY, asked)
    return item


def _organization_party(found: Membership) -> dict[str, str]:
    return {"Id": found.organization.name, "Type": "ORGANIZATION"}


def invite(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    target = call.parameters["Target"]
    kind, ident = target["Type"], target["Id"]
    if kind not in ("ACCOUNT", "EMAIL"):
        raise fault("bad party")
    if kind == "EMAIL" and "@" not in ident:
        raise fault("bad email")
    if kind == "ACCOUNT" and not (len(ident) == 12 and ident.isascii() and ident.isdigit()):
        raise fault("bad party")
    tags = requested(call.parameters.get("Tags"))
    if _pending(call, unit, found, ENABLE):
        raise fault("no invitations now")
    asked = ident if kind == "ACCOUNT" else accounts.account_of_email(unit, ident)
    place = None if asked is None else membership(unit, asked)
    if place is not None and (place.organization.id == found.organization.id or place.manages):
        raise fault("asked to join already")
    party = {"Id": ident, "Type": kind}
    if any(party in each.body["Parties"] for each in _pending(call, unit, found, INVITE)):
        raise fault("handshake exists")
    name, email = accounts.contact(unit, found.management_account)
    about = [
        {"Type": "MASTER_EMAIL", "Value": email},
        {"Type": "MASTER_NAME", "Value": name},
        {"Type": "ORGANIZATION_FEATURE_SET", "Value": found.organization.body["FeatureSet"]},
    ]
    resources: list[dict[str, Any]] = [
        {"Type": "ORGANIZATION", "Value": found.organization.name, "Resources": about},
        {"Type": kind, "Value": ident},
    ]
    if call.parameters.get("Notes"):
        resources.append({"Type": "NOTES", "Value": call.parameters["Notes"]})
    parties = [_organization_party(found), party]
    item = _add(call, unit, found, INVITE, parties, resources, asked=asked, tags=tags)
    return {"Handshake": shown(item, call.now)}


def _pending(call: Call, reader: Reader, found: Membership, action: str) -> list[Item]:
    return [
        item
        for item in every(reader, listing(found, "handshake"))
        if item.body["Action"] == action and state_of(item, call.now) in WAITING
    ]


def enable_all_features(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    if has_all_features(found.organization):
        raise fault("has all features")
    if _pending(call, unit, found, ENABLE):
        raise fault("all features pending")
    # Accounts that were made in the organization have nothing to approve.
    invited = [
        item.name
        for item in every(unit, listing(found, "account"))
        if item.body["JoinedMethod"] == INVITED and item.name != found.management_account
    ]
    ours = [{"Type": "ORGANIZATION", "Value": found.organization.name}]
    organization = _organization_party(found)
    parent = _add(call, unit, found, ENABLE, [organization], ours, state=REQUESTED if invited else OPEN)
    for account in invited:
        parties = [organization, {"Id": account, "Type": "ACCOUNT"}]
        resources = [*ours, {"Type": "PARENT_HANDSHAKE", "Value": parent.name}]
        _add(call, unit, found, APPROVE, parties, resources, asked=account, parent=parent.name)
    return {"Handshake": shown(parent, call.now)}


def find(call: Call, reader: Reader) -> Item:
    """The handshake that the request names, if it concerns the caller."""
    item = reader.item_by_unique_id(call.parameters["HandshakeId"])
    if item is None or (item.service, item.type) != (SERVICE, "handshake"):
        raise fault("no handshake")
    if not concerns(reader, item, call.account, membership(reader, call.account)):
        raise fault("no handshake")
    return item


def describe(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Handshake": shown(find(call, reader), call.now)}


def _settle(call: Call, unit: Unit, item: Item, state: str) -> Item:
    """Bring a waiting handshake into its final state."""
    now = state_of(item, call.now)
    if now == state:
        raise fault("handshake in state")
    if now not in WAITING:
        raise fault("handshake over")
    return unit.change_item(msgspec.structs.replace(item, status=state, modified=call.now))


def _asked(call: Call, reader: Reader, item: Item) -> None:
    """Whether the caller is who has to answer; the asking account has not."""
    if all(link.target != call.account for link in reader.links(item.id, PARTY)):
        raise fault("not allowed")


def accept(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    if item.body["Action"] == ENABLE:
        return {"Handshake": shown(_finish(call, unit, item), call.now)}
    _asked(call, unit, item)
    item = _settle(call, unit, item, ACCEPTED)
    if item.body["Action"] == INVITE:
        _join(call, unit, item)
    else:
        _approved(call, unit, item)
    return {"Handshake": shown(item, call.now)}


def _join(call: Call, unit: Unit, item: Item) -> None:
    """From one organization into the other at once, if the account was in one."""
    old = membership(unit, call.account)
    manager = membership(unit, item.account)
    if manager is None:
        raise fault("handshake over")
    if old is not None:
        if old.organization.id == manager.organization.id:
            raise fault("asked to join already")
        leave(unit, old, old.account)
    if has_all_features(manager.organization):
        bring_service_role(call, unit, call.account, call.caller)
    accounts.open_account(unit, call.account, call.now, call.partition)
    tags = dict(item.body.get("Tags", {}))
    join(call, unit, manager.organization, manager.root, call.account, INVITED, tags)


def _approved(call: Call, unit: Unit, item: Item) -> None:
    """The last member that approves opens the parent for the management account."""
    family = Listing(account=item.account, service=SERVICE, type="handshake", parent=item.parent)
    children = every(unit, family)
    if all(child.status == ACCEPTED for child in children):
        parent = unit.item_by_unique_id(item.parent)
        assert parent is not None, "approvals belong to a handshake of the organization"
        unit.change_item(msgspec.structs.replace(parent, status=OPEN, modified=call.now))


def _finish(call: Call, unit: Unit, item: Item) -> Item:
    found = own(call, unit)
    if not found.manages:
        raise fault("not allowed")
    if state_of(item, call.now) == REQUESTED:
        raise fault("handshake over")
    item = _settle(call, unit, item, ACCEPTED)
    changed(unit, found.organization, call.now, FeatureSet=ALL_FEATURES)
    return item


def decline(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    _asked(call, unit, item)
    item = _settle(call, unit, item, DECLINED)
    if item.body["Action"] == APPROVE:
        parent = unit.item_by_unique_id(item.parent)
        if parent is not None and parent.status in WAITING:
            unit.change_item(msgspec.structs.replace(parent, status=DECLINED, modified=call.now))
    return {"Handshake": shown(item, call.now)}


def cancel(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    found = membership(unit, call.account)
    if found is None or item.account != found.management_account:
        raise fault("not allowed")
    return {"Handshake": shown(_settle(call, unit, item, CANCELED), call.now)}


def _wanted(call: Call, items: Iterable[Item]) -> Mapping[str, Any]:
    filters = call.parameters.get("Filter") or {}
    action, parent = filters.get("ActionType"), filters.get("ParentHandshakeId")
    if action is not None and parent is not None:
        raise fault("too many filters")
    kept = (
        item
        for item in sorted(items, key=lambda item: item.name)
        if action in (None, item.body["Action"]) and parent in (None, item.parent)
    )
    listed, tail = page(call, kept, lambda item: item.name)
    return {"Handshakes": [shown(item, call.now) for item in listed], **tail}


def list_for_account(call: Call, reader: Reader) -> Mapping[str, Any]:
    links = reader.linked_to(PARTY, call.account)
    items = (reader.item_by_id(link.item_id) for link in links)
    return _wanted(call, (item for item in items if item is not None))


def list_for_organization(call: Call, reader: Reader) -> Mapping[str, Any]:
    return _wanted(call, every(reader, listing(own(call, reader), "handshake")))


OPERATIONS: Final = {
    "InviteAccountToOrganization": Operation(handler=invite, writes=True),
    "EnableAllFeatures": Operation(handler=enable_all_features, writes=True),
    "DescribeHandshake": Operation(handler=describe, writes=False),
    "AcceptHandshake": Operation(handler=accept, writes=True),
    "DeclineHandshake": Operation(handler=decline, writes=True),
    "CancelHandshake": Operation(handler=cancel, writes=True),
    "ListHandshakesForAccount": Operation(handler=list_for_account, writes=False),
    "ListHandshakesForOrganization": Operation(handler=list_for_organization, writes=False),
}
