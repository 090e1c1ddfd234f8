"""Roots, units and accounts of the caller's organization: finding, naming and showing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call
from rolecall.services.organization import POLICY_TYPES, SERVICE, Membership, above_node, member_id, membership
from rolecall.services.organizations.errors import fault
from rolecall.services.walking import every
from rolecall.store.ports import Reader
from rolecall.store.records import Item, Listing

# Types of items, as they stand in ARNs, and as the API names what may be a parent, child or target.
TYPES: Final[Mapping[str, str]] = {"root": "ROOT", "ou": "ORGANIZATIONAL_UNIT", "account": "ACCOUNT"}
UNIT: Final = "ou"
ACCOUNT: Final = "account"


def own(call: Call, reader: Reader) -> Membership:
    """The caller's place in its organization; AWSOrganizationsNotInUseException where it has none."""
    found = membership(reader, call.account)
    if found is None:
        raise fault("no organization")
    return found


def node(reader: Reader, found: Membership, ident: str) -> Item | None:
    """The root, unit or account of this id in the organization."""
    item = reader.item_by_unique_id(member_id(ident) if ident.isdigit() else ident)
    known = item is not None and item.service == SERVICE and item.type in TYPES
    return item if item is not None and known and item.account == found.management_account else None


def account(reader: Reader, found: Membership, ident: str) -> Item:
    item = node(reader, found, ident)
    if item is None or item.type != ACCOUNT:
        raise fault("no account")
    return item


def unit_of(reader: Reader, found: Membership, ident: str) -> Item:
    item = node(reader, found, ident)
    if item is None or item.type != UNIT:
        raise fault("no unit")
    return item


def parent(reader: Reader, found: Membership, ident: str, missing: str = "no parent") -> Item:
    """A root or unit; `missing` is what is said when there is none."""
    item = node(reader, found, ident)
    if item is None or item.type == ACCOUNT:
        raise fault(missing)
    return item


def root(reader: Reader, found: Membership, ident: str) -> Item:
    if ident != found.root.unique_id:
        raise fault("no root")
    return found.root


def id_of(item: Item) -> str:
    """The id as the API tells it."""
    return item.name if item.type == ACCOUNT else item.unique_id


def name_of(item: Item) -> str:
    """The name for people: an account's is not the one it is stored under."""
    return str(item.body["Name"]) if item.type == ACCOUNT else item.name


def arn(call: Call, found: Membership, kind: str, rest: str) -> str:
    """An ARN of the organization."""
    owner, organization = found.management_account, found.organization.name
    return f"arn:{call.partition}:organizations::{owner}:{kind}/{organization}/{rest}"


def listing(found: Membership, type: str, parent: str | None = None) -> Listing:
    return Listing(account=found.management_account, service=SERVICE, type=type, parent=parent)


def everything(reader: Reader, found: Membership) -> Iterator[Item]:
    """Every node of the organization."""
    yield found.root
    for type in (UNIT, ACCOUNT):
        yield from every(reader, listing(found, type))


def path_of(reader: Reader, found: Membership, item: Item) -> str:
    """The way to a node as access conditions spell it: o-…/r-…/ou-…/"""
    above = [each.unique_id for each in above_node(reader, item)][::-1]
    own_id = [id_of(item)]
    return "/".join((found.organization.name, *above, *own_id, ""))


def shown_root(item: Item) -> dict[str, Any]:
    types = [{"Type": each, "Status": "ENABLED"} for each in item.body[POLICY_TYPES]]
    return {"Id": item.unique_id, "Arn": item.arn, "Name": item.name, "PolicyTypes": types}


def shown_unit(item: Item, reader: Reader, found: Membership) -> dict[str, Any]:
    return {
        "Id": item.unique_id,
        "Arn": item.arn,
        "Name": item.name,
        "Path": path_of(reader, found, item),
    }


def shown_account(item: Item) -> dict[str, Any]:
    return {
        "Id": item.name,
        "Arn": item.arn,
        "Email": item.body["Email"],
        "Name": item.body["Name"],
        "Status": item.status,
        "State": item.status,
        "JoinedMethod": item.body["JoinedMethod"],
        "JoinedTimestamp": item.created,
    }
