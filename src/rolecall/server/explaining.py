"""Why was a request allowed or denied? Decide again what was recorded, with the reference evaluator's trace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rolecall.decision import explain
from rolecall.server.explanations import recall
from rolecall.store.records import AuditRecord


def explanation(record: AuditRecord, document: Callable[[str], str | None]) -> Mapping[str, Any]:
    """The record, and for each decision of the call its trace.

    Raises LookupError while a policy document is still on its way into the store.
    """
    profile = record.decisions.get("profile", "reference")
    return {
        "request_id": record.request_id,
        "account": record.account,
        "event": record.event,
        "profile": profile,
        "versions": record.decisions.get("versions", {}),
        "rulings": [
            {
                "principal": request.principal.arn,
                "action": request.action,
                "resource": request.resource.arn,
                "outcome": decision.outcome.value,
                "decision": msgspec.to_builtins(decision),
                "message": kept["message"],
                "context": kept["context"],
                "trace": msgspec.to_builtins(explain(request, policies, profile=profile)),
            }
            for request, policies, decision, kept in recall(record.decisions, document)
        ],
    }
