"""What does one policy say of one request? Each statement: principal, action, resource, conditions, all of them.

SEMANTICS 4.1 (the block is AND-ed) and 7.1. Nothing is short-circuited: a trace wants every element.
"""

from __future__ import annotations

from rolecall.decision.reference.actions import evaluate_action
from rolecall.decision.reference.conditions import evaluate_condition
from rolecall.decision.reference.principals import evaluate_principal
from rolecall.decision.reference.resources import evaluate_resource
from rolecall.decision.reference.result import PolicyResult, Setting, StatementResult, verdict_of
from rolecall.decision.request import Request
from rolecall.policy.document import Policy, PolicyType, Statement


def evaluate_statement(
    statement: Statement, kind: PolicyType, request: Request, variables: bool, setting: Setting
) -> StatementResult:
    principal, kinds = evaluate_principal(statement, request.principal, setting)
    elements = [
        *(() if principal is None else (principal,)),
        evaluate_action(statement, request),
        evaluate_resource(statement, kind, request, variables, setting),
        *(
            evaluate_condition(condition, statement.effect, request.context, variables, setting)
            for condition in statement.conditions
        ),
    ]
    return StatementResult(statement, tuple(elements), kinds)


def evaluate_policy(policy: Policy, kind: PolicyType, request: Request, setting: Setting) -> PolicyResult:
    statements = tuple(
        evaluate_statement(statement, kind, request, policy.variables, setting) for statement in policy.statements
    )
    return PolicyResult(kind, verdict_of(statements), statements)
