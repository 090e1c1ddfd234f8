"""The policies in force for one request, sorted by type; what `decide` combines."""

from __future__ import annotations

from msgspec import Struct

from rolecall.policy.document import Policy, PolicyType


class SourcedPolicy(Struct, frozen=True):
    """A document and where it comes from. `arn` is None for inline policies; `name` is for people."""

    document: Policy
    arn: str | None = None
    name: str | None = None


Level = tuple[SourcedPolicy, ...]


class PoliciesInForce(Struct, frozen=True):
    """Everything that limits or grants.

    session: None when no session policy was passed (an empty tuple never occurs).
    scps, rcps: one level each for root, OUs, account; empty: not limiting (no organization, or exempt).
    """

    identity: tuple[SourcedPolicy, ...] = ()
    boundary: SourcedPolicy | None = None
    session: tuple[SourcedPolicy, ...] | None = None
    scps: tuple[Level, ...] = ()
    rcps: tuple[Level, ...] = ()
    endpoint: SourcedPolicy | None = None
    resource: SourcedPolicy | None = None

    def of(self, kind: PolicyType) -> tuple[SourcedPolicy, ...]:
        """All policies of one type, levels flattened."""
        match kind:
            case PolicyType.IDENTITY:
                return self.identity
            case PolicyType.BOUNDARY:
                return () if self.boundary is None else (self.boundary,)
            case PolicyType.SESSION:
                return self.session or ()
            case PolicyType.SCP:
                return tuple(policy for level in self.scps for policy in level)
            case PolicyType.RCP:
                return tuple(policy for level in self.rcps for policy in level)
            case PolicyType.ENDPOINT:
                return () if self.endpoint is None else (self.endpoint,)
            case PolicyType.RESOURCE | PolicyType.TRUST:
                return () if self.resource is None else (self.resource,)
