"""What a policy test file says, as values. docs/POLICY-TESTS.md explains the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct, field

from rolecall.analysis.worlds.documents import Attached
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.analysis.worlds.source import Source
from rolecall.policy.json_reader import Node

# A condition key's values; None takes the key away.
ContextValues = Mapping[str, tuple[str, ...] | None]


class Place(Struct, frozen=True):
    """Where something stands in a file."""

    source: Source
    node: Node

    def __str__(self) -> str:
        return self.source.at(self.node)

    @property
    def line(self) -> int:
        return self.source.line(self.node)


class Session(Struct, frozen=True):
    """What the caller's temporary credentials carry. Only `name` is there for every role."""

    name: str = "test"
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tags: tuple[str, ...] = ()
    policies: tuple[Attached, ...] | None = None
    mfa: bool = False
    source_identity: str | None = None
    temporary: bool = False  # the case has a session of its own


class Because(Struct, frozen=True):
    """The reason that a case expects: all of its fields must meet in one reason; `any` matches any field."""

    place: Place | None
    any: str | None = None
    type: str | None = None
    policy: str | None = None
    statement: str | None = None
    key: str | None = None
    action: str | None = None

    def __str__(self) -> str:
        if self.any is not None:
            return self.any
        parts = ((name, getattr(self, name)) for name in REASON_FIELDS)
        return ", ".join(f"{name} {value}" for name, value in parts if value is not None)


REASON_FIELDS = ("type", "policy", "statement", "key", "action")


class Case(Struct, frozen=True):
    """One case. Either action and resource, or call and parameters. account: where short names are looked up."""

    name: str
    place: Place
    principal: str
    expect: str
    account: str
    region: str
    session: Session = Session()
    action: str | None = None
    resource: str = "*"
    call: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    context: ContextValues = field(default_factory=dict)
    because: Because | None = None
    skip: str | None = None


class TestFile(Struct, frozen=True):
    """The cases of one file and the world they are about."""

    __test__ = False  # a name like this is no test class to pytest

    name: str
    world: FileWorld
    cases: tuple[Case, ...]
