"""Instance profiles: a holder of one role, for virtual machines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import roles, tags
from rolecall.services.iam.entities import INSTANCE_PROFILE, ROLE, add, find, is_protected, path_prefix
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page, stored
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

RELATION: Final = "instance-profile-role"


def brief(profile: Item, reader: Reader) -> dict[str, Any]:
    held = (reader.item_by_unique_id(link.target) for link in reader.links(profile.id, RELATION))
    return {
        "Path": profile.path,
        "InstanceProfileName": profile.name,
        "InstanceProfileId": profile.unique_id,
        "Arn": profile.arn,
        "CreateDate": profile.created,
        "Roles": [roles.created(role, reader) for role in held if role is not None],
    }


def full(profile: Item, reader: Reader) -> dict[str, Any]:
    return tags.with_tags(brief(profile, reader), reader.tags(profile.id))


def holding(role: Item, reader: Reader) -> Iterable[Item]:
    """The instance profiles that hold a role, by name."""
    found = (reader.item_by_id(link.item_id) for link in reader.linked_to(RELATION, role.unique_id))
    return sorted((profile for profile in found if profile is not None), key=lambda profile: profile.name)


def create_instance_profile(call: Call, unit: Unit) -> Mapping[str, Any]:
    return {"InstanceProfile": full(add(call, unit, INSTANCE_PROFILE, tags=tags.requested(call)), unit)}


def get_instance_profile(call: Call, reader: Reader) -> Mapping[str, Any]:
    profile = find(call, reader, INSTANCE_PROFILE)
    return {"InstanceProfile": {**brief(profile, reader), "Tags": tags.shown(reader.tags(profile.id))}}


def delete_instance_profile(call: Call, unit: Unit) -> Mapping[str, Any]:
    profile = find(call, unit, INSTANCE_PROFILE)
    if unit.links(profile.id, RELATION):
        raise fault("in instance profile")
    unit.remove_item(profile.id)
    return {}


def list_instance_profiles(call: Call, reader: Reader) -> Mapping[str, Any]:
    listing = Listing(account=call.account, service="iam", type="instance-profile", path_prefix=path_prefix(call))
    found, tail = stored(call, reader, listing)
    return {"InstanceProfiles": [brief(profile, reader) for profile in found], **tail}


def list_instance_profiles_for_role(call: Call, reader: Reader) -> Mapping[str, Any]:
    found, tail = page(call, holding(find(call, reader, ROLE), reader), lambda profile: profile.name)
    return {"InstanceProfiles": [brief(profile, reader) for profile in found], **tail}


def add_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    profile, role = find(call, unit, INSTANCE_PROFILE), find(call, unit, ROLE)
    if is_protected(role):
        raise fault("protected role", name=role.name)
    if unit.links(profile.id, RELATION):
        raise fault("quota", quota="InstanceSessionsPerInstanceProfile", limit=1)
    unit.link(profile.id, RELATION, role.unique_id)
    return {}


def remove_role(call: Call, unit: Unit) -> Mapping[str, Any]:
    profile, role = find(call, unit, INSTANCE_PROFILE), find(call, unit, ROLE)
    if not unit.unlink(profile.id, RELATION, target=role.unique_id):
        raise fault("not in instance profile", name=role.name, profile=profile.name)
    return {}


OPERATIONS: Final = {
    "CreateInstanceProfile": Operation(handler=create_instance_profile, writes=True),
    "GetInstanceProfile": Operation(handler=get_instance_profile, writes=False),
    "DeleteInstanceProfile": Operation(handler=delete_instance_profile, writes=True),
    "ListInstanceProfiles": Operation(handler=list_instance_profiles, writes=False),
    "ListInstanceProfilesForRole": Operation(handler=list_instance_profiles_for_role, writes=False),
    "AddRoleToInstanceProfile": Operation(handler=add_role, writes=True),
    "RemoveRoleFromInstanceProfile": Operation(handler=remove_role, writes=True),
}
