"""The catalogue: ask it what an action, a resource type or a condition key is.

Names compare without case, as IAM's do. What is asked for is read on first use, one service at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

from msgspec import Struct

from rolecall.catalog.keys import KeyIndex
from rolecall.catalog.managed_policies import ManagedPolicies, ManagedPolicy
from rolecall.catalog.nearest import nearest
from rolecall.catalog.records import Action, ConditionKey, OperationAction, RequestPath, ResourceType

GLOBAL: Final = "aws"
# Keys of identity providers (`<provider>:sub`) are listed with the service that issues their sessions.
PROVIDERS: Final = "sts"


# A row of the table of request paths that holds for every operation.
ANY_OPERATION: Final = "*"


class Service(Struct, frozen=True):
    """All that is known of one service, keyed by folded names."""

    prefix: str
    actions: Mapping[str, Action]
    resource_types: Mapping[str, ResourceType]
    condition_keys: Mapping[str, ConditionKey]
    operations: Mapping[str, tuple[OperationAction, ...]]


class Source(Protocol):
    """What the catalogue reads from; see loader.Files."""

    def version(self) -> str: ...
    def service_names(self) -> dict[str, str]: ...
    def borrowed_prefixes(self) -> dict[str, tuple[str, ...]]: ...
    def global_keys(self) -> tuple[ConditionKey, ...]: ...
    def provider_claims(self) -> tuple[ConditionKey, ...]: ...
    def service(self, prefix: str) -> Service: ...
    def request_paths(self, prefix: str) -> tuple[RequestPath, ...]: ...
    def managed_policies(self) -> ManagedPolicies: ...


REMEMBERED_KEYS: Final = 20_000


class Catalog:
    """Reads through `source` and keeps what it read. Safe to share: what is kept never changes."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._names = source.service_names()
        self._multivalued: dict[str, bool] = {}
        self._services: dict[str, Service] = {}
        self._keys: dict[str, KeyIndex] = {}
        self._paths: dict[str, Mapping[str, tuple[RequestPath, ...]]] = {}
        self._policies: dict[str, ManagedPolicy] | None = None
        self._borrowed: dict[str, tuple[str, ...]] | None = None

    @property
    def version(self) -> str:
        """Of the Service Authorization Reference's data."""
        return self._source.version()

    # Services and actions

    def services(self) -> tuple[str, ...]:
        """Every service prefix, sorted."""
        return tuple(sorted(self._names))

    def service_name(self, prefix: str) -> str | None:
        return self._names.get(prefix.lower())

    def actions(self, service: str) -> tuple[Action, ...]:
        """The actions of a service by name; () for an unknown service."""
        known = self._service(service)
        return () if known is None else tuple(sorted(known.actions.values(), key=lambda action: action.name))

    def action(self, name: str) -> Action | None:
        """The action `service:Name`, in any spelling of case."""
        prefix, colon, bare = name.lower().partition(":")
        known = self._service(prefix) if colon else None
        return None if known is None else known.actions.get(bare)

    def operation_actions(self, service: str, operation: str) -> tuple[OperationAction, ...]:
        """What an API operation is authorized as: the action of its own name, unless a row says otherwise."""
        known = self._service(service)
        rows = () if known is None else known.operations.get(operation.lower(), ())
        return rows or (OperationAction(f"{service}:{operation}"),)

    # Resource types

    def resource_types(self, service: str) -> tuple[ResourceType, ...]:
        known = self._service(service)
        return () if known is None else tuple(known.resource_types.values())

    def resource_type(self, service: str, name: str) -> ResourceType | None:
        known = self._service(service)
        return None if known is None else known.resource_types.get(name.lower())

    # Condition keys

    def condition_keys(self, prefix: str) -> tuple[ConditionKey, ...]:
        """The keys that start with `prefix`, "aws" for the global ones."""
        return self._index(prefix.lower()).keys

    def condition_key(self, key: str) -> ConditionKey | None:
        """The key, or the family that a name such as aws:RequestTag/team belongs to."""
        folded = key.lower()
        prefix, colon, _ = folded.partition(":")
        return self._index(prefix).find(folded) if colon else None

    def key_type(self, key: str) -> str | None:
        """String, Numeric, Date, Bool, Binary, IPAddress or ARN, or ArrayOf…; None for an unknown key."""
        found = self.condition_key(key)
        return None if found is None else found.type

    def multivalued(self, key: str) -> bool:
        """Whether a request may carry several values under a key. Unknown keys count as single-valued."""
        known = self._multivalued.get(key)
        if known is None:
            found = self.condition_key(key)
            known = found is not None and found.type.startswith("ArrayOf")
            if len(self._multivalued) >= REMEMBERED_KEYS:
                self._multivalued.clear()  # the keys of tags are without number
            self._multivalued[key] = known
        return known

    def request_paths(self, action: str, key: str | None = None) -> tuple[RequestPath, ...]:
        """Where the condition keys of an action take their values from, as far as we have a table for it."""
        prefix, _, operation = action.lower().partition(":")
        if prefix not in self._paths:
            if prefix not in self._names:
                return ()
            self._paths[prefix] = _by_operation(self._source.request_paths(prefix))
        paths = self._paths[prefix]
        rows = paths.get(operation) or paths.get(ANY_OPERATION, ())
        return rows if key is None else tuple(row for row in rows if row.key.lower() == key.lower())

    # The rest

    def managed_policy(self, arn: str) -> ManagedPolicy | None:
        """An AWS managed policy by its ARN, in any partition."""
        return self._managed().get(arn.partition("::aws:policy/")[2])

    def managed_policies(self) -> tuple[ManagedPolicy, ...]:
        return tuple(self._managed().values())

    def nearest(self, name: str) -> tuple[str, ...]:
        """Names of actions, keys or services that a misspelt name may mean, best first."""
        return nearest(self, name)

    def _managed(self) -> dict[str, ManagedPolicy]:
        if self._policies is None:
            self._policies = {
                policy.path.removeprefix("/") + policy.name: policy
                for policy in self._source.managed_policies().policies
            }
        return self._policies

    def _service(self, prefix: str) -> Service | None:
        folded = prefix.lower()
        if folded not in self._services:
            if folded not in self._names:
                return None
            self._services[folded] = self._source.service(folded)
        return self._services[folded]

    def _index(self, prefix: str) -> KeyIndex:
        """The keys under a prefix. Only prefixes that AWS lists are kept, so that requests cannot fill memory."""
        found = self._keys.get(prefix)
        if found is not None:
            return found
        if prefix == GLOBAL:
            keys: tuple[ConditionKey, ...] = self._source.global_keys()
        elif prefix in self._names:
            keys = self._listed_keys(prefix, prefix)
        else:
            if self._borrowed is None:
                self._borrowed = self._source.borrowed_prefixes()
            owners = self._borrowed.get(prefix, ())
            if not owners or owners == (PROVIDERS,):
                return self._provider_index()
            keys = tuple(key for owner in owners for key in self._listed_keys(owner, prefix))
        self._keys[prefix] = KeyIndex(keys)
        return self._keys[prefix]

    def _provider_index(self) -> KeyIndex:
        """Identity providers: the keys that AWS lists for known ones, and the claims any of them may send."""
        if "" not in self._keys:
            service = self._service(PROVIDERS)
            own = (f"{PROVIDERS}:", "iam:", "aws:")
            listed = (
                key
                for key in (service.condition_keys.values() if service else ())
                if not key.name.lower().startswith(own)
            )
            self._keys[""] = KeyIndex((*listed, *self._source.provider_claims()))
        return self._keys[""]

    def _listed_keys(self, service: str, prefix: str) -> tuple[ConditionKey, ...]:
        known = self._service(service)
        keys = known.condition_keys.items() if known else ()
        return tuple(key for folded, key in keys if folded.startswith(f"{prefix}:"))


def _by_operation(rows: tuple[RequestPath, ...]) -> dict[str, tuple[RequestPath, ...]]:
    """Folded operation -> its rows and those of every operation, in the table's order."""
    operations = {row.operation.lower() for row in rows}
    return {
        operation: tuple(row for row in rows if row.operation.lower() in (ANY_OPERATION, operation))
        for operation in operations
    }
