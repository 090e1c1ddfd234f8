"""What stands between a denied request and an allow?

For each way in which the request could be granted (SEMANTICS 7.3, 7.4): the statements that deny, and the policy
types that lack an allow on that way. Every obstacle must go; one change of a policy takes away one of them, so the
way with the fewest obstacles is the shortest.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from rolecall.decision.applicability import resource_policy_type
from rolecall.decision.procedure import Evaluation
from rolecall.decision.reference.result import PolicyResult
from rolecall.decision.repairs.changes import Place
from rolecall.decision.request import PrincipalType, Request
from rolecall.decision.rules import (
    BY_DELEGATION,
    BY_IDENTITY,
    DIRECTLY,
    FROM_BOTH,
    OF_SESSION,
    SAME_ACCOUNT,
    SUFFICE,
    TO_ROLE_OR_USER,
    Answers,
    Route,
)
from rolecall.decision.verdict import MatchKind
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import Effect, PolicyType
from rolecall.policy.truth import Truth, some

Kinds = tuple[MatchKind, ...]

# What each route asks of the policy types; the kinds say how a resource policy must name the caller.
NEEDS: Final[tuple[tuple[Route, tuple[tuple[PolicyType, Kinds], ...]], ...]] = (
    (DIRECTLY, ((PolicyType.RESOURCE, (MatchKind.DIRECT,)),)),
    (
        TO_ROLE_OR_USER,
        ((PolicyType.RESOURCE, OF_SESSION), (PolicyType.BOUNDARY, ()), (PolicyType.SESSION, ())),
    ),
    (BY_IDENTITY, ((PolicyType.IDENTITY, ()), (PolicyType.BOUNDARY, ()), (PolicyType.SESSION, ()))),
    (
        BY_DELEGATION,
        (
            (PolicyType.RESOURCE, (MatchKind.ACCOUNT,)),
            (PolicyType.IDENTITY, ()),
            (PolicyType.BOUNDARY, ()),
            (PolicyType.SESSION, ()),
        ),
    ),
    (
        FROM_BOTH,
        (
            (PolicyType.RESOURCE, ()),
            (PolicyType.IDENTITY, ()),
            (PolicyType.BOUNDARY, ()),
            (PolicyType.SESSION, ()),
        ),
    ),
)

# Resources of SageMaker that take policies; its other resources are shared in no such way.
SAGEMAKER_WITH_POLICIES: Final = ("model-package-group/",)


class Missing(Struct, frozen=True):
    """A policy type that does not allow. kinds: how a resource policy would have to name the caller."""

    policy_type: PolicyType
    level: int | None = None
    kinds: Kinds = ()


class Denying(Struct, frozen=True):
    """A Deny statement that matches."""

    place: Place
    statement: int


Obstacle = Missing | Denying


class Way(Struct, frozen=True):
    """One way to be granted, and what stands in it."""

    route: Route
    obstacles: tuple[Obstacle, ...]


def needs(route: Route) -> tuple[tuple[PolicyType, Kinds], ...]:
    return next((types for known, types in NEEDS if known is route), ())


def placed(request: Request, evaluation: Evaluation) -> Iterator[tuple[Place, PolicyResult]]:
    """Every policy that counts, in the order in which denials name them."""
    results = evaluation.results
    for kind, levels in ((PolicyType.SCP, results.scps), (PolicyType.RCP, results.rcps)):
        for level, held in enumerate(levels):
            for index, result in enumerate(held):
                yield Place(kind, index, level), result
    if results.endpoint is not None:
        yield Place(PolicyType.ENDPOINT, 0), results.endpoint
    for index, result in enumerate(results.identity):
        yield Place(PolicyType.IDENTITY, index), result
    if results.boundary is not None:
        yield Place(PolicyType.BOUNDARY, 0), results.boundary
    for index, result in enumerate(results.session or ()):
        yield Place(PolicyType.SESSION, index), result
    if results.resource is not None:
        yield Place(resource_policy_type(request), 0), results.resource


def ways(request: Request, evaluation: Evaluation) -> tuple[Way, ...]:
    """Every way that policies could open, the shortest first."""
    everywhere: tuple[Obstacle, ...] = (*_denying(request, evaluation), *_guardrails(evaluation))
    found = [
        Way(route, (*everywhere, *_lacking(route, request, evaluation)))
        for route in evaluation.combined.rule.routes
        if _is_open(route, request, evaluation)
    ]
    by_length = sorted(found, key=lambda way: (len(way.obstacles), way.route is not BY_IDENTITY))
    return tuple(by_length)


def _denying(request: Request, evaluation: Evaluation) -> Iterator[Denying]:
    for place, result in placed(request, evaluation):
        for number, statement in enumerate(result.statements):
            if statement.statement.effect is Effect.DENY and statement.truth is not Truth.NO:
                yield Denying(place, number)


def _guardrails(evaluation: Evaluation) -> Iterator[Missing]:
    verdicts = evaluation.results.verdicts
    for kind, levels in ((PolicyType.SCP, verdicts.scps), (PolicyType.RCP, verdicts.rcps)):
        for number, level in enumerate(levels):
            if some(verdict.allows() for verdict in level) is not Truth.YES:
                yield Missing(kind, number)
    if evaluation.combined.answers.endpoint is not Truth.YES:
        yield Missing(PolicyType.ENDPOINT)


def _lacking(route: Route, request: Request, evaluation: Evaluation) -> Iterator[Missing]:
    answers = evaluation.combined.answers
    for kind, kinds in needs(route):
        if answer(answers, kind, kinds) is not Truth.YES:
            named = resource_policy_type(request) if kind is PolicyType.RESOURCE else kind
            yield Missing(named, None, kinds)


def answer(answers: Answers, kind: PolicyType, kinds: Kinds) -> Truth:
    """What a policy type says on a route."""
    match kind:
        case PolicyType.IDENTITY:
            return answers.identity
        case PolicyType.BOUNDARY:
            return answers.boundary
        case PolicyType.SESSION:
            return answers.session
    said = {
        (): answers.resource_side,
        (MatchKind.DIRECT,): answers.direct,
        OF_SESSION: answers.of_session,
        (MatchKind.ACCOUNT,): answers.account,
    }
    return said[kinds]


def _is_open(route: Route, request: Request, evaluation: Evaluation) -> bool:
    """Whether policies of this caller on this resource can make the route at all."""
    asked = [kinds for kind, kinds in needs(route) if kind is PolicyType.RESOURCE]
    if not asked:
        return True
    if resource_policy_type(request) in evaluation.applicable.exempt or not takes_policy(request):
        return False
    granted = answer(evaluation.combined.answers, PolicyType.RESOURCE, asked[0]) is Truth.YES
    sessions = request.principal.type in (
        PrincipalType.ROLE_SESSION,
        PrincipalType.SERVICE_LINKED_ROLE,
        PrincipalType.FEDERATED_USER,
    )
    if not granted and asked[0] == OF_SESSION and not sessions:
        return False
    # A grant to one session by name is gone with the session: its role is what one names.
    if not granted and asked[0] == (MatchKind.DIRECT,) and sessions and evaluation.combined.rule is SAME_ACCOUNT:
        return False
    # Within an account nobody makes a resource policy to grant what an identity policy grants.
    return evaluation.results.resource is not None or evaluation.combined.rule not in SUFFICE


def takes_policy(request: Request) -> bool:
    """Whether a resource of this kind can carry a policy."""
    arn = parse_arn(request.resource.arn)
    if arn is None:
        return False
    if request.service == "sagemaker":
        return arn.resource.startswith(SAGEMAKER_WITH_POLICIES)
    return True
