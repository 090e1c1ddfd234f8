"""Joining and leaving: how an account becomes a member of an organization, and how it ceases to be one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.authorization.caller import Caller
from rolecall.decision.request import Principal, PrincipalType
from rolecall.services import accounts
from rolecall.services.call import Call
from rolecall.services.organization import (
    ADMINISTERS,
    ALL_FEATURES,
    KEPT_BY_AWS,
    SERVICE,
    Membership,
    attached,
    member_id,
)
from rolecall.services.organizations.errors import fault
from rolecall.store.ports import Unit
from rolecall.store.records import Item
from rolecall.wire.errors import AwsError

ACTIVE: Final = "ACTIVE"
INVITED: Final = "INVITED"
CREATED: Final = "CREATED"
PRINCIPAL: Final = "organizations.amazonaws.com"
SERVICE_ROLE: Final = f"role/aws-service-role/{PRINCIPAL}/AWSServiceRoleForOrganizations"


def join(
    call: Call, unit: Unit, organization: Item, root: Item, account: str, how: str, tags: dict[str, str]
) -> Item:
    """Make an account a member, under the root, with what is attached to every new node."""
    name, email = accounts.contact(unit, account)
    member = unit.add_item(
        Item(
            account=organization.account,
            service=SERVICE,
            type="account",
            name=account,
            parent=root.unique_id,
            arn=f"arn:{call.partition}:organizations::{organization.account}:account/{organization.name}/{account}",
            unique_id=member_id(account),
            status=ACTIVE,
            created=call.now,
            modified=call.now,
            body={"Name": name, "Email": email, "JoinedMethod": how},
        ),
        tags,
    )
    attach_defaults(unit, member)
    return member


def attach_defaults(unit: Unit, node: Item) -> None:
    """AWS's own policies, which begin everywhere; they limit nothing, their type being on or not."""
    for type, policy in KEPT_BY_AWS.items():
        unit.link(node.id, attached(type), policy.id, name=policy.id)


def leave(unit: Unit, found: Membership, account: Item) -> None:
    """End a membership; its tags and attachments go with it."""
    if account.name == found.management_account:
        raise fault("manager stays")
    if account.body.get(ADMINISTERS):
        raise fault("administrator stays")
    unit.remove_item(account.id)


def bring_service_role(call: Call, unit: Unit, account: str, caller: Caller | None = None) -> None:
    """See that an account has Organizations' service-linked role.

    caller: on whose behalf, who then needs IAM's leave; the account's own root user else, as a new account has
    nobody besides.
    """
    if unit.item_by_arn(f"arn:{call.partition}:iam::{account}:{SERVICE_ROLE}") is not None:
        return
    behalf = root_of(call, account) if caller is None else caller
    try:
        call.platform.call(
            call,
            "iam",
            "CreateServiceLinkedRole",
            {"AWSServiceName": PRINCIPAL},
            unit,
            as_principal=msgspec.structs.replace(behalf, via_service=PRINCIPAL),
        )
    except AwsError as refused:
        if refused.code != "AccessDenied":
            raise
        raise fault("no leave for service role") from refused


def root_of(call: Call, account: str) -> Caller:
    """An account's root user, as whom Organizations furnishes an account that it makes."""
    arn = f"arn:{call.partition}:iam::{account}:root"
    root = Principal(arn, account, PrincipalType.ROOT, unique_id=account, user_id=account)
    return Caller(root, access_key_id="")


def has_all_features(organization: Item) -> bool:
    return bool(organization.body["FeatureSet"] == ALL_FEATURES)


def stamp(now: datetime) -> float:
    """A time as it is kept inside a body."""
    return now.timestamp()


def changed(unit: Unit, item: Item, now: datetime, **members: Any) -> Item:
    """Set members of a body; None removes one."""
    body = {name: value for name, value in {**item.body, **members}.items() if value is not None}
    return unit.change_item(msgspec.structs.replace(item, body=body, modified=now))
