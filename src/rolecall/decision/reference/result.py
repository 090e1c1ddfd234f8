"""What the reference evaluator found: for every statement every element, what was wanted and what was seen."""

from __future__ import annotations

import enum

from msgspec import Struct

from rolecall.decision.profile import Profile
from rolecall.decision.verdict import MatchKind, Verdict
from rolecall.policy.document import Condition, Effect, PolicyType, Statement
from rolecall.policy.open_points import OURS, Choices
from rolecall.policy.truth import Truth, every


class Setting(Struct, frozen=True):
    """What an evaluation rests on besides request and policy. has_boundary: NotPrincipal asks for it."""

    choices: Choices = OURS
    profile: Profile = "reference"
    has_boundary: bool = False


class Element(enum.Enum):
    PRINCIPAL = "Principal"
    NOT_PRINCIPAL = "NotPrincipal"
    ACTION = "Action"
    NOT_ACTION = "NotAction"
    RESOURCE = "Resource"
    NOT_RESOURCE = "NotResource"
    CONDITION = "Condition"


class ElementResult(Struct, frozen=True):
    """One element against one request.

    wanted: its values with variables filled in. seen: what the request has; None: nothing, the key is absent.
    keys: unknown condition keys that an UNKNOWN answer hangs on. note: why, where values do not show it.
    """

    element: Element
    truth: Truth
    wanted: tuple[str, ...]
    seen: tuple[str, ...] | None
    condition: Condition | None = None
    keys: tuple[str, ...] = ()
    note: str | None = None


class StatementResult(Struct, frozen=True):
    """kinds: how it named the caller, empty when it did not."""

    statement: Statement
    elements: tuple[ElementResult, ...]
    kinds: frozenset[MatchKind]

    @property
    def truth(self) -> Truth:
        return every(element.truth for element in self.elements)

    @property
    def failed(self) -> ElementResult | None:
        """The first element that does not match, else the first that is unknown."""
        for truth in (Truth.NO, Truth.UNKNOWN):
            for element in self.elements:
                if element.truth is truth:
                    return element
        return None


class PolicyResult(Struct, frozen=True):
    """A policy's verdict, and the statements it was made of."""

    kind: PolicyType
    verdict: Verdict
    statements: tuple[StatementResult, ...]


def verdict_of(statements: tuple[StatementResult, ...]) -> Verdict:
    """Gather statements: any matching Deny denies, any matching Allow allows (SEMANTICS 7.1)."""
    deny, denied_by = Truth.NO, None
    allow: dict[MatchKind, Truth] = {}
    allowed_by: dict[MatchKind, int] = {}
    keys: dict[Effect, dict[str, None]] = {Effect.DENY: {}, Effect.ALLOW: {}}
    for number, result in enumerate(statements):
        truth, effect = result.truth, result.statement.effect
        if truth is Truth.UNKNOWN:
            keys[effect].update((key, None) for element in result.elements for key in element.keys)
        if effect is Effect.DENY:
            deny = deny | truth
            if truth is Truth.YES and denied_by is None:
                denied_by = number
            continue
        for kind in result.kinds:
            allow[kind] = allow.get(kind, Truth.NO) | truth
            if truth is Truth.YES:
                allowed_by.setdefault(kind, number)
    return Verdict(deny, allow, denied_by, allowed_by, tuple(keys[Effect.DENY]), tuple(keys[Effect.ALLOW]))
