"""Who asks in a simulation, and with which context? Caller, resources, and the keys that follow from them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rolecall import catalog
from rolecall.authorization.paths import instant
from rolecall.decision.derived_keys import derived_keys, organization_keys
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource
from rolecall.decision.world import World
from rolecall.services.call import Call
from rolecall.services.iam.entities import is_service_linked
from rolecall.services.iam.errors import fault
from rolecall.store.ports import Reader
from rolecall.store.records import Item

ACTION: Final = re.compile(r"[A-Za-z0-9-]+:[A-Za-z0-9]+")
# Somebody without a name, where only policies are given: keys that tell a name are left out.
NOBODY: Final = "simulated"
NAMING_KEYS: Final = ("aws:username", "aws:userid", "aws:PrincipalArn")


def action_names(call: Call) -> tuple[str, ...]:
    names: list[str] = call.parameters["ActionNames"]
    for name in names:
        if not ACTION.fullmatch(name):
            raise fault("bad simulated action", name=name)
    return tuple(names)


def caller_of(call: Call, entity: Item | None, reader: Reader) -> Principal:
    """CallerArn if it is given, else the user or role whose policies are simulated, else a user without a name."""
    arn = call.parameters.get("CallerArn")
    if arn is not None:
        return _named_caller(arn, reader)
    if entity is None or entity.type == "group":
        if call.parameters.get("ResourcePolicy") is not None:
            raise fault("no simulated caller")
        arn = f"arn:{call.partition}:iam::{call.account}:user/{NOBODY}"
        return Principal(arn, call.account, PrincipalType.USER)
    tags = reader.tags(entity.id)
    if entity.type == "user":
        return Principal(
            entity.arn,
            entity.account,
            PrincipalType.USER,
            unique_id=entity.unique_id,
            user_id=entity.unique_id,
            tags=tags,
        )
    kind = PrincipalType.SERVICE_LINKED_ROLE if is_service_linked(entity) else PrincipalType.ROLE_SESSION
    return Principal(
        f"arn:{call.partition}:sts::{entity.account}:assumed-role/{entity.name}/{NOBODY}",
        entity.account,
        kind,
        role_arn=entity.arn,
        unique_id=entity.unique_id,
        user_id=f"{entity.unique_id}:{NOBODY}",
        tags=tags,
    )


def _named_caller(arn: str, reader: Reader) -> Principal:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "iam" or not parts[5].startswith("user/") or not parts[4].isdigit():
        raise fault("bad simulated caller", arn=arn)
    item = reader.item_by_arn(arn)
    if item is None:
        return Principal(arn, parts[4], PrincipalType.USER)
    return Principal(
        arn,
        parts[4],
        PrincipalType.USER,
        unique_id=item.unique_id,
        user_id=item.unique_id,
        tags=reader.tags(item.id),
    )


def resources_of(call: Call, caller: Principal) -> tuple[Resource, ...]:
    """ResourceArns, `*` by default. An ARN without an account is ResourceOwner's, else the caller's."""
    owner = _owner(call.parameters.get("ResourceOwner")) or caller.account
    found = []
    for arn in call.parameters.get("ResourceArns") or ("*",):
        parts = arn.split(":", 5)
        if arn != "*" and (len(parts) != 6 or parts[0] != "arn"):
            raise fault("bad simulated resource", arn=arn)
        found.append(Resource(arn, parts[4] if len(parts) == 6 and parts[4] else owner))
    return tuple(found)


def _owner(text: str | None) -> str | None:
    """The account in an ARN such as arn:aws:iam::123456789012:root, or a bare account id."""
    if text is None:
        return None
    parts = text.split(":")
    account = parts[4] if len(parts) > 5 else text
    if len(account) != 12 or not account.isdigit():
        raise fault("bad simulated owner", owner=text)
    return account


def request_of(call: Call, caller: Principal, action: str, resource: Resource, world: World) -> Request:
    """One question. What ContextEntries say goes before what follows from caller, resource and time."""
    known = catalog.load()
    values: dict[str, tuple[str, ...]] = {
        key: (value,) for key, value in derived_keys(caller, resource, action).items()
    }
    if caller.arn.endswith(f":user/{NOBODY}") and caller.unique_id is None:
        values = {key: value for key, value in values.items() if key not in NAMING_KEYS}
    values["aws:CurrentTime"] = (instant(call.now),)
    values["aws:EpochTime"] = (str(int(call.now.timestamp())),)
    for owner, account in (("Principal", caller.account), ("Resource", resource.account)):
        for key, value in organization_keys(owner, world.control_policies(account)).items():
            values[key] = (value,) if isinstance(value, str) else value
    given, lists = _entries(call)
    folded = {key.lower() for key in given}
    values = {key: value for key, value in values.items() if key.lower() not in folded} | dict(given)
    lists += [key for key in values if known.multivalued(key)]
    return Request(caller, action, resource, Context(values, multivalued=lists))


def _entries(call: Call) -> tuple[Mapping[str, tuple[str, ...]], list[str]]:
    """The keys that the request gives, and those whose type is a list."""
    given: dict[str, tuple[str, ...]] = {}
    lists: list[str] = []
    for entry in call.parameters.get("ContextEntries") or ():
        name, kind = entry.get("ContextKeyName"), entry.get("ContextKeyType")
        if not name or kind is None:
            raise fault("bad context entry")
        given[name] = tuple(entry.get("ContextKeyValues") or ())
        if kind.endswith("List"):
            lists.append(name)
    return given, lists
