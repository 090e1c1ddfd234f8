"""Which services do permissions policies speak of? Asked by access advice and ListPoliciesGrantingServiceAccess.

Only Allow statements count, with whatever resources and conditions; boundaries and control policies do not (IAM
API Reference, "ListPoliciesGrantingServiceAccess").
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall import catalog
from rolecall.decision.reference.actions import action_matches
from rolecall.policy.document import Effect, Policy, PolicyType, Statement
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.services.iam import attachments, inline_policies
from rolecall.services.iam.documents import kept
from rolecall.services.iam.groups import groups_of
from rolecall.services.managed_policies import document
from rolecall.store.ports import Reader
from rolecall.store.records import Item

KINDS: Final[Mapping[str, str]] = {"user": "USER", "role": "ROLE", "group": "GROUP"}


class Granting(Struct, frozen=True):
    """A policy of an entity, as ListPoliciesGrantingServiceAccess names it, and its document."""

    named: Mapping[str, Any]
    text: str

    def grants(self, service: str) -> bool:
        return grants(self.text, service)

    def grants_action(self, service: str, action: str) -> bool:
        return any(_allows(statement, f"{service}:{action}") for statement in _allowing(self.text))


def policies_of(entity: Item, reader: Reader) -> Iterator[Granting]:
    """The inline and attached policies of an entity; of a user also those of its groups."""
    for link in reader.links(entity.id, inline_policies.RELATION):
        named = {"PolicyName": link.name, "PolicyType": "INLINE"}
        owner = {"EntityType": KINDS[entity.type], "EntityName": entity.name}
        yield Granting({**named, **owner}, kept(reader, link.target))
    for entry in attachments.attached(entity, reader):
        found = document(reader, entry["PolicyArn"])
        if found is not None:
            yield Granting({**entry, "PolicyType": "MANAGED"}, found[0])
    if entity.type == "user":
        for group in groups_of(entity, reader):
            yield from policies_of(group, reader)


def services_of(policies: list[Granting]) -> list[str]:
    """The services that any of the policies speaks of, in the order of their namespaces."""
    return [name for name in sorted(catalog.load().services()) if any(each.grants(name) for each in policies)]


@functools.lru_cache(maxsize=8192)
def grants(text: str, service: str) -> bool:
    """Whether a document allows some action of a service."""
    for statement in _allowing(text):
        if statement.not_actions is not None:
            # Everything but: it grants the service unless every one of its actions is taken out.
            if not any(pattern in ("*", f"{service}:*") for pattern in statement.not_actions):
                return True
        elif any(_reaches(pattern, service) for pattern in statement.actions or ()):
            return True
    return False


def _reaches(pattern: str, service: str) -> bool:
    return pattern == "*" or action_matches(f"{pattern.partition(':')[0]}:x", f"{service}:x")


def _allows(statement: Statement, action: str) -> bool:
    if statement.not_actions is not None:
        return not any(action_matches(pattern, action) for pattern in statement.not_actions)
    return any(action_matches(pattern, action) for pattern in statement.actions or ())


def _allowing(text: str) -> tuple[Statement, ...]:
    policy = _parsed(text)
    if policy is None:
        return ()
    return tuple(statement for statement in policy.statements if statement.effect is Effect.ALLOW)


@functools.lru_cache(maxsize=2048)
def _parsed(text: str) -> Policy | None:
    """None for a document that nobody can read: it grants nothing."""
    try:
        return parse(text, PolicyType.IDENTITY)
    except PolicyError:
        return None
