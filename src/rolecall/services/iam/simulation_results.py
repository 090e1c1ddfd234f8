"""How does the policy simulator tell a decision? The members of EvaluationResult, made of an evaluation.

Positions are AWS's: the column just after the statement's opening and closing brace. `IAM Policy` is what AWS
sends as SourcePolicyType, although the model lists other words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rolecall.decision.procedure import Evaluation
from rolecall.decision.reference.result import Element, PolicyResult, StatementResult
from rolecall.decision.repairs.changes import Place
from rolecall.decision.repairs.obstacles import placed
from rolecall.decision.request import Request
from rolecall.decision.result import Outcome
from rolecall.decision.rules import CROSS_ACCOUNT
from rolecall.policy.document import Effect, Position, Statement
from rolecall.policy.document import PolicyType as Type
from rolecall.policy.truth import Truth, some
from rolecall.services.iam.statement_keys import statement_keys

WORDS: Final[Mapping[Outcome, str]] = {
    Outcome.ALLOW: "allowed",
    Outcome.EXPLICIT_DENY: "explicitDeny",
    Outcome.IMPLICIT_DENY: "implicitDeny",
    Outcome.UNDETERMINED: "implicitDeny",  # nothing is declared unknown here
}
IAM_POLICY: Final = "IAM Policy"
SOURCE_TYPES: Final[Mapping[Type, str]] = {
    Type.RESOURCE: "Resource Policy",
    Type.TRUST: "Resource Policy",
    Type.BOUNDARY: "Permissions Boundary Policy",
    Type.SCP: "Service Control Policy",
    Type.RCP: "Resource Control Policy",
}
# Types whose Allow grants; the others only limit.
GRANTING: Final = (Type.IDENTITY, Type.RESOURCE, Type.TRUST)


def result_of(request: Request, evaluation: Evaluation, *, by_resource: bool) -> dict[str, Any]:
    """One EvaluationResult. by_resource: resources were named, so the answer is told for each of them too."""
    decision = WORDS[evaluation.decision.outcome]
    matched = list(_matched(request, evaluation))
    missing = list(_missing(request, evaluation))
    boundary = _boundary(evaluation)
    result: dict[str, Any] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource.arn,
        "EvalDecision": decision,
        "MatchedStatements": matched,
        "MissingContextValues": missing,
        "EvalDecisionDetails": _details(request, evaluation),
        **boundary,
    }
    verdicts = evaluation.results.verdicts
    if verdicts.scps or verdicts.rcps:
        answers = evaluation.combined.answers
        denied = any(verdict.deny is Truth.YES for level in (*verdicts.scps, *verdicts.rcps) for verdict in level)
        allowed = (answers.scp & answers.rcp) is Truth.YES and not denied
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if by_resource:
        result["ResourceSpecificResults"] = [
            {
                "EvalResourceName": request.resource.arn,
                "EvalResourceDecision": decision,
                "MatchedStatements": matched,
                "MissingContextValues": missing,
                **({"EvalDecisionDetails": details} if (details := result["EvalDecisionDetails"]) else {}),
                **boundary,
            }
        ]
    return result


def _matched(request: Request, evaluation: Evaluation) -> Iterator[dict[str, Any]]:
    """The statements that decided: every Deny that matches, or every Allow that grants; none where none did."""
    outcome = evaluation.decision.outcome
    if outcome is Outcome.IMPLICIT_DENY:
        return
    effect = Effect.ALLOW if outcome is Outcome.ALLOW else Effect.DENY
    for place, result in placed(request, evaluation):
        if effect is Effect.ALLOW and place.policy_type not in GRANTING:
            continue
        for statement in result.statements:
            if statement.truth is Truth.YES and statement.statement.effect is effect:
                yield _told(place, evaluation, statement.statement)


def _told(place: Place, evaluation: Evaluation, statement: Statement) -> dict[str, Any]:
    policy = place.find(evaluation.applicable.policies)
    assert policy is not None
    told: dict[str, Any] = {
        "SourcePolicyId": policy.name or policy.arn or "",
        "SourcePolicyType": SOURCE_TYPES.get(place.policy_type, IAM_POLICY),
    }
    if statement.span is not None:
        told["StartPosition"] = _position(statement.span.start, 1)
        told["EndPosition"] = _position(statement.span.end, 0)
    return told


def _position(position: Position, further: int) -> dict[str, int]:
    return {"Line": position.line, "Column": position.column + further}


def _missing(request: Request, evaluation: Evaluation) -> Iterator[str]:
    """Keys that statements about this action speak of and that the request does not have, in any spelling."""
    told: set[str] = set()
    for place, result in placed(request, evaluation):
        policy = place.find(evaluation.applicable.policies)
        assert policy is not None
        for statement in result.statements:
            if not _concerns(statement):
                continue
            for key in statement_keys(statement.statement, policy.document.variables):
                if request.context.get(key) is None and key.lower() not in told:
                    told.add(key.lower())
                    yield key


def _concerns(result: StatementResult) -> bool:
    """Whether the statement speaks of this action by this caller."""
    about = (Element.ACTION, Element.NOT_ACTION, Element.PRINCIPAL, Element.NOT_PRINCIPAL)
    return all(element.truth is not Truth.NO for element in result.elements if element.element in about)


def _boundary(evaluation: Evaluation) -> dict[str, Any]:
    verdict = evaluation.results.verdicts.boundary
    if verdict is None:
        return {}
    allowed = verdict.deny is Truth.NO and verdict.allows() is Truth.YES
    return {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": allowed}}


def _details(request: Request, evaluation: Evaluation) -> dict[str, str]:
    """What each policy type says, where two accounts are concerned; nothing within one account."""
    if evaluation.combined.rule is not CROSS_ACCOUNT:
        return {}
    results = evaluation.results
    details = {IAM_POLICY: _says(results.identity)}
    if results.boundary is not None:
        details[SOURCE_TYPES[Type.BOUNDARY]] = _says((results.boundary,))
    details[SOURCE_TYPES[Type.RESOURCE]] = _says(() if results.resource is None else (results.resource,))
    return details


def _says(results: tuple[PolicyResult, ...]) -> str:
    if any(result.verdict.deny is Truth.YES for result in results):
        return "explicitDeny"
    allowed = some(result.verdict.allows() for result in results) is Truth.YES
    return "allowed" if allowed else "implicitDeny"
