"""Does a canonical request stand, could one like it, or can none? The heart of the doctor.

A canonical request has only what such a request must have. Policies often ask for more (a team's tag, subnets,
a small instance): that is a guard and no fault, because the caller can meet it. So what the caller may choose
is declared unknown, and only a denial that holds whatever is chosen is a fault. What the caller cannot choose
is known: the session that SageMaker opened, the tags that Studio adds, keys that the operation never carries.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.catalog import Catalog
from rolecall.decision.applicability import applicable
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.procedure import Evaluation, decide, evaluate
from rolecall.decision.profile import Profile
from rolecall.decision.repairs import applied, find_repairs
from rolecall.decision.repairs.changes import RequestChange
from rolecall.decision.repairs.obstacles import Denying, Missing, Obstacle, answer, placed, ways
from rolecall.decision.request import Context, Request
from rolecall.decision.result import Outcome
from rolecall.policy.document import Condition, Policy, PolicyType
from rolecall.policy.truth import Truth, some
from rolecall.policy.variables import parse_template, variables_of

ADD_TAGS: Final = "sagemaker:addtags"
TAG_KEYS: Final = "aws:tagkeys"
REQUEST_TAG: Final = "aws:requesttag/"
RESOURCE_TAGS: Final = ("aws:resourcetag/", "sagemaker:resourcetag/")
AUTOMATIC: Final = frozenset({"sagemaker:domain-arn", "sagemaker:user-profile-arn", "sagemaker:space-arn"})
# Where a call comes from is not known here.
OPEN_GLOBALS: Final = frozenset(
    {
        "aws:referer",
        "aws:sourceip",
        "aws:sourcevpc",
        "aws:sourcevpcarn",
        "aws:sourcevpce",
        "aws:useragent",
        "aws:vpcsourceip",
        "aws:vpceaccount",
        "aws:vpceorgid",
        "aws:vpceorgpaths",
    }
)
# Service keys that follow from the call or the session and are not the caller's to choose.
SETTLED: Final = frozenset(
    {
        "sagemaker:taggingaction",
        "sagemaker:domainid",
        "sagemaker:userprofilename",
        "sagemaker:owneruserprofilearn",
        "sagemaker:spacesharingtype",
        "iam:passedtoservice",
    }
)


class Standing(enum.Enum):
    ALLOWED = "allowed"
    GUARDED = "guarded"  # a request that says more can be allowed
    DENIED = "denied"  # none can


class Judged(Struct, frozen=True):
    """How a request stands.

    opened: the request with what may be chosen unknown. obstacles: of a denial, on the shortest way.
    elsewhere: the resource on which it would stand.
    """

    standing: Standing
    opened: Request
    obstacles: tuple[Obstacle, ...] = ()
    elsewhere: str | None = None


def judge(
    request: Request, policies: PoliciesInForce, catalog: Catalog, profile: Profile, *, movable: bool = True
) -> Judged:
    """Decide a request; a denial is looked at with everything unknown that its maker may choose.

    movable: whether its maker may choose the resource too.
    """
    if decide(request, policies, profile=profile).allowed:
        return Judged(Standing.ALLOWED, request)
    opened = open_request(request, policies, catalog)
    if may_be_allowed(opened, policies, profile):
        return Judged(Standing.GUARDED, opened)
    others = tuple(_chosen(request, policies, catalog, profile, movable))
    if others:
        arn = next((each.resource for repair in others for each in repair if each.resource is not None), None)
        return Judged(Standing.GUARDED, opened, elsewhere=arn)
    return Judged(Standing.DENIED, opened, obstacles(opened, policies, profile))


def judge_opened(request: Request, policies: PoliciesInForce, profile: Profile) -> Judged:
    """The same for a request in which what may be chosen is unknown already."""
    if decide(request, policies, profile=profile).allowed:
        return Judged(Standing.ALLOWED, request)
    if may_be_allowed(request, policies, profile):
        return Judged(Standing.GUARDED, request)
    return Judged(Standing.DENIED, request, obstacles(request, policies, profile))


def may_be_allowed(request: Request, policies: PoliciesInForce, profile: Profile) -> bool:
    """Whether some value of what is unknown is allowed; not so where only the kind of denial hangs on it."""
    combined = evaluate(request, policies, profile=profile).combined
    if combined.decision.outcome is not Outcome.UNDETERMINED:
        return combined.decision.allowed
    answers = combined.answers
    granted = answers.scp & answers.rcp & answers.endpoint & combined.rule.granted(answers)
    return (granted & ~combined.limited.truth) is not Truth.NO


def open_request(request: Request, policies: PoliciesInForce, catalog: Catalog) -> Request:
    """The request with those keys unknown that policies speak of and that its maker may choose."""
    context = request.context
    hopeless = _hopeless(policies, request, catalog)
    open_keys = {key for key in mentioned(policies) if key not in hopeless and is_open(key, request, catalog)}
    values = {key: value for key, value in context.spelled().items() if key.lower() not in open_keys}
    opened = Context(values, multivalued=context.multivalued, unknown=context.unknown | open_keys)
    return replace(request, context=opened)


def _hopeless(policies: PoliciesInForce, request: Request, catalog: Catalog) -> frozenset[str]:
    """Keys (folded) that conditions compare with nothing but variables without a value: choosing does not help."""
    held: dict[str, bool] = {}
    for policy in _all(policies):
        for statement in policy.document.statements if policy.document.variables else ():
            for condition in statement.conditions:
                key = condition.key.lower()
                held[key] = held.get(key, True) and unset_variable(condition, request, catalog) is not None
        for statement in () if policy.document.variables else policy.document.statements:
            held.update((condition.key.lower(), False) for condition in statement.conditions)
    return frozenset(key for key, without_value in held.items() if without_value)


def unset_variable(condition: Condition, request: Request, catalog: Catalog) -> str | None:
    """The variable because of which none of a condition's values can be met; None where one can."""
    found: str | None = None
    for value in condition.values:
        missing = [
            name
            for name, default in variables_of(parse_template(value)).items()
            if default is None
            and request.context.get(name) is None
            and not is_open(name.lower(), request, catalog)
        ]
        if not missing:
            return None
        found = found or missing[0]
    return found


def is_open(key: str, request: Request, catalog: Catalog) -> bool:
    """Whether whoever makes the request may choose what this key (folded) holds."""
    if key in OPEN_GLOBALS:
        return True
    if key in SETTLED or key == TAG_KEYS:
        return False
    for family in (REQUEST_TAG, *RESOURCE_TAGS):
        if key.startswith(family):
            name = key.removeprefix(family)
            fixed = name in AUTOMATIC and (family == REQUEST_TAG or request.resource.tags)
            # What a create call makes has no tags while it is tagged.
            fixed = fixed or (family in RESOURCE_TAGS and request.action.lower() == ADD_TAGS)
            return not fixed and carries(request.action, key, catalog)
    return not key.startswith("aws:") and carries(request.action, key, catalog)


def carries(action: str, key: str, catalog: Catalog) -> bool:
    """Whether requests for an action may carry a key of a service or of tags."""
    known = catalog.action(action)
    if known is None:
        return False
    listed = (*known.all_condition_keys, *(row.key for row in catalog.request_paths(action)))
    return any(_same_key(name, key) for name in listed)


def _same_key(name: str, key: str) -> bool:
    for mark in ("${", "<"):
        if mark in name:
            return key.lower().startswith(name.partition(mark)[0].lower())
    return name.lower() == key.lower()


def mentioned(policies: PoliciesInForce) -> frozenset[str]:
    """Every condition key (folded) that conditions and variables of the policies ask for."""
    return frozenset(key for policy in _all(policies) for key in _keys(policy.document))


def _all(policies: PoliciesInForce) -> Iterator[SourcedPolicy]:
    for kind in PolicyType:
        yield from policies.of(kind)


def _keys(policy: Policy) -> Iterator[str]:
    for statement in policy.statements:
        texts = [*(statement.resources or ()), *(statement.not_resources or ())]
        for condition in statement.conditions:
            yield condition.key.lower()
            texts += condition.values
        for text in texts:
            if "${" in text:
                yield from map(str.lower, variables_of(parse_template(text)))


def _chosen(
    request: Request, policies: PoliciesInForce, catalog: Catalog, profile: Profile, movable: bool
) -> Iterator[tuple[RequestChange, ...]]:
    """Changes of the request that its maker can make and that turn the denial."""
    for repair in find_repairs(request, policies, profile=profile).request:
        changes = tuple(each for each in repair if isinstance(each, RequestChange))
        if all(
            movable if each.resource is not None else _may_set(each.key.lower(), request, catalog)
            for each in changes
        ):
            changed, _ = applied(changes, request, policies)
            if automatic_tags(request) <= automatic_tags(changed):
                yield changes


def _may_set(key: str, request: Request, catalog: Catalog) -> bool:
    return is_open(key, request, catalog) or (key == TAG_KEYS and carries(request.action, key, catalog))


def automatic_tags(request: Request) -> frozenset[str]:
    """The tags of a request that Studio adds and nobody can take away."""
    keys = {key.lower() for key in request.context.get(TAG_KEYS) or ()}
    return frozenset(
        name for name in AUTOMATIC if name in keys and request.context.get(f"{REQUEST_TAG}{name}") is not None
    )


def obstacles(request: Request, policies: PoliciesInForce, profile: Profile) -> tuple[Obstacle, ...]:
    """What stands in the way for certain; what hangs on a choice does not count."""
    evaluation = evaluate(request, policies, profile=profile)
    found: list[tuple[Obstacle, ...]] = []
    for way in ways(request, evaluation):
        certain = tuple(each for each in way.obstacles if _is_certain(each, request, evaluation))
        found.append(certain or way.obstacles)
    # Of two ways that are as long, the one over the principal's own policies is the one to mend.
    return min(found, key=lambda each: (len(each), not any(map(of_identity, each))), default=())


def of_identity(obstacle: Obstacle) -> bool:
    """Whether it is that no identity policy allows the request."""
    return isinstance(obstacle, Missing) and obstacle.policy_type is PolicyType.IDENTITY


def _is_certain(obstacle: Obstacle, request: Request, evaluation: Evaluation) -> bool:
    if isinstance(obstacle, Denying):
        result = next(result for place, result in placed(request, evaluation) if place == obstacle.place)
        return result.statements[obstacle.statement].truth is Truth.YES
    verdicts, answers = evaluation.results.verdicts, evaluation.combined.answers
    if obstacle.level is not None:
        levels = verdicts.scps if obstacle.policy_type is PolicyType.SCP else verdicts.rcps
        return some(verdict.allows() for verdict in levels[obstacle.level]) is Truth.NO
    if obstacle.policy_type is PolicyType.ENDPOINT:
        return answers.endpoint is Truth.NO
    own = (PolicyType.IDENTITY, PolicyType.BOUNDARY, PolicyType.SESSION)
    kind = obstacle.policy_type if obstacle.policy_type in own else PolicyType.RESOURCE
    return answer(answers, kind, obstacle.kinds) is Truth.NO


def counting(request: Request, policies: PoliciesInForce, profile: Profile) -> PoliciesInForce:
    """The policies that count for a request; places are numbered among them."""
    return applicable(request, policies, profile).policies
