"""The neutral answer: what `rolecall decide` prints for a line."""

from __future__ import annotations

from rolecall.decision.compiled import Engine
from rolecall.decision.explanation import explain
from rolecall.decision.neutral import NeutralRequest
from rolecall.decision.procedure import decide
from rolecall.decision.profile import Profile
from rolecall.decision.result import Determining, Outcome
from rolecall.decision.wording import denial_message


def answer(
    asked: NeutralRequest,
    *,
    profile: Profile = "reference",
    with_trace: bool = False,
    engine: Engine | None = None,
) -> dict[str, object]:
    """Decide a request that was read; message is null for what is not a denial.

    engine: decides in place of the reference evaluator; it must have been made for the same profile.
    """
    request, policies = asked.request, asked.policies
    decision = decide(request, policies, profile=profile) if engine is None else engine.decide(request, policies)
    denied = decision.outcome in (Outcome.EXPLICIT_DENY, Outcome.IMPLICIT_DENY)
    said: dict[str, object] = {
        "id": asked.id,
        "decision": decision.outcome.value,
        "by": None if decision.by is None else _by(decision.by),
        "message": denial_message(request, policies, decision) if denied else None,
    }
    if decision.outcome is Outcome.UNDETERMINED:
        said["depends_on"] = list(decision.depends_on)
    if with_trace:
        said["trace"] = explain(request, policies, profile=profile)
    return said


def _by(by: Determining) -> dict[str, object]:
    named: dict[str, object] = {
        "policy_type": by.policy_type.value,
        "index": list(by.index) if isinstance(by.index, tuple) else by.index,
        "statement": by.statement,
        "sid": by.sid,
        "arn": by.arn,
    }
    if by.name is not None:
        named["name"] = by.name
    return named
