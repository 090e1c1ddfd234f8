"""Why was a request allowed or denied, what would turn it, and how would it be decided now?

Explaining decides again what was recorded, on the policies of then, with the reference evaluator's trace; a denial
comes with its repairs and its encoded authorization message, an allow with the statements it rests on. Asking
again decides the same questions on the policies of now: all of them, also those behind the first denial.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from rolecall.authorization.requirements import PASS_ROLE
from rolecall.decision import Decision, PoliciesInForce, Request, decide, explain
from rolecall.decision.profile import Profile
from rolecall.decision.repairs import RepairsView, find_grounds, repairs
from rolecall.decision.wording import denial_message
from rolecall.decision.world import World, as_they_stand, policies_in_force
from rolecall.server.authorization_messages import Sealing, encoded_message
from rolecall.server.explanations import context_values, further_questions, recall
from rolecall.server.foreign import shown_to, versions_of
from rolecall.server.judging import ACROSS_ACCOUNTS
from rolecall.server.tagging_repairs import with_tagging
from rolecall.store.records import AuditRecord

Document = Callable[[str], str | None]

WITHIN_AN_ACCOUNT: Final = RepairsView(
    ("a role can be passed within its own account only",), note="pass a role of the caller's account instead"
)


def explanation(record: AuditRecord, document: Document, sealing: Sealing) -> Mapping[str, Any]:
    """The record, and for each decision of the call its trace and what would turn it.

    What belongs to other accounts is left out. Raises LookupError while a policy document is still on its way into
    the store.
    """
    profile: Profile = record.decisions.get("profile", "reference")
    recalled = (
        (*shown_to(record.account, request, policies, decision), kept)
        for request, policies, decision, kept in recall(record.decisions, document)
    )
    return {
        "request_id": record.request_id,
        "account": record.account,
        "event": record.event,
        "profile": profile,
        "versions": versions_of(record.account, record.decisions.get("versions", {})),
        "rulings": [
            {
                "principal": request.principal.arn,
                "action": request.action,
                "resource": request.resource.arn,
                "outcome": decision.outcome.value,
                "decision": msgspec.to_builtins(decision),
                "message": kept["message"],
                "context": context_values(request.context),
                "trace": msgspec.to_builtins(explain(request, policies, profile=profile)),
                **turned(record, request, policies, decision, sealing),
            }
            for request, policies, decision, kept in recalled
        ],
    }


def turned(
    record: AuditRecord, request: Request, policies: PoliciesInForce, decision: Decision, sealing: Sealing
) -> dict[str, Any]:
    """`grounds` of an allow; `repairs` and `encoded` of a denial."""
    profile: Profile = record.decisions.get("profile", "reference")
    if decision.allowed and not _passes_across_accounts(request):
        return {"grounds": msgspec.to_builtins(find_grounds(request, policies, profile=profile))}
    if _passes_across_accounts(request):
        found = WITHIN_AN_ACCOUNT
    else:
        found = repairs(request, policies, profile=profile)
        found = with_tagging(found, record.name, request, policies, profile)
    return {
        "repairs": msgspec.to_builtins(found),
        "encoded": encoded_message(request, policies, decision, sealing),
    }


def decided_now(record: AuditRecord, document: Document, world: World, sealing: Sealing) -> Mapping[str, Any]:
    """Every question of the recorded call on the policies of now, up to the first denial.

    The context stays as it was, and so do the policies of the caller's session. Raises LookupError as
    `explanation` does.
    """
    profile: Profile = record.decisions.get("profile", "reference")
    recalled = recall(record.decisions, document)
    if not recalled:
        raise ValueError(f"nothing was decided for request {record.request_id}")
    session = recalled[0][1].session
    questions = [(request, kept["printed"]) for request, _, _, kept in recalled]
    questions += further_questions(record.decisions, recalled[0][0].principal)
    rulings: list[dict[str, Any]] = []
    for asked, printed in questions:
        request = as_they_stand(asked, world)
        resource = request.resource
        policies = policies_in_force(world, request.principal, resource.arn, resource.account, session=session)
        decision = decide(request, policies, profile=profile)
        allowed = decision.allowed and not _passes_across_accounts(request)
        rulings.append(
            {
                "action": request.action,
                "resource": resource.arn,
                "outcome": decision.outcome.value if allowed or not decision.allowed else "explicit_deny",
                "message": None if allowed else _message(request, policies, decision, printed),
                **turned(record, *shown_to(record.account, request, policies, decision), sealing),
            }
        )
        if not allowed:
            break
    return {
        "request_id": record.request_id,
        "outcome": "allow" if allowed else "deny",
        "questions": len(questions),
        "rulings": rulings,
    }


def _passes_across_accounts(request: Request) -> bool:
    return request.action == PASS_ROLE and request.resource.account != request.principal.account


def _message(request: Request, policies: PoliciesInForce, decision: Decision, printed: str | None) -> str:
    if _passes_across_accounts(request):
        return ACROSS_ACCOUNTS
    return denial_message(request, policies, decision, printed_resource=printed)
