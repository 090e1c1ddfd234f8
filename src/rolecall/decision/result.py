"""What a decision says: the outcome, and the statement or the missing policy type that made it."""

from __future__ import annotations

import enum

from msgspec import Struct

from rolecall.policy.document import PolicyType


class Outcome(enum.Enum):
    ALLOW = "allow"
    EXPLICIT_DENY = "explicit_deny"
    IMPLICIT_DENY = "implicit_deny"
    UNDETERMINED = "undetermined"


class Determining(Struct, frozen=True):
    """Who decided. For an implicit denial only `policy_type` is set: the type that lacked an allow.

    index: number of the policy within its type; (level, number) for SCPs and RCPs. statement counts from 0.
    """

    policy_type: PolicyType
    index: int | tuple[int, int] | None = None
    statement: int | None = None
    sid: str | None = None
    arn: str | None = None
    name: str | None = None


class Decision(Struct, frozen=True):
    """The answer of one decision. depends_on: with `undetermined`, the keys that could still turn it."""

    outcome: Outcome
    by: Determining | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        return self.outcome is Outcome.ALLOW
