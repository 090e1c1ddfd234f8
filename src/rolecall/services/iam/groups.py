"""IAM groups and who is in them. Membership is a link of the user that points at the group's unique id."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import users
from rolecall.services.iam.entities import GROUP, USER, add, find, path_prefix, rename
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page, stored
from rolecall.services.iam.quotas import GROUPS_PER_USER
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

RELATION: Final = "group"


def brief(group: Item) -> dict[str, Any]:
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.unique_id,
        "Arn": group.arn,
        "CreateDate": group.created,
    }


def groups_of(user: Item, reader: Reader) -> Iterator[Item]:
    """The groups of a user, by the time it joined them."""
    for link in sorted(reader.links(user.id, RELATION), key=lambda link: link.id):
        group = reader.item_by_unique_id(link.target)
        if group is not None:
            yield group


def members_of(group: Item, reader: Reader) -> list[Item]:
    """The users in a group, by name."""
    found = (reader.item_by_id(link.item_id) for link in reader.linked_to(RELATION, group.unique_id))
    return sorted((user for user in found if user is not None), key=lambda user: user.name)


def create_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    return {"Group": brief(add(call, unit, GROUP))}


def get_group(call: Call, reader: Reader) -> Mapping[str, Any]:
    group = find(call, reader, GROUP)
    found, tail = page(call, members_of(group, reader), lambda user: user.name)
    return {"Group": brief(group), "Users": [users.brief(user) for user in found], **tail}


def update_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    group = find(call, unit, GROUP)
    rename(call, unit, GROUP, group, call.parameters.get("NewGroupName"), call.parameters.get("NewPath"))
    return {}


def delete_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    group = find(call, unit, GROUP)
    if unit.linked_to(RELATION, group.unique_id):
        raise fault("in groups")
    relations = {link.relation for link in unit.links(group.id)}
    if "attached-policy" in relations:
        raise fault("has attached policies")
    if "inline-policy" in relations:
        raise fault("has inline policies")
    unit.remove_item(group.id)
    return {}


def list_groups(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, tail = stored(
        call,
        reader,
        Listing(account=call.account, service="iam", type="group", path_prefix=path_prefix(call)),
    )
    return {"Groups": [brief(group) for group in found], **tail}


def list_groups_for_user(call: Call, reader: Reader) -> Mapping[str, Any]:
    theirs = sorted(groups_of(find(call, reader, USER), reader), key=lambda group: group.name)
    found, tail = page(call, theirs, lambda group: group.name)
    return {"Groups": [brief(group) for group in found], **tail}


def add_user_to_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    user, group = find(call, unit, USER), find(call, unit, GROUP)
    joined = {link.target for link in unit.links(user.id, RELATION)}
    if group.unique_id not in joined:
        if len(joined) >= GROUPS_PER_USER:
            raise fault("quota", quota="GroupsPerUser", limit=GROUPS_PER_USER)
        unit.link(user.id, RELATION, group.unique_id, name=group.unique_id)
    return {}


def remove_user_from_group(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Taking out whoever is not in the group is no error."""
    user, group = find(call, unit, USER), find(call, unit, GROUP)
    unit.unlink(user.id, RELATION, target=group.unique_id)
    return {}


OPERATIONS: Final = {
    "CreateGroup": Operation(handler=create_group, writes=True),
    "GetGroup": Operation(handler=get_group, writes=False),
    "UpdateGroup": Operation(handler=update_group, writes=True),
    "DeleteGroup": Operation(handler=delete_group, writes=True),
    "ListGroups": Operation(handler=list_groups, writes=False),
    "ListGroupsForUser": Operation(handler=list_groups_for_user, writes=False),
    "AddUserToGroup": Operation(handler=add_user_to_group, writes=True),
    "RemoveUserFromGroup": Operation(handler=remove_user_from_group, writes=True),
}
