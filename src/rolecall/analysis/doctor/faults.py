"""What is the fault behind a denial? One answer for each obstacle: a code, and where it lies."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rolecall.analysis.doctor.asking import Asked, Part
from rolecall.analysis.doctor.standing import (
    AUTOMATIC,
    OPEN_GLOBALS,
    REQUEST_TAG,
    RESOURCE_TAGS,
    TAG_KEYS,
    automatic_tags,
    carries,
    unset_variable,
)
from rolecall.analysis.doctor.work import BUCKET_NAMES, speaks_of
from rolecall.catalog import Catalog
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.procedure import evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.reference.result import Element, StatementResult
from rolecall.decision.repairs.changes import Place
from rolecall.decision.repairs.obstacles import Denying, Missing, Obstacle, placed
from rolecall.decision.request import Request
from rolecall.policy.document import Condition, Effect, PolicyType
from rolecall.policy.truth import Truth

PASSED_TO: Final = "iam:passedtoservice"
MISSING: Final = {
    Part.ACTION: "resource",
    Part.PASS_ROLE: "pass-role-missing",
    Part.TAGS: "add-tags-missing",
}
# Keys that say something of the session, the network or the time, which hold for every request.
OF_EVERY_REQUEST: Final = "aws:"


class Fault(Struct, frozen=True):
    """Where a denial comes from. Equal faults are told, and repaired, together."""

    code: str
    part: Part
    holder: str
    policy_type: PolicyType
    place: Place | None = None
    statement: int | None = None
    key: str = ""
    level: int | None = None


def fault(
    asked: Asked,
    request: Request,
    policies: PoliciesInForce,
    obstacle: Obstacle,
    catalog: Catalog,
    profile: Profile,
) -> Fault:
    """The fault behind one obstacle; `policies` are those that count."""
    if isinstance(obstacle, Denying):
        return _denied(asked, request, policies, obstacle, catalog)
    near = _nearest(request, policies, obstacle, profile)
    if near is not None and asked.part is Part.WORK and not near[2].key.lower().startswith(OF_EVERY_REQUEST):
        near = None  # which object, key or repository it is, is not known well enough to blame a condition on it
    if near is not None:
        place, statement, condition = near
        code = _of_condition(condition, asked, request, catalog)
        return Fault(
            code,
            asked.part,
            asked.holder,
            place.policy_type,
            place,
            statement.statement.index,
            condition.key,
            place.level,
        )
    return Fault(
        _missing(asked, request, policies, obstacle),
        asked.part,
        asked.holder,
        obstacle.policy_type,
        level=obstacle.level,
    )


def _denied(
    asked: Asked, request: Request, policies: PoliciesInForce, obstacle: Denying, catalog: Catalog
) -> Fault:
    policy = obstacle.place.find(policies)
    assert policy is not None
    statement = policy.document.statements[obstacle.statement]
    kind = obstacle.place.policy_type
    code = {PolicyType.SCP: "guardrail", PolicyType.RCP: "guardrail", PolicyType.BOUNDARY: "boundary"}.get(
        kind, "denied"
    )
    key = ""
    if asked.part is Part.TRUST:
        code = "trust-condition"
    for condition in statement.conditions if asked.part is not Part.TRUST else ():
        found = _of_condition(condition, asked, request, catalog)
        if found != "condition":
            code, key = found, condition.key
            break
    return Fault(
        code,
        asked.part,
        asked.holder,
        kind,
        obstacle.place,
        obstacle.statement,
        key,
        obstacle.place.level,
    )


def _of_condition(condition: Condition, asked: Asked, request: Request, catalog: Catalog) -> str:
    """What is wrong where a condition decides against a request."""
    key = condition.key.lower()
    if asked.part is Part.TRUST:
        return "trust-condition"
    if unset_variable(condition, request, catalog) is not None:
        return "variable-unset"
    if key == PASSED_TO:
        return "create-job-service" if asked.label == "CreateJob" else "pass-role-service"
    if _on_automatic_tags(key, request):
        return "automatic-tags"
    if key.startswith((REQUEST_TAG, *RESOURCE_TAGS)) or key == TAG_KEYS:
        return "condition" if carries(request.action, key, catalog) else "key-never-carried"
    if key.startswith(OF_EVERY_REQUEST) or key in OPEN_GLOBALS:
        return "condition"
    if request.context.get(key) is None and not carries(request.action, key, catalog):
        return "key-never-carried"
    return "condition"


def _on_automatic_tags(key: str, request: Request) -> bool:
    if not automatic_tags(request):
        return False
    return key == TAG_KEYS or any(
        key == f"{family}{name}" for family in (REQUEST_TAG, *RESOURCE_TAGS) for name in AUTOMATIC
    )


def _nearest(
    request: Request, policies: PoliciesInForce, missing: Missing, profile: Profile
) -> tuple[Place, StatementResult, Condition] | None:
    """The statement of the policy type that only conditions keep from allowing, and the first of them."""
    found: list[tuple[int, Place, StatementResult, Condition]] = []
    for place, result in placed(request, evaluate(request, policies, profile=profile)):
        if (place.policy_type, place.level) != (missing.policy_type, missing.level):
            continue
        for statement in result.statements:
            unmet = [each for each in statement.elements if each.truth is Truth.NO]
            conditions = [each.condition for each in unmet if each.element is Element.CONDITION]
            first = next((each for each in conditions if each is not None), None)
            if statement.statement.effect is Effect.ALLOW and first is not None and len(conditions) == len(unmet):
                found.append((len(unmet), place, statement, first))
    if not found:
        return None
    _, place, statement, condition = min(found, key=lambda each: each[0])
    return place, statement, condition


def _missing(asked: Asked, request: Request, policies: PoliciesInForce, missing: Missing) -> str:
    match missing.policy_type:
        case PolicyType.BOUNDARY:
            return "boundary"
        case PolicyType.SCP | PolicyType.RCP:
            return "guardrail"
        case PolicyType.TRUST:
            return "trust-missing"
    if asked.part is Part.WORK:
        return "bucket-name" if _by_bucket_name(request, policies) else asked.code
    return MISSING.get(asked.part, "denied")


def _by_bucket_name(request: Request, policies: PoliciesInForce) -> bool:
    """Whether objects are reached by the names of their buckets, as AmazonSageMakerFullAccess writes them."""
    if request.service != "s3":
        return False
    return any(
        any(f"*{name}*" in pattern for name in BUCKET_NAMES for pattern in statement.resources or ())
        for policy in policies.identity
        for statement in policy.document.statements
        if statement.effect is Effect.ALLOW and speaks_of(statement, request.action)
    )
