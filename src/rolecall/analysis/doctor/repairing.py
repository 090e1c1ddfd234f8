"""Which change of a policy takes a fault away, from everything that it stops? Each is decided again.

What is missing becomes one statement for all that the fault concerns; what is in the way is changed as
`decision.repairs` proposes it, or in the two ways that AWS's own documents give for SageMaker: a Deny keeps to the
actions that carry its key, and a Deny of tagging spares the tagging that comes with a create call.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.analysis.doctor.asking import Asked, Part
from rolecall.analysis.doctor.faults import Fault
from rolecall.analysis.doctor.patient import SAMPLE
from rolecall.analysis.doctor.standing import carries
from rolecall.analysis.doctor.work import is_sample_bucket
from rolecall.catalog import Catalog
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.procedure import evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.reference.actions import action_matches
from rolecall.decision.reference.result import Setting
from rolecall.decision.repairs.changes import ORDER, Kind, Place, PolicyChange
from rolecall.decision.repairs.obstacles import Denying, Missing, Obstacle
from rolecall.decision.repairs.policy_changes import is_editable, policy_changes
from rolecall.decision.request import PrincipalType, Request
from rolecall.policy.arn import parse_arn
from rolecall.policy.document import Condition, Effect, PolicyType, Statement
from rolecall.policy.open_points import OURS

TAGGING: Final = "sagemaker:TaggingAction"
ADD_TAGS: Final = "sagemaker:AddTags"
PASSED_TO: Final = "iam:PassedToService"
SOURCE_ARN: Final = "aws:sourcearn"
# Faults of a condition's values, which are best mended there.
BY_CONDITION: Final = frozenset({"automatic-tags", "pass-role-service", "create-job-service", "trust-condition"})
ON_CONDITIONS: Final = frozenset({Kind.ADD_CONDITION_VALUE, Kind.EXCEPT_CONDITION_VALUE})
MOST_OPERATIONS: Final = 6  # that a condition lists by name


class Denied(Struct, frozen=True):
    """A question with the obstacle that makes the fault. request: as it was judged. policies: those that count."""

    asked: Asked
    request: Request
    policies: PoliciesInForce
    obstacle: Obstacle


def candidates(
    fault: Fault, denied: Sequence[Denied], catalog: Catalog, profile: Profile
) -> Iterator[PolicyChange]:
    """Changes that may take the fault away from all of its questions, the best first."""
    first = denied[0]
    evaluation = evaluate(first.request, first.policies, profile=profile)
    setting = Setting(OURS, profile, has_boundary=first.policies.boundary is not None)
    found = policy_changes(first.obstacle, first.request, first.policies, evaluation, setting)
    found = tuple(_general(change) for change in sorted(found, key=lambda each: ORDER[each.kind]))
    if fault.code in BY_CONDITION:
        yield from (change for change in found if change.kind in ON_CONDITIONS)
    if isinstance(first.obstacle, Missing):
        yield from _from_anywhere(fault, first)
        yield from _grouped(first.obstacle, denied, profile)
    else:
        yield from _spared(first.obstacle, denied, catalog)
    yield from found


def _general(change: PolicyChange) -> PolicyChange:
    """A change that names a sample, with `*` in its place."""
    if change.after is None or not any(SAMPLE in text for text in (*(change.after.resources or ()), *change.what)):
        return change
    what = tuple(text.replace(SAMPLE, "*") for text in change.what)
    return replace(change, after=_opened(change.after), what=what)


def _from_anywhere(fault: Fault, first: Denied) -> Iterator[PolicyChange]:
    """A trust policy's aws:SourceArn that lets SageMaker come from every resource of the account."""
    if fault.code != "trust-condition" or fault.key.lower() != SOURCE_ARN or fault.place is None:
        return
    policy = fault.place.find(first.policies)
    assert policy is not None
    assert fault.statement is not None
    before = policy.document.statements[fault.statement]
    account = (first.request.context.get("aws:SourceAccount") or ("",))[0]
    anywhere = f"arn:{first.request.resource.arn.split(':')[1]}:sagemaker:*:{account}:*"
    conditions = tuple(
        Condition("ArnLike", each.key, (anywhere,)) if each.key.lower() == SOURCE_ARN else each
        for each in before.conditions
    )
    after = replace(before, conditions=conditions)
    yield PolicyChange(Kind.ADD_CONDITION_VALUE, fault.place, before.index, before, after, (anywhere,), policy)


def _opened(statement: Statement) -> Statement:
    """A statement with `*` for every sample name."""

    def each(texts: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if texts is None else tuple(dict.fromkeys(text.replace(SAMPLE, "*") for text in texts))

    return replace(statement, resources=each(statement.resources), not_resources=each(statement.not_resources))


def _grouped(missing: Missing, denied: Sequence[Denied], profile: Profile) -> Iterator[PolicyChange]:
    """One statement that allows all of the questions, in a policy of its own where there can be one."""
    kind = missing.policy_type
    if kind not in (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SCP):
        return
    statement = _statement(denied, profile, narrow=kind is PolicyType.IDENTITY)
    policies = denied[0].policies
    if kind is PolicyType.IDENTITY:
        if denied[0].request.principal.type is not PrincipalType.SERVICE_LINKED_ROLE:
            yield PolicyChange(Kind.ADD_POLICY, Place(kind), after=statement)
        return
    held = policies.of(kind) if missing.level is None else policies.scps[missing.level]
    for index, policy in enumerate(held):
        if is_editable(policy):
            yield PolicyChange(
                Kind.ADD_STATEMENT, Place(kind, index, missing.level), after=statement, source=policy
            )
    if kind is PolicyType.SCP:
        yield PolicyChange(Kind.ADD_POLICY, Place(kind, None, missing.level), after=statement)


def _statement(denied: Sequence[Denied], profile: Profile, *, narrow: bool) -> Statement:
    """An Allow for all questions. narrow: with the conditions of least privilege."""
    requests = [each.request for each in denied]
    actions = tuple(dict.fromkeys(request.action for request in requests))
    resources = tuple(sorted({general(request, profile) for request in requests}))
    conditions: list[Condition] = []
    services = _values(requests, PASSED_TO)
    if services:
        conditions.append(Condition("StringEquals", PASSED_TO, services))
    operations = _values(requests, TAGGING)
    if operations and narrow:
        conditions.append(
            Condition("StringEquals", TAGGING, operations)
            if len(operations) <= MOST_OPERATIONS
            else Condition("Null", TAGGING, ("false",))
        )
        if len(operations) > MOST_OPERATIONS and profile != "guide":
            resources = (_everything(requests[0]),)
    if "*" in resources or (not narrow and len(resources) > MOST_OPERATIONS):
        resources = ("*",)
    return Statement(
        index=0, effect=Effect.ALLOW, actions=actions, resources=resources, conditions=tuple(conditions)
    )


def _values(requests: Iterable[Request], key: str) -> tuple[str, ...]:
    return tuple(sorted({value for request in requests for value in request.context.get(key) or ()}))


def general(request: Request, profile: Profile) -> str:
    """The resource of a canonical request as a policy should name it: any name, any Region."""
    arn = parse_arn(request.resource.arn)
    if arn is None or (profile == "guide" and request.service == "sagemaker"):
        return "*"
    named = "*" if is_sample_bucket(request.resource.arn) else arn.resource.replace(SAMPLE, "*")
    if arn.service == "logs" and ":log-stream:" in named:
        named = f"{named.partition(':log-stream:')[0]}:*"
    region = "*" if arn.service == "sagemaker" else arn.region
    return f"arn:{arn.partition}:{arn.service}:{region}:{arn.account}:{named}"


def _everything(request: Request) -> str:
    arn = parse_arn(request.resource.arn)
    return "*" if arn is None else f"arn:{arn.partition}:sagemaker:*:{arn.account}:*/*"


def _spared(deny: Denying, denied: Sequence[Denied], catalog: Catalog) -> Iterator[PolicyChange]:
    """The Deny changed as AWS's documents write it, where it stands in SageMaker's way."""
    policy = deny.place.find(denied[0].policies)
    assert policy is not None
    if not is_editable(policy):
        return
    before = policy.document.statements[deny.statement]
    yield from _keeping_to_carriers(deny, before, policy, denied, catalog)
    if denied[0].asked.part is Part.TAGS and before.actions is not None:
        condition = Condition("Null", TAGGING, ("true",))
        only = all(action_matches(pattern, ADD_TAGS) or "Tags" in pattern for pattern in before.actions)
        if only and not any(each.key.lower() == TAGGING.lower() for each in before.conditions):
            after = replace(before, conditions=(*before.conditions, condition))
            yield PolicyChange(
                Kind.EXCEPT_CONDITION_VALUE, deny.place, before.index, before, after, (TAGGING,), policy
            )


def _keeping_to_carriers(
    deny: Denying, before: Statement, policy: SourcedPolicy, denied: Sequence[Denied], catalog: Catalog
) -> Iterator[PolicyChange]:
    """The Deny on those of its actions only that carry the keys of its conditions."""
    keys = [each.key for each in before.conditions if not each.key.lower().startswith("aws:")]
    if not keys or before.actions is None:
        return
    kept: list[str] = []
    gone: list[str] = []
    for pattern in before.actions:
        covered = [
            action.full_name
            for action in catalog.actions(pattern.partition(":")[0].lower())
            if action_matches(pattern, action.full_name)
        ]
        carrying = [name for name in covered if all(carries(name, key, catalog) for key in keys)]
        if covered and len(carrying) == len(covered):
            kept.append(pattern)
        else:
            kept += carrying
            gone += [name for name in covered if name not in carrying] if len(covered) < 4 else [pattern]
    actions = tuple(dict.fromkeys(kept))
    if actions and actions != before.actions:
        after = replace(before, actions=actions)
        yield PolicyChange(
            Kind.EXCEPT_ACTION, deny.place, before.index, before, after, tuple(dict.fromkeys(gone)), policy
        )
