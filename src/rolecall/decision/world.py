"""Everything a decision may need to know of: principals, guardrails, resource policies; and the gathering.

The server's world is a view over the store (services/iam/world.py); test files and exports make plain ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct, field
from msgspec.structs import replace

from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Principal, PrincipalType, Request


class PrincipalRecord(Struct, frozen=True):
    """A user or role as IAM holds it. identity: its own policies and, for a user, those of its groups."""

    arn: str
    account: str
    unique_id: str
    identity: tuple[SourcedPolicy, ...] = ()
    boundary: SourcedPolicy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


class ControlPolicies(Struct, frozen=True):
    """The guardrails above an account, root first; empty: not in an organization or not enabled.

    managed_by: the management account of its organization. delegated_administrator: it administers a service for
    the organization. delegation_policy: the organization's resource policy. closed: the account was closed; nobody
    acts in it or reaches what is in it any more.
    """

    scps: tuple[Level, ...] = ()
    rcps: tuple[Level, ...] = ()
    management_account: bool = False
    organization_id: str | None = None
    organization_path: str | None = None
    managed_by: str | None = None
    delegated_administrator: bool = False
    delegation_policy: SourcedPolicy | None = None
    closed: bool = False


class World(Protocol):
    """Lookups that never raise: what does not exist is None."""

    def principal(self, arn: str) -> PrincipalRecord | None:
        """The user or role with this IAM ARN (a role's, never a session's)."""

    def control_policies(self, account: str) -> ControlPolicies: ...

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        """The policy on a resource; for a role ARN its trust policy."""


def as_they_stand(request: Request, world: World) -> Request:
    """The request, with what the world says now of who manages an organization."""
    principal, resource = request.principal, request.resource
    manages = world.control_policies(principal.account).management_account
    managing = world.control_policies(resource.account).management_account
    if (manages, managing) == (principal.management_account, resource.management_account):
        return request
    return replace(
        request,
        principal=replace(principal, management_account=manages),
        resource=replace(resource, management_account=managing),
    )


def policies_in_force(
    world: World,
    principal: Principal,
    resource_arn: str,
    resource_account: str,
    session: tuple[SourcedPolicy, ...] | None = None,
    endpoint: SourcedPolicy | None = None,
) -> PoliciesInForce:
    """Gather what limits or grants for one principal on one resource (SEMANTICS 7.1, 7.5)."""
    holder = principal.role_arn or (
        principal.issuer_arn if principal.type is PrincipalType.FEDERATED_USER else principal.arn
    )
    record = world.principal(holder) if holder else None
    theirs = world.control_policies(principal.account)
    owners = theirs if resource_account == principal.account else world.control_policies(resource_account)
    return PoliciesInForce(
        identity=record.identity if record else (),
        boundary=record.boundary if record else None,
        session=session,
        scps=theirs.scps,
        rcps=owners.rcps,
        endpoint=endpoint,
        resource=world.resource_policy(resource_arn),
    )
