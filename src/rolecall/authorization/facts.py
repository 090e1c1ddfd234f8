"""Ports: what authorization must look up. None of them raises; what does not exist has no tags and no state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from rolecall.decision.policies import SourcedPolicy


class Facts(Protocol):
    def tags_of(self, arn: str) -> Mapping[str, str]:
        """Tags of an existing resource; empty when it does not exist or has none."""

    def state_of(self, arn: str) -> Mapping[str, Any] | None:
        """The stored body of a resource, for keys whose path starts at $state."""

    def trust_policy(self, role_arn: str) -> SourcedPolicy | None: ...
