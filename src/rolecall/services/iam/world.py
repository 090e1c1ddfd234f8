"""The server's world: principals, policies of resources and guardrails as a view over a snapshot of the store.

Implements decision.world.World. Nothing here raises for what does not exist. A stored document that cannot be read
does raise (`Unreadable`): deciding without it could turn a denial into an allow.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.world import ControlPolicies, PrincipalRecord
from rolecall.policy.document import PolicyType
from rolecall.services import managed_policies, organization, parsed_policies, resource_policies
from rolecall.services.iam import attachments, boundaries, groups, inline_policies, trust
from rolecall.store.ports import Reader
from rolecall.store.records import Item
from rolecall.store.scopes import principals_scope


class PrincipalCache:
    """Records of principals by ARN and version of their account, and what stands above accounts.

    INVARIANT: only committed snapshots may fill it. The version that an unfinished unit of work sees comes again
    with another content if that unit is rolled back; so a world over a unit is made without a cache. One cache
    belongs to one store.
    """

    def __init__(self, limit: int = 10_000) -> None:
        self._limit = limit
        self._records: dict[str, tuple[int, PrincipalRecord | None]] = {}
        self._lock = threading.Lock()
        self.control = organization.ControlCache(limit)

    def forget(self, account: str) -> None:
        """Drop what is known of the principals of an account."""
        part = f":{account}:"
        with self._lock:
            for arn in [arn for arn in self._records if part in arn]:
                del self._records[arn]

    def get(self, arn: str, version: int, make: Callable[[], PrincipalRecord | None]) -> PrincipalRecord | None:
        known = self._records.get(arn)
        if known is not None and known[0] == version:
            return known[1]
        record = make()
        with self._lock:
            self._records.pop(arn, None)
            while len(self._records) >= self._limit:
                del self._records[next(iter(self._records))]
            self._records[arn] = (version, record)
        return record


class StoreWorld:
    """cache: only for a reader that sees committed changes alone. guarded: whether control policies limit anybody.

    A world over an unfinished unit of work is for one question: what it was told of guardrails, it keeps.
    """

    def __init__(self, reader: Reader, cache: PrincipalCache | None = None, *, guarded: bool = True) -> None:
        self._reader = reader
        self._guarded = guarded
        self._cache = cache
        self._control: dict[str, ControlPolicies] = {}

    def principal(self, arn: str) -> PrincipalRecord | None:
        """The user or role with this IAM ARN."""
        if self._cache is None:
            return self._read(arn)
        parts = arn.split(":", 5)
        if len(parts) != 6:
            return None
        version = self._reader.version(principals_scope(parts[4]))
        return self._cache.get(arn, version, lambda: self._read(arn))

    def control_policies(self, account: str) -> ControlPolicies:
        """The guardrails above an account. Asked several times for each call, so the answer is kept."""
        known = self._control.get(account)
        if known is None:
            known = self._control_policies(account)
            if not self._guarded:
                known = replace(known, scps=(), rcps=())
            self._control[account] = known
        return known

    def _control_policies(self, account: str) -> ControlPolicies:
        version = self._reader.version(organization.SCOPE)
        if version == 0:
            return organization.NO_CONTROL

        def read() -> ControlPolicies:
            return organization.control_policies(self._reader, account)

        return read() if self._cache is None else self._cache.control.get(account, version, read)

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        """The trust policy of a role, or the policy attached to another resource that carries one.

        What is in a closed account lets nobody in.
        """
        parts = arn.split(":", 5)
        if len(parts) == 6 and parts[4] and self.control_policies(parts[4]).closed:
            return None
        return trust_policy(self._reader, arn) or attached_policy(self._reader, arn)

    def _read(self, arn: str) -> PrincipalRecord | None:
        item = self._reader.item_by_arn(arn)
        if item is None or item.service != "iam" or item.type not in ("user", "role"):
            return None
        boundary = boundaries.of(item, self._reader)
        return PrincipalRecord(
            arn=item.arn,
            account=item.account,
            unique_id=item.unique_id,
            identity=tuple(self._identity(item)),
            boundary=None if boundary is None else managed(self._reader, boundary, PolicyType.BOUNDARY),
            tags=self._reader.tags(item.id),
        )

    def _identity(self, item: Item) -> Iterator[SourcedPolicy]:
        yield from self._own(item)
        if item.type == "user":
            for group in groups.groups_of(item, self._reader):
                yield from self._own(group)

    def _own(self, item: Item) -> Iterator[SourcedPolicy]:
        for link in self._reader.links(item.id, inline_policies.RELATION):
            document = parsed_policies.of_digest(self._reader, link.target, PolicyType.IDENTITY)
            yield SourcedPolicy(document, name=link.name)
        for link in self._reader.links(item.id, attachments.RELATION):
            yield managed(self._reader, link.target, PolicyType.IDENTITY)


def trust_policy(reader: Reader, role_arn: str) -> SourcedPolicy | None:
    """The trust policy of a role, with unique ids for the users and roles that it names."""
    role = reader.item_by_arn(role_arn)
    if role is None or (role.service, role.type) != ("iam", "role"):
        return None
    document = parsed_policies.of_digest(reader, trust.digest_of(role, reader), PolicyType.TRUST)
    return SourcedPolicy(document, name=role.name)


def attached_policy(reader: Reader, arn: str) -> SourcedPolicy | None:
    """The policy attached to a resource of SageMaker."""
    item = resource_policies.carrier(reader, arn)
    digest = None if item is None else resource_policies.digest_of(reader, item)
    if item is None or digest is None:
        return None
    return SourcedPolicy(parsed_policies.of_digest(reader, digest, PolicyType.RESOURCE), name=item.name)


def managed(reader: Reader, arn: str, kind: PolicyType) -> SourcedPolicy:
    """A managed policy in force; one that is not there any more grants nothing."""
    found = managed_policies.document(reader, arn)
    if found is None:
        return SourcedPolicy(parsed_policies.NOTHING, arn=arn, name=attachments.name_of(arn))
    text, digest = found
    document = (
        parsed_policies.of_text(text, kind) if digest is None else parsed_policies.of_digest(reader, digest, kind)
    )
    return SourcedPolicy(document, arn=arn, name=attachments.name_of(arn))
