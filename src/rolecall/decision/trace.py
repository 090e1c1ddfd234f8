"""The shape of an explanation: plain values, the same for text, JSON and the console.

`explanation` fills it from a run of the reference evaluator; `trace_text` writes it for a terminal.
"""

from __future__ import annotations

from msgspec import Struct

from rolecall.decision.result import Determining


class ElementTrace(Struct, frozen=True, omit_defaults=True):
    """One element of a statement against the request.

    answer: yes, no or unknown. seen: null when there is nothing. operator and key are set for conditions.
    keys: the unknown keys that an unknown answer hangs on.
    """

    element: str
    answer: str
    wanted: tuple[str, ...]
    seen: tuple[str, ...] | None
    operator: str | None = None
    key: str | None = None
    note: str | None = None
    keys: tuple[str, ...] = ()


class StatementTrace(Struct, frozen=True, omit_defaults=True):
    """failed: the first element that does not match (or is unknown). also: further elements that do not.

    near: an Allow that only this one element keeps from matching. named: how it named the caller.
    """

    index: int
    effect: str
    matched: str
    sid: str | None = None
    failed: ElementTrace | None = None
    also: tuple[ElementTrace, ...] = ()
    near: bool = False
    named: tuple[str, ...] = ()


class PolicyTrace(Struct, frozen=True, omit_defaults=True):
    """says: allow, deny, nothing or unknown; level is set for SCPs and RCPs."""

    policy_type: str
    index: int
    says: str
    statements: tuple[StatementTrace, ...]
    level: int | None = None
    arn: str | None = None
    name: str | None = None


class Rung(Struct, frozen=True, omit_defaults=True):
    """What one policy type says: allow, deny, no allow, unknown, none (there is no such policy) or not counted.

    reason: why it is not counted, or what its answer is worth. decisive: it made the decision.
    """

    policy_type: str
    says: str
    reason: str | None = None
    decisive: bool = False


class Trace(Struct, frozen=True, omit_defaults=True):
    """Why a request was decided as it was. rule: which way of combining applied."""

    principal: str
    action: str
    resource: str
    decision: str
    rule: str
    ladder: tuple[Rung, ...]
    policies: tuple[PolicyTrace, ...]
    by: Determining | None = None
    depends_on: tuple[str, ...] = ()
    note: str | None = None
