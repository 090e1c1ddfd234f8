"""Repairs as they are told: plain values, the same for text, JSON, the console and `rolecall explain --apply`."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class ChangeView(Struct, frozen=True, omit_defaults=True):
    """One change in words, and in the form in which a program carries it out.

    side: request or policy. text: what to do. also: what else that would allow. before, after: the statement as
    IAM writes it; without before it is new, without after it goes. policy: name of the policy, policy_arn: where
    it has one; neither: a policy that is still to be made. level: of SCPs and RCPs.
    """

    side: str
    kind: str
    text: str
    also: str = ""
    key: str = ""
    values: tuple[str, ...] | None = None
    resource: str = ""
    policy_type: str = ""
    policy: str = ""
    policy_arn: str = ""
    level: int | None = None
    statement: int | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None


class RepairView(Struct, frozen=True, omit_defaults=True):
    """Changes that together turn the decision: side says whose they are: request, policy or mixed."""

    side: str
    changes: tuple[ChangeView, ...]


class RepairsView(Struct, frozen=True, omit_defaults=True):
    """causes: what stands in the way. repairs: alternatives, each of which was decided as an allow.

    note: why there are none, or what no policy can change.
    """

    causes: tuple[str, ...]
    repairs: tuple[RepairView, ...] = ()
    note: str | None = None
