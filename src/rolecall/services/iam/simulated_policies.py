"""The policies of a simulation: those in the request, and those of a user, group or role with their names.

Names are the simulator's: `PolicyInputList.1` for the first policy of a list; for a principal's own policies the
name of the managed policy, or `user_NAME_POLICY` for an inline one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from rolecall.decision.policies import SourcedPolicy
from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.services import parsed_policies
from rolecall.services.call import Call
from rolecall.services.iam import attachments, groups, inline_policies
from rolecall.services.iam.errors import fault
from rolecall.services.iam.world import managed
from rolecall.services.managed_policies import is_aws_managed
from rolecall.store.ports import Reader
from rolecall.store.records import Item

ENTITIES: Final = {"user": "no user", "group": "no group", "role": "no role"}


class Attached(Struct, frozen=True):
    """A policy of an entity. kind: as PolicyExclusionList names it. holder, name: of an inline policy."""

    policy: SourcedPolicy
    kind: str
    holder: tuple[str, str] = ("", "")
    name: str = ""


def source_entity(call: Call, reader: Reader) -> Item:
    """The user, group or role of PolicySourceArn, in the caller's account."""
    arn = call.parameters["PolicySourceArn"]
    parts = arn.split(":", 5)
    kind, slash, path = parts[-1].partition("/")
    if len(parts) != 6 or parts[2] != "iam" or kind not in ENTITIES or not slash:
        raise fault("no entity ARN", arn=arn)
    item = reader.item_by_arn(arn)
    if item is None or (item.account, item.service, item.type) != (call.account, "iam", kind):
        raise fault(ENTITIES[kind], name=path.rpartition("/")[2])
    return item


def attached_policies(entity: Item, reader: Reader) -> Iterator[Attached]:
    """An entity's own policies and, for a user, those of its groups."""
    yield from _own(entity, reader)
    if entity.type == "user":
        for group in groups.groups_of(entity, reader):
            yield from _own(group, reader)


def _own(entity: Item, reader: Reader) -> Iterator[Attached]:
    holder = (entity.type, entity.name)
    for link in reader.links(entity.id, inline_policies.RELATION):
        document = parsed_policies.of_digest(reader, link.target, PolicyType.IDENTITY)
        named = SourcedPolicy(document, name=f"{entity.type}_{entity.name}_{link.name}")
        yield Attached(named, "inline", holder, link.name)
    for link in reader.links(entity.id, attachments.RELATION):
        policy = managed(reader, link.target, PolicyType.IDENTITY)
        yield Attached(policy, "aws-managed" if is_aws_managed(link.target) else "user-managed")


def read_inputs(call: Call, member: str, kind: PolicyType) -> tuple[SourcedPolicy, ...]:
    """The policies of a list in the request."""
    texts = call.parameters.get(member) or ()
    return tuple(read_policy(text, kind, f"{member}.{number}") for number, text in enumerate(texts, 1))


def read_policy(text: str, kind: PolicyType, name: str) -> SourcedPolicy:
    try:
        return SourcedPolicy(parse(text, kind), name=name)
    except PolicyError as problem:
        raise fault("bad simulated policy", name=name, problem=problem.message) from None
