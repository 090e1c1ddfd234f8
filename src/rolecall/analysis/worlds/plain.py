"""Answer the questions of decision and authorization from a world file alone.

Implements decision.world.World and authorization.facts.Facts and Entities over frozen values, as the server does
over its store. Nothing here raises: what does not exist has no policies, no tags and no state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.analysis.worlds.documents import Attached
from rolecall.analysis.worlds.format import Account, Domain, Guardrails, Resource, Role, Unit, User, WorldFile
from rolecall.authorization.api_call import Ports
from rolecall.decision.full_access import FULL_RCP, FULL_SCP
from rolecall.decision.policies import Level, SourcedPolicy
from rolecall.decision.world import ControlPolicies, PrincipalRecord

NO_CONTROL: Final = ControlPolicies()


class FileWorld:
    """A world to decide in. Build it once; it never changes."""

    def __init__(self, file: WorldFile) -> None:
        self.file = file
        self._principals: dict[str, PrincipalRecord] = {}
        self._policies: dict[str, SourcedPolicy] = {}
        self._tags: dict[str, Mapping[str, str]] = {}
        self._state: dict[str, Mapping[str, Any]] = {}
        self._names: dict[tuple[str, str, str], str] = {}
        self._linked: dict[tuple[str, str], str] = {}
        for account in file.accounts.values():
            self._add(account)
        self._control = dict(_control(file))

    @property
    def ports(self) -> Ports:
        return Ports(self, self, self)

    # decision.world.World

    def principal(self, arn: str) -> PrincipalRecord | None:
        return self._principals.get(arn)

    def control_policies(self, account: str) -> ControlPolicies:
        return self._control.get(account, NO_CONTROL)

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        return self._policies.get(arn) or self._of_bucket(arn)

    # authorization.facts.Facts

    def tags_of(self, arn: str) -> Mapping[str, str]:
        return self._tags.get(arn, {})

    def state_of(self, arn: str) -> Mapping[str, Any] | None:
        return self._state.get(arn)

    def trust_policy(self, role_arn: str) -> SourcedPolicy | None:
        return self._policies.get(role_arn) if ":role/" in role_arn else None

    # authorization.facts.Entities

    def entity_arn(self, account: str, kind: str, name: str) -> str | None:
        return self._names.get((account, kind, name))

    def key_owner(self, account: str, access_key_id: str) -> str | None:
        return None  # worlds have no access keys

    def credential_service(self, account: str, credential_id: str) -> str | None:
        return None

    def service_linked_role(self, account: str, service: str) -> str | None:
        return self._linked.get((account, service))

    def organization_arn(self, account: str, ident: str) -> str | None:
        return None  # worlds are not asked about calls to Organizations

    def _of_bucket(self, arn: str) -> SourcedPolicy | None:
        """The policy of a bucket also stands on its objects."""
        bucket, slash, _ = arn.partition("/")
        return self._policies.get(bucket) if slash and bucket.startswith("arn:aws:s3:::") else None

    def _add(self, account: Account) -> None:
        groups = account.groups
        for group in groups.values():
            self._names[account.id, "group", group.name] = group.arn
        for user in account.users.values():
            attached = [*user.policies, *(policy for name in user.groups for policy in groups[name].policies)]
            self._entity(account, "user", user, attached)
        for role in account.roles.values():
            self._entity(account, "role", role, [*role.policies])
            self._policies[role.arn] = SourcedPolicy(role.trust.policy, name=role.name)
            if role.service is not None:
                self._linked[account.id, role.service] = role.arn
        for policy in account.policies.values():
            self._tags[policy.arn] = policy.tags
        for resource in (*account.buckets.values(), *account.resources.values()):
            self._resource(resource)
        for domain in account.domains.values():
            self._domain(domain)

    def _entity(self, account: Account, kind: str, entity: User | Role, attached: list[Attached]) -> None:
        self._principals[entity.arn] = PrincipalRecord(
            arn=entity.arn,
            account=account.id,
            unique_id=entity.unique_id,
            identity=tuple(policy.sourced for policy in attached),
            boundary=None if entity.boundary is None else entity.boundary.sourced,
            tags=entity.tags,
        )
        self._tags[entity.arn] = entity.tags
        self._names[account.id, kind, entity.name] = entity.arn

    def _resource(self, resource: Resource) -> None:
        self._tags[resource.arn] = resource.tags
        self._state[resource.arn] = resource.state
        if resource.policy is not None:
            self._policies[resource.arn] = SourcedPolicy(resource.policy.policy)

    def _domain(self, domain: Domain) -> None:
        self._tags[domain.arn] = domain.tags
        self._state[domain.arn] = {"DomainId": domain.id, "DomainName": domain.name, **domain.state}
        for profile in domain.profiles.values():
            self._tags[profile.arn] = profile.tags
            self._state[profile.arn] = {
                "DomainId": domain.id,
                "UserProfileName": profile.name,
                **profile.state,
            }
        for space in domain.spaces.values():
            self._tags[space.arn] = space.tags
            self._state[space.arn] = {**space_state(domain.id, space.name, space.owner), **space.state}


def space_state(domain: str, name: str, owner: str | None) -> dict[str, Any]:
    """The members of a space that follow from whose it is."""
    made: dict[str, Any] = {"DomainId": domain, "SpaceName": name}
    if owner is not None:
        made["OwnershipSettings"] = {"OwnerUserProfileName": owner}
    made["SpaceSharingSettings"] = {"SharingType": "Shared" if owner is None else "Private"}
    return made


def _control(file: WorldFile) -> Iterator[tuple[str, ControlPolicies]]:
    """The guardrails above each account; an account's own limit it without an organization too."""
    organization = file.organization
    if organization is None:
        for account in file.accounts.values():
            guard = account.guardrails
            if guard.scps or guard.rcps or not guard.full_access:
                yield account.id, ControlPolicies(scps=(_scps(guard),), rcps=(_rcps(guard),))
        return

    def below(unit: Unit, above: tuple[Guardrails, ...], path: str) -> Iterator[tuple[str, ControlPolicies]]:
        held = (*above, unit.guardrails)
        path = f"{path}{unit.id}/"
        for ident in unit.accounts:
            known = file.accounts.get(ident)
            levels = (*held, known.guardrails if known else Guardrails())
            assert organization is not None
            yield (
                ident,
                ControlPolicies(
                    scps=tuple(map(_scps, levels)),
                    rcps=tuple(map(_rcps, levels)),
                    management_account=ident == organization.management_account,
                    organization_id=organization.id,
                    organization_path=path,
                ),
            )
        for inner in unit.units:
            yield from below(inner, held, path)

    yield from below(organization.root, (), f"{organization.id}/")


def _scps(guard: Guardrails) -> Level:
    own = tuple(policy.sourced for policy in guard.scps)
    return (FULL_SCP.policy, *own) if guard.full_access else own


def _rcps(guard: Guardrails) -> Level:
    # AWS attaches RCPFullAWSAccess everywhere, and it cannot be detached.
    return (FULL_RCP.policy, *(policy.sourced for policy in guard.rcps))
