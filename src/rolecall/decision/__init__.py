"""Who may do what: requests, the policies in force, one decision procedure, and its explanation."""

from rolecall.decision.explanation import explain
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.procedure import decide
from rolecall.decision.request import Context, Principal, PrincipalType, Request, Resource
from rolecall.decision.result import Decision, Determining, Outcome
from rolecall.decision.trace import Trace

__all__ = [
    "Context",
    "Decision",
    "Determining",
    "Outcome",
    "PoliciesInForce",
    "Principal",
    "PrincipalType",
    "Request",
    "Resource",
    "SourcedPolicy",
    "Trace",
    "decide",
    "explain",
]
