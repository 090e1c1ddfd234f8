"""Tags of IAM's resources: on creation and by the Tag, Untag and List…Tags operations of each kind.

The keys of a user or a role are unique without regard to case: setting `team` where `Team` is replaces it.
Anything else may have both.
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
Fold = Callable[[str], str]

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
ANY_CASE: Final = ("User", "Role")
"""The kinds whose tag keys are the same in whatever case."""


def exact(key: str) -> str:
    return key


def requested(call: Call, fold: Fold = exact) -> dict[str, str]:
    """The tags in the request, none of whose keys are the same once folded."""
    given = call.parameters.get("Tags") or ()
    tags = {tag["Key"]: tag.get("Value", "") for tag in given}
    if len({fold(key) for key in tags}) < len(given):
        raise fault("duplicate tags" if fold is exact else "duplicate tags in any case")
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


def _operations(find: Finder, fold: Fold) -> tuple[Operation, Operation, Operation]:
    def tag(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = find(call, unit)
        new = requested(call, fold)
        folded = {fold(key) for key in new}
        present = unit.tags(item.id)
        replaced = [key for key in present if fold(key) in folded and key not in new]
        _check_count({fold(key) for key in present} | folded)
        if replaced:
            unit.remove_tags(item.id, replaced)
        unit.set_tags(item.id, new)
        return {}

    def untag(call: Call, unit: Unit) -> Mapping[str, Any]:
        item = find(call, unit)
        gone = {fold(key) for key in call.parameters["TagKeys"]}
        unit.remove_tags(item.id, [key for key in unit.tags(item.id) if fold(key) in gone])
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
        fold = str.lower if kind in ANY_CASE else exact
        table[f"Tag{kind}"], table[f"Untag{kind}"], table[f"List{kind}Tags"] = _operations(find, fold)
    return table


OPERATIONS: Final = _table()
