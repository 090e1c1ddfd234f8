"""A parsed policy document: what `policy.parser` makes and every evaluator reads.

Strings stay as written (patterns and variable templates are compiled by `glob`, `arn` and `variables`);
order and positions are kept so that a trace, a lint finding and the simulator APIs can point at them.
"""

from __future__ import annotations

import enum

from msgspec import Struct


class PolicyType(enum.Enum):
    """Where a policy stands; decides its grammar (SEMANTICS 1.4) and its place in the combination."""

    IDENTITY = "identity"
    BOUNDARY = "boundary"
    SESSION = "session"
    SCP = "scp"
    RCP = "rcp"
    RESOURCE = "resource"
    TRUST = "trust"
    ENDPOINT = "endpoint"


class Effect(enum.Enum):
    ALLOW = "Allow"
    DENY = "Deny"


class Position(Struct, frozen=True):
    """A place in the document's text; line and column count from 1, offset from 0."""

    line: int
    column: int
    offset: int


class Span(Struct, frozen=True):
    start: Position
    end: Position


class PrincipalEntry(Struct, frozen=True):
    """One value of a Principal or NotPrincipal element: kind is AWS, Service, Federated, CanonicalUser or *."""

    kind: str
    value: str


class Condition(Struct, frozen=True):
    """One (operator, key, values) of a Condition block; operator and key as written."""

    operator: str
    key: str
    values: tuple[str, ...]
    span: Span | None = None


class Statement(Struct, frozen=True):
    """One statement. Exactly one of the two action tuples is not None; likewise for resources and principals
    as far as the policy type has them."""

    index: int
    effect: Effect
    sid: str | None = None
    actions: tuple[str, ...] | None = None
    not_actions: tuple[str, ...] | None = None
    resources: tuple[str, ...] | None = None
    not_resources: tuple[str, ...] | None = None
    principals: tuple[PrincipalEntry, ...] | None = None
    not_principals: tuple[PrincipalEntry, ...] | None = None
    conditions: tuple[Condition, ...] = ()
    span: Span | None = None


class Policy(Struct, frozen=True):
    """One document. `variables` says whether `${…}` is live (version 2012-10-17, SEMANTICS 1.3)."""

    version: str
    statements: tuple[Statement, ...]
    id: str | None = None

    @property
    def variables(self) -> bool:
        return self.version == "2012-10-17"
