"""What a world file says, as values. `reading` makes them, `plain` answers questions from them.

The words are those of IAM and SageMaker; docs/POLICY-TESTS.md explains them with examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from rolecall.analysis.worlds.documents import Attached, Document, Text

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"
Tags = Mapping[str, str]


class ManagedPolicy(Struct, frozen=True):
    """A customer managed policy: parsed as whatever it is attached as."""

    name: str
    arn: str
    text: Text
    path: str = "/"
    description: str | None = None
    tags: Tags = field(default_factory=dict)


class Group(Struct, frozen=True):
    name: str
    arn: str
    path: str = "/"
    policies: tuple[Attached, ...] = ()


class User(Struct, frozen=True):
    name: str
    arn: str
    unique_id: str
    path: str = "/"
    groups: tuple[str, ...] = ()
    policies: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    tags: Tags = field(default_factory=dict)


class Role(Struct, frozen=True):
    name: str
    arn: str
    unique_id: str
    trust: Document
    path: str = "/"
    policies: tuple[Attached, ...] = ()
    boundary: Attached | None = None
    tags: Tags = field(default_factory=dict)
    description: str | None = None
    max_session: int | None = None

    @property
    def service(self) -> str | None:
        """The service principal of a service-linked role."""
        if not self.path.startswith("/aws-service-role/"):
            return None
        return self.path.removeprefix("/aws-service-role/").strip("/")


class Resource(Struct, frozen=True):
    """Anything with an ARN. state: its members as Describe and Create spell them."""

    arn: str
    account: str
    tags: Tags = field(default_factory=dict)
    policy: Document | None = None
    state: Mapping[str, Any] = field(default_factory=dict)


class UserProfile(Struct, frozen=True):
    name: str
    arn: str
    execution_role: str | None = None
    tags: Tags = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


class Space(Struct, frozen=True):
    """owner: the user profile of a private space; None for a shared one."""

    name: str
    arn: str
    owner: str | None = None
    tags: Tags = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


class Domain(Struct, frozen=True):
    """A SageMaker domain. Its users run as execution_role unless their profile names another.

    chosen: whether the world says the id; else any will do.
    """

    name: str
    id: str
    arn: str
    execution_role: str
    space_role: str | None = None
    chosen: bool = False
    profiles: Mapping[str, UserProfile] = field(default_factory=dict)
    spaces: Mapping[str, Space] = field(default_factory=dict)
    tags: Tags = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)


class Guardrails(Struct, frozen=True):
    """The control policies attached at one place. full_access: FullAWSAccess is attached as well."""

    scps: tuple[Attached, ...] = ()
    rcps: tuple[Attached, ...] = ()
    full_access: bool = True


class Account(Struct, frozen=True):
    id: str
    name: str | None = None
    policies: Mapping[str, ManagedPolicy] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    users: Mapping[str, User] = field(default_factory=dict)
    roles: Mapping[str, Role] = field(default_factory=dict)
    domains: Mapping[str, Domain] = field(default_factory=dict)
    buckets: Mapping[str, Resource] = field(default_factory=dict)
    resources: Mapping[str, Resource] = field(default_factory=dict)
    guardrails: Guardrails = Guardrails()


class Unit(Struct, frozen=True):
    """An organizational unit, or the root."""

    name: str
    id: str
    guardrails: Guardrails = Guardrails()
    accounts: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()


class Organization(Struct, frozen=True):
    id: str
    management_account: str
    root: Unit


class WorldFile(Struct, frozen=True):
    """A world. documents: every policy in it, parsed; file: where it was read from."""

    region: str
    accounts: Mapping[str, Account]
    organization: Organization | None = None
    file: str = ""
    partition: str = "aws"
