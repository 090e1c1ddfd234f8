"""IAM users: create, show, rename, delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.decision.request import PrincipalType
from rolecall.services.call import Call, Operation
from rolecall.services.iam import boundaries, tags
from rolecall.services.iam.entities import USER, add, find, path_prefix, rename, root_arn
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import stored
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing


def brief(user: Item) -> dict[str, Any]:
    """A user as lists show it."""
    view: dict[str, Any] = {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.created,
    }
    if "PasswordLastUsed" in user.body:
        view["PasswordLastUsed"] = datetime.fromisoformat(user.body["PasswordLastUsed"])
    return view


def full(user: Item, reader: Reader) -> dict[str, Any]:
    return tags.with_tags(boundaries.with_boundary(brief(user), user, reader), reader.tags(user.id))


def calling_user(call: Call, reader: Reader) -> Item | None:
    """The user whose credentials signed the call; None for root.

    Everybody else must name the user that is meant.
    """
    principal = call.caller.principal
    if principal.type is PrincipalType.ROOT:
        return None
    user = reader.item_by_arn(principal.arn) if principal.type is PrincipalType.USER else None
    if user is None:
        raise fault("user name needed")
    return user


def named_or_calling(call: Call, reader: Reader) -> Item | None:
    """The user that the request names, else the caller; None for root."""
    if call.parameters.get("UserName"):
        return find(call, reader, USER)
    return calling_user(call, reader)


def named_or_calling_user(call: Call, reader: Reader) -> Item:
    """Like `named_or_calling` where root has no such thing as is asked for."""
    user = named_or_calling(call, reader)
    if user is None:
        raise fault("user name needed")
    return user


def named_or_calling_owner(call: Call, reader: Reader) -> Item:
    """Whoever the request names, else the caller: the user, or the account itself for its root."""
    user = named_or_calling(call, reader)
    owner = reader.item_by_arn(root_arn(call)) if user is None else user
    if owner is None:
        raise fault("user name needed")
    return owner


def create_user(call: Call, unit: Unit) -> Mapping[str, Any]:
    boundary = boundaries.requested(call, unit)
    user = add(call, unit, USER, tags=tags.requested(call, str.lower))
    boundaries.put(unit, user, boundary)
    return {"User": full(user, unit)}


def get_user(call: Call, reader: Reader) -> Mapping[str, Any]:
    user = named_or_calling(call, reader)
    if user is not None:
        return {"User": full(user, reader)}
    root = reader.item_by_arn(root_arn(call))
    created = {} if root is None else {"CreateDate": root.created}
    return {"User": {"UserId": call.account, "Arn": root_arn(call), **created}}


def update_user(call: Call, unit: Unit) -> Mapping[str, Any]:
    user = find(call, unit, USER)
    rename(call, unit, USER, user, call.parameters.get("NewUserName"), call.parameters.get("NewPath"))
    return {}


def list_users(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, tail = stored(
        call,
        reader,
        Listing(account=call.account, service="iam", type="user", path_prefix=path_prefix(call)),
    )
    return {"Users": [brief(user) for user in found], **tail}


# What must be gone before a user can be deleted, in the order in which it is asked for.
IN_THE_WAY: Final = (
    ("group", "in groups"),
    ("attached-policy", "has attached policies"),
    ("inline-policy", "has inline policies"),
    ("mfa-device", "has MFA devices"),
)

# Kinds of credentials of which AWS only says that something refers to the user.
OTHER_CREDENTIALS: Final = ("ssh-public-key", "signing-certificate", "service-credential")


def delete_user(call: Call, unit: Unit) -> Mapping[str, Any]:
    user = find(call, unit, USER)
    if unit.access_keys(user.account, user.id):
        raise fault("has access keys")
    if unit.item(user.account, "iam", "login-profile", user.unique_id) is not None:
        raise fault("has login profile")
    relations = {link.relation for link in unit.links(user.id)}
    for relation, what in IN_THE_WAY:
        if relation in relations:
            raise fault(what)
    if any(unit.count(user.account, "iam", type, parent=user.unique_id) for type in OTHER_CREDENTIALS):
        raise fault("has other credentials")
    unit.remove_item(user.id)
    return {}


OPERATIONS: Final = {
    "CreateUser": Operation(handler=create_user, writes=True),
    "GetUser": Operation(handler=get_user, writes=False),
    "UpdateUser": Operation(handler=update_user, writes=True),
    "DeleteUser": Operation(handler=delete_user, writes=True),
    "ListUsers": Operation(handler=list_users, writes=False),
}
