"""Managed policies attached to users, groups and roles; and who uses a policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import boundaries
from rolecall.services.iam.entities import (
    GROUP,
    ROLE,
    SERVICE_LINKED_PATH,
    USER,
    Kind,
    find,
    is_protected,
    path_prefix,
)
from rolecall.services.iam.errors import fault
from rolecall.services.iam.lookups import checked_arn
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import ATTACHED
from rolecall.services.managed_policies import AWS_PREFIX, exists
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Link

RELATION: Final = "attached-policy"


def name_of(arn: str) -> str:
    return arn.rpartition("/")[2]


def path_of(arn: str) -> str:
    """The path of a policy, out of its ARN."""
    return arn.partition(":policy")[2].removesuffix(name_of(arn))


def attached(item: Item, reader: Reader) -> list[dict[str, str]]:
    """The attached policies of an entity, by name."""
    arns = sorted((link.target for link in reader.links(item.id, RELATION)), key=lambda arn: (name_of(arn), arn))
    return [{"PolicyName": name_of(arn), "PolicyArn": arn} for arn in arns]


def _changeable(call: Call, unit: Reader, kind: Kind) -> Item:
    item = find(call, unit, kind)
    if kind is ROLE and is_protected(item):
        raise fault("protected role", name=item.name)
    return item


def _operations(kind: Kind) -> Mapping[str, Operation]:
    def attach(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = _changeable(call, unit, kind)
        arn = checked_arn(call.parameters["PolicyArn"])
        if not exists(unit, call.account, arn):
            raise fault("policy not attachable", arn=arn)
        if path_of(arn).startswith(SERVICE_LINKED_PATH) and arn.startswith(AWS_PREFIX):
            raise fault("service role policy")
        links = unit.links(item.id, RELATION)
        if all(link.target != arn for link in links):
            quota, limit = ATTACHED[kind.type]
            if len(links) >= limit:
                raise fault("quota", quota=quota, limit=limit)
            unit.link(item.id, RELATION, arn, name=arn)
        return {}

    def detach(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = _changeable(call, unit, kind)
        arn = checked_arn(call.parameters["PolicyArn"])
        if not unit.unlink(item.id, RELATION, target=arn):
            raise fault("no policy", arn=arn)
        return {}

    def list_attached(call: Call, reader: Reader) -> Mapping[str, Any]:
        prefix = path_prefix(call)
        entries = [
            entry
            for entry in attached(find(call, reader, kind), reader)
            if path_of(entry["PolicyArn"]).startswith(prefix)
        ]
        found, tail = page(call, entries, lambda entry: f"{entry['PolicyName']}\n{entry['PolicyArn']}")
        return {"AttachedPolicies": found, **tail}

    word = kind.type.capitalize()
    return {
        f"Attach{word}Policy": Operation(handler=attach, writes=True),
        f"Detach{word}Policy": Operation(handler=detach, writes=True),
        f"ListAttached{word}Policies": Operation(handler=list_attached, writes=False),
    }


# (type in the store, list in the answer, value of EntityFilter, name member, id member), in order of the answer
USERS_OF_POLICIES: Final = (
    ("group", "PolicyGroups", "Group", "GroupName", "GroupId"),
    ("role", "PolicyRoles", "Role", "RoleName", "RoleId"),
    ("user", "PolicyUsers", "User", "UserName", "UserId"),
)


def uses(reader: Reader, account: str, relation: str, arn: str) -> Iterator[Item]:
    """The live entities of an account that a policy is attached to, or bounds."""
    links: tuple[Link, ...] = reader.linked_to(relation, arn)
    for link in links:
        item = reader.item_by_id(link.item_id)
        if item is not None and item.account == account:
            yield item


def count(reader: Reader, account: str, relation: str, arn: str) -> int:
    return sum(1 for _ in uses(reader, account, relation, arn))


def list_entities_for_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    arn = checked_arn(call.parameters["PolicyArn"])
    if not exists(reader, call.account, arn):
        raise fault("policy not attachable", arn=arn)
    kind_wanted, usage = call.parameters.get("EntityFilter"), call.parameters.get("PolicyUsageFilter")
    prefix = path_prefix(call)
    found: dict[str, Item] = {}
    if usage != "PermissionsBoundary":
        found |= {item.unique_id: item for item in uses(reader, call.account, RELATION, arn)}
    if usage != "PermissionsPolicy":
        found |= {item.unique_id: item for item in uses(reader, call.account, boundaries.RELATION, arn)}
    types = {row[0]: row for row in USERS_OF_POLICIES}
    wanted = sorted(
        (
            item
            for item in found.values()
            if item.path.startswith(prefix) and _is_wanted(types[item.type][2], kind_wanted)
        ),
        key=lambda item: (item.type, item.name),
    )
    entries, tail = page(call, wanted, lambda item: f"{item.type}\n{item.name}")
    lists: dict[str, list[dict[str, str]]] = {row[1]: [] for row in USERS_OF_POLICIES}
    for item in entries:
        _, where, _, name_member, id_member = types[item.type]
        lists[where].append({name_member: item.name, id_member: item.unique_id})
    return {**lists, **tail}


def _is_wanted(kind: str, wanted: str | None) -> bool:
    """LocalManagedPolicy and AWSManagedPolicy are values of the filter that no entity has."""
    return wanted is None or wanted == kind


OPERATIONS: Final = {
    **_operations(USER),
    **_operations(GROUP),
    **_operations(ROLE),
    "ListEntitiesForPolicy": Operation(handler=list_entities_for_policy, writes=False),
}
