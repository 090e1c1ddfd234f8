"""The values that the catalogue gives: what AWS documents of an action, a resource type, a condition key."""

from __future__ import annotations

from msgspec import Struct


class ResourceType(Struct, frozen=True):
    """A kind of resource. `arn` is a template: arn:${Partition}:sagemaker:${Region}:${Account}:model/${Name}."""

    service: str
    name: str
    arn: str
    condition_keys: tuple[str, ...] = ()
    source: str = ""


class ActionResource(Struct, frozen=True):
    """A resource type that an action works on. condition_keys: those of the type and of this pair."""

    type: ResourceType
    required: bool
    condition_keys: tuple[str, ...] = ()


class Dependent(Struct, frozen=True):
    """Another action that the caller may need for this one. when: in which case, in words; "" always.

    members: the request members that bring it up, such as role ARNs for iam:PassRole. What the server checks
    is in authorization/rows; this is what AWS documents.
    """

    action: str
    when: str = ""
    members: tuple[str, ...] = ()
    passed_to: str | None = None
    source: str = ""


class Action(Struct, frozen=True):
    """One IAM action. access_levels: AddTags of SageMaker has two. permission_only: no API operation has its
    name. condition_keys: the action's own; `all_condition_keys` has those of its resource types as well."""

    service: str
    name: str
    access_levels: tuple[str, ...]
    description: str = ""
    resources: tuple[ActionResource, ...] = ()
    condition_keys: tuple[str, ...] = ()
    dependents: tuple[Dependent, ...] = ()
    permission_only: bool = False
    source: str = ""

    @property
    def full_name(self) -> str:
        return f"{self.service}:{self.name}"

    @property
    def all_condition_keys(self) -> tuple[str, ...]:
        """Every service or tag key that a request for this action may carry, each once, sorted."""
        keys = set(self.condition_keys)
        for resource in self.resources:
            keys.update(resource.condition_keys)
        return tuple(sorted(keys, key=str.lower))


class ConditionKey(Struct, frozen=True):
    """A condition key or, where `name` ends in a placeholder, a family of keys (aws:RequestTag/${TagKey}).

    type: String, Numeric, Date, Bool, Binary, IPAddress or ARN, or ArrayOf… of one of them.
    present: when a request has the key (global keys only).
    """

    name: str
    type: str
    description: str = ""
    present: str = ""
    source: str = ""

    @property
    def multivalued(self) -> bool:
        return self.type.startswith("ArrayOf")


class OperationAction(Struct, frozen=True):
    """One action that an API operation is authorized as. when: in which case, in words; "" always."""

    action: str
    when: str = ""
    context: tuple[tuple[str, str], ...] = ()
    source: str = ""


class RequestPath(Struct, frozen=True):
    """Where a service's condition key takes its value from: a JMESPath over the operation's input, or $…."""

    operation: str
    key: str
    path: str
    type: str
    when_absent: str = ""
    source: str = ""
    note: str = ""
    since: str = ""
