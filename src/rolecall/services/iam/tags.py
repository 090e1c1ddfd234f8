"""Tags of IAM's resources: on creation and by the Tag, Untag and List…Tags operations of each kind.

Keys are unique without regard to case: setting `team` where `Team` is replaces it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.iam import entities
from rolecall.services.iam.errors import fault
from rolecall.services.iam.lookups import mfa_device, oidc_provider, policy, saml_provider
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import TAGS_PER_RESOURCE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

Finder = Callable[[Call, Reader], Item]

TAGGABLE: Final[Mapping[str, Finder]] = {
    "User": lambda call, reader: entities.find(call, reader, entities.USER),
    "Role": lambda call, reader: entities.find(call, reader, entities.ROLE),
    "Policy": lambda call, reader: policy(call, reader),
    "InstanceProfile": lambda call, reader: entities.find(call, reader, entities.INSTANCE_PROFILE),
    "MFADevice": mfa_device,
    "OpenIDConnectProvider": oidc_provider,
    "SAMLProvider": saml_provider,
    "ServerCertificate": lambda call, reader: entities.find(call, reader, entities.SERVER_CERTIFICATE),
}


def requested(call: Call) -> dict[str, str]:
    """The tags in the request."""
    given = call.parameters.get("Tags") or ()
    tags = {tag["Key"]: tag.get("Value", "") for tag in given}
    if len({key.lower() for key in tags}) < len(given):
        raise fault("duplicate tags")
    for key in tags:
        if key.lower().startswith("aws:"):
            raise fault("reserved tag", key=key)
    _check_count(tags)
    return tags


def shown(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def with_tags(view: dict[str, Any], tags: Mapping[str, str]) -> dict[str, Any]:
    """An answer's structure with its tags, which users, roles and what was just made lack when there are none."""
    return {**view, "Tags": shown(tags)} if tags else view


def _check_count(keys: Iterable[str]) -> None:
    if len(list(keys)) > TAGS_PER_RESOURCE:
        raise fault("too many tags")


def _operations(find: Finder) -> tuple[Operation, Operation, Operation]:
    def tag(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = find(call, unit)
        new = requested(call)
        folded = {key.lower() for key in new}
        present = unit.tags(item.id)
        replaced = [key for key in present if key.lower() in folded and key not in new]
        _check_count({key.lower() for key in present} | folded)
        if replaced:
            unit.remove_tags(item.id, replaced)
        unit.set_tags(item.id, new)
        return {}

    def untag(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = find(call, unit)
        gone = {key.lower() for key in call.parameters["TagKeys"]}
        unit.remove_tags(item.id, [key for key in unit.tags(item.id) if key.lower() in gone])
        return {}

    def list_tags(call: Call, reader: Reader) -> Mapping[str, Any]:
        tags = reader.tags(find(call, reader).id)
        found, tail = page(call, sorted(tags), str)
        return {"Tags": [{"Key": key, "Value": tags[key]} for key in found], **tail}

    return (
        Operation(handler=tag, writes=True),
        Operation(handler=untag, writes=True),
        Operation(handler=list_tags, writes=False),
    )


def _table() -> Mapping[str, Operation]:
    table: dict[str, Operation] = {}
    for kind, find in TAGGABLE.items():
        table[f"Tag{kind}"], table[f"Untag{kind}"], table[f"List{kind}Tags"] = _operations(find)
    return table


OPERATIONS: Final = _table()
