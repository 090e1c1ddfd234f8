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


class Entities(Protocol):
    """IAM names its entities without their path: which ARN does a name have?"""

    def entity_arn(self, account: str, kind: str, name: str) -> str | None:
        """The ARN of the live user, role, group, instance-profile or mfa device with exactly this name."""

    def key_owner(self, account: str, access_key_id: str) -> str | None:
        """The ARN of the user, or root, of this account that owns an access key."""

    def credential_service(self, account: str, credential_id: str) -> str | None:
        """The service (codecommit.amazonaws.com) that a service-specific credential of this account is for."""

    def service_linked_role(self, account: str, service: str) -> str | None:
        """The ARN that the service-linked role of a service principal has or would get; None: none known."""

    def organization_arn(self, account: str, ident: str) -> str | None:
        """The ARN of the root, unit, account, policy, handshake… with this id in the account's organization."""
