"""How is the answer to a question told? The same values whether a server or an export was asked."""

from __future__ import annotations

from typing import Any

import msgspec

from rolecall.decision import PoliciesInForce, Request, decide, explain
from rolecall.decision.profile import Profile
from rolecall.decision.repairs import find_grounds, repairs
from rolecall.decision.wording import denial_message


def told(
    request: Request,
    policies: PoliciesInForce,
    profile: Profile,
    *,
    with_explanation: bool,
    shown: tuple[Request, PoliciesInForce] | None = None,
) -> dict[str, Any]:
    """A decision as `rolecall can-i` prints it. shown: what is explained, where the asker may not see it all."""
    decision = decide(request, policies, profile=profile)
    answer: dict[str, Any] = {
        "principal": request.principal.arn,
        "action": request.action,
        "resource": request.resource.arn,
        "outcome": decision.outcome.value,
        "depends_on": list(decision.depends_on),
        "by": msgspec.to_builtins(decision.by),
        "message": None
        if decision.allowed or decision.depends_on
        else denial_message(request, policies, decision),
    }
    if not with_explanation:
        return answer
    asked, known = shown or (request, policies)
    answer["trace"] = msgspec.to_builtins(explain(asked, known, profile=profile))
    if decision.allowed:
        answer["grounds"] = msgspec.to_builtins(find_grounds(asked, known, profile=profile))
    elif not decision.depends_on:
        answer["repairs"] = msgspec.to_builtins(repairs(asked, known, profile=profile))
    return answer
