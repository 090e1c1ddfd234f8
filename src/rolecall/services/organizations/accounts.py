"""Accounts of an organization: create, show, move, close, remove, leave.

CreateAccount and CloseAccount are done when they are answered; the status that clients poll says so at once. A new
account has no root key and one role, which trusts the management account. AWS's business checks (payment, four
days of waiting before a new account leaves) have nothing to check here.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from rolecall.services import accounts as iam_accounts
from rolecall.services.call import Call, Operation
from rolecall.services.organization import SERVICE, SUSPENDED, Membership
from rolecall.services.organizations.errors import fault
from rolecall.services.organizations.ids import DIGITS, fresh
from rolecall.services.organizations.members import (
    CREATED,
    bring_service_role,
    has_all_features,
    join,
    leave,
    root_of,
    stamp,
)
from rolecall.services.organizations.nodes import account, listing, own, parent, shown_account
from rolecall.services.organizations.paging import stored
from rolecall.services.organizations.tags import requested
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

DEFAULT_ROLE: Final = "OrganizationAccountAccessRole"
ADMINISTRATOR: Final = "arn:{partition}:iam::aws:policy/AdministratorAccess"
RESERVED_ROLES: Final = "AWSServiceRoleFor"
# AWS begins with 10 and raises it on request, as far as this.
MOST_ACCOUNTS: Final = 10_000
SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"
TIMES: Final = ("RequestedTimestamp", "CompletedTimestamp")


def create_account(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    name, email = call.parameters["AccountName"], call.parameters["Email"]
    role = call.parameters.get("RoleName") or DEFAULT_ROLE
    if role.startswith(RESERVED_ROLES):
        raise fault("bad role name")
    tags = requested(call.parameters.get("Tags"))
    if unit.count(found.management_account, SERVICE, "account", parent=None) >= MOST_ACCOUNTS:
        return {"CreateAccountStatus": _note(call, unit, found, name, FailureReason="ACCOUNT_LIMIT_EXCEEDED")}
    if iam_accounts.account_of_email(unit, email) is not None:
        return {"CreateAccountStatus": _note(call, unit, found, name, FailureReason="EMAIL_ALREADY_EXISTS")}
    ident = _fresh_account(call, unit)
    item = iam_accounts.open_account(unit, ident, call.now, call.partition)
    iam_accounts.set_contact(unit, item, name, email)
    # Before it is a member: what the organization forbids its members does not keep AWS from furnishing them.
    _furnish(call, unit, ident, role, found)
    join(call, unit, found.organization, found.root, ident, CREATED, tags)
    return {"CreateAccountStatus": _note(call, unit, found, name, AccountId=ident)}


def _fresh_account(call: Call, reader: Reader) -> str:
    while True:
        made = fresh(call, reader, "", 12, DIGITS)
        if made[0] != "0":
            return made


def _furnish(call: Call, unit: Unit, ident: str, role: str, found: Membership) -> None:
    """The role by which the management account administers the new one."""
    trusted = f"arn:{call.partition}:iam::{found.management_account}:root"
    statement = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    trust = msgspec.json.encode({"Version": "2012-10-17", "Statement": [statement]}).decode()
    administrator = ADMINISTRATOR.format(partition=call.partition)
    for operation, parameters in (
        ("CreateRole", {"RoleName": role, "AssumeRolePolicyDocument": trust}),
        ("AttachRolePolicy", {"RoleName": role, "PolicyArn": administrator}),
    ):
        call.platform.call(call, "iam", operation, parameters, unit, as_principal=root_of(call, ident))
    if has_all_features(found.organization):
        bring_service_role(call, unit, ident)


def _note(call: Call, unit: Unit, found: Membership, name: str, **outcome: str) -> dict[str, Any]:
    """Remember how a request to make an account ended."""
    ident = fresh(call, unit, "car-", 32)
    item = unit.add_item(
        Item(
            account=found.management_account,
            service=SERVICE,
            type="create-account",
            name=ident,
            arn=f"{found.organization.arn}/{ident}",
            unique_id=ident,
            status=FAILED if "FailureReason" in outcome else SUCCEEDED,
            created=call.now,
            modified=call.now,
            body={"AccountName": name, **dict.fromkeys(TIMES, stamp(call.now)), **outcome},
        )
    )
    return _shown_status(item)


def _shown_status(item: Item) -> dict[str, Any]:
    times = {name: datetime.fromtimestamp(item.body[name], UTC) for name in TIMES}
    return {"Id": item.name, "State": item.status, **item.body, **times}


def create_gov_cloud_account(call: Call, unit: Unit) -> Mapping[str, Any]:
    own(call, unit)
    raise fault("no GovCloud")


def describe_create_account_status(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    ident = call.parameters["CreateAccountRequestId"]
    item = reader.item(found.management_account, SERVICE, "create-account", ident)
    if item is None:
        raise fault("no create status")
    return {"CreateAccountStatus": _shown_status(item)}


def list_create_account_status(call: Call, reader: Reader) -> Mapping[str, Any]:
    wanted = list(dict.fromkeys(call.parameters.get("States") or ()))
    whole = listing(own(call, reader), "create-account")
    # Nothing is ever in progress: of several states at most the two final ones can be asked for.
    ends = [state for state in wanted if state in (SUCCEEDED, FAILED)]
    if wanted and not ends:
        return {"CreateAccountStatuses": []}
    if len(ends) == 1:
        whole = msgspec.structs.replace(whole, status=ends[0])
    items, tail = stored(call, reader, whole)
    return {"CreateAccountStatuses": [_shown_status(item) for item in items], **tail}


def describe_account(call: Call, reader: Reader) -> Mapping[str, Any]:
    return {"Account": shown_account(account(reader, own(call, reader), call.parameters["AccountId"]))}


def list_accounts(call: Call, reader: Reader) -> Mapping[str, Any]:
    items, tail = stored(
        call, reader, msgspec.structs.replace(listing(own(call, reader), "account"), sort="created")
    )
    return {"Accounts": [shown_account(item) for item in items], **tail}


def list_accounts_for_parent(call: Call, reader: Reader) -> Mapping[str, Any]:
    found = own(call, reader)
    above = parent(reader, found, call.parameters["ParentId"])
    within = listing(found, "account", above.unique_id)
    items, tail = stored(call, reader, msgspec.structs.replace(within, sort="created"))
    return {"Accounts": [shown_account(item) for item in items], **tail}


def move_account(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    item = account(unit, found, call.parameters["AccountId"])
    source = parent(unit, found, call.parameters["SourceParentId"], "no source parent")
    destination = parent(unit, found, call.parameters["DestinationParentId"], "no destination parent")
    if item.parent != source.unique_id:
        raise fault("no source parent")
    if item.parent == destination.unique_id:
        raise fault("account there already")
    unit.change_item(msgspec.structs.replace(item, parent=destination.unique_id, modified=call.now))
    return {}


def close_account(call: Call, unit: Unit) -> Mapping[str, Any]:
    """From now on nobody acts in the account; it stays in the organization."""
    found = own(call, unit)
    item = account(unit, found, call.parameters["AccountId"])
    if item.name == found.management_account:
        raise fault("close manager")
    if not has_all_features(found.organization):
        raise fault("no all features")
    if item.status == SUSPENDED:
        raise fault("closed already")
    unit.change_item(msgspec.structs.replace(item, status=SUSPENDED, modified=call.now))
    iam_accounts.close(unit, item.name)
    return {}


def remove_account(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    leave(unit, found, account(unit, found, call.parameters["AccountId"]))
    return {}


def leave_organization(call: Call, unit: Unit) -> Mapping[str, Any]:
    found = own(call, unit)
    leave(unit, found, found.account)
    return {}


OPERATIONS: Final = {
    "CreateAccount": Operation(handler=create_account, writes=True),
    "CreateGovCloudAccount": Operation(handler=create_gov_cloud_account, writes=True),
    "DescribeCreateAccountStatus": Operation(handler=describe_create_account_status, writes=False),
    "ListCreateAccountStatus": Operation(handler=list_create_account_status, writes=False),
    "DescribeAccount": Operation(handler=describe_account, writes=False),
    "ListAccounts": Operation(handler=list_accounts, writes=False),
    "ListAccountsForParent": Operation(handler=list_accounts_for_parent, writes=False),
    "MoveAccount": Operation(handler=move_account, writes=True),
    "CloseAccount": Operation(handler=close_account, writes=True),
    "RemoveAccountFromOrganization": Operation(handler=remove_account, writes=True),
    "LeaveOrganization": Operation(handler=leave_organization, writes=True),
}
