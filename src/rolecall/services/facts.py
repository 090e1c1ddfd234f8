"""What authorization looks up in the store: tags, state and trust of resources of every service.

Implements authorization.facts.Facts over a snapshot. Nothing here raises: what does not exist has no tags, no
state and no trust. That something does not exist is for handlers to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.decision.policies import SourcedPolicy
from rolecall.services.iam.world import StoreWorld
from rolecall.services.parsed_policies import Unreadable
from rolecall.services.tag_holders import tag_holder
from rolecall.store.ports import Reader


class StoreFacts:
    """A view over one snapshot, or over an unfinished unit of work. world: the same reader's, if there is one."""

    def __init__(self, reader: Reader, world: StoreWorld | None = None) -> None:
        self._reader = reader
        self._world = StoreWorld(reader) if world is None else world

    def tags_of(self, arn: str) -> Mapping[str, str]:
        """Tags of an existing resource; empty when it does not exist or has none."""
        item = tag_holder(self._reader, arn)
        return {} if item is None else self._reader.tags(item.id)

    def state_of(self, arn: str) -> Mapping[str, Any] | None:
        """The stored body of a resource, without what services keep for themselves (`_…`)."""
        item = self._reader.item_by_arn(arn)
        if item is None:
            return None
        return {name: value for name, value in item.body.items() if not name.startswith("_")}

    def trust_policy(self, role_arn: str) -> SourcedPolicy | None:
        """The trust policy of a role; None when there is no such role, or none that can be read."""
        try:
            return self._world.resource_policy(role_arn)
        except Unreadable:
            return None  # a role whose trust nobody can read is trusted to nobody
