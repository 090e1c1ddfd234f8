"""May this principal do that? A question with little context, answered honestly: yes, no, or it depends.

A question names a principal, an action, a resource and whatever else is known. What a real request would carry
besides (service keys of the action, tags, the caller's address) is declared unknown, so the answer is sound for
every such request; the keys that it hangs on are told. Who the caller is, and what time it is, is known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct, field

from rolecall.authorization.paths import instant
from rolecall.catalog import Action, Catalog
from rolecall.decision import PoliciesInForce, Request, SourcedPolicy
from rolecall.decision.derived_keys import derived_keys, organization_keys, role_arn_of_session
from rolecall.decision.request import Context, Principal, PrincipalType, Resource
from rolecall.decision.world import World, as_they_stand, policies_in_force
from rolecall.policy.arn import Arn, parse_arn
from rolecall.policy.glob import matches

SESSION: Final = "rolecall"
SERVICE_LINKED: Final = ":role/aws-service-role/"
HOME_REGION: Final = "us-east-1"
AT_HOME: Final = ("iam:", "organizations:")

# Global keys that a request of a user or role has never, or whose value follows from who asks.
SETTLED: Final = frozenset(
    {
        "aws:assumedroot",
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:federatedprovider",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:principaltag/*",
        "aws:resourceorgid",
        "aws:resourceorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:tokenissuetime",
        "aws:userid",
        "aws:username",
    }
)
REQUEST_TAG: Final = "aws:requesttag/"
RESOURCE_TAG: Final = ":resourcetag/"


class Unaskable(Exception):
    """The question cannot be asked as it is: an unknown action, key or kind of resource."""


class Question(Struct, frozen=True, kw_only=True):
    """tags: of the resource, None when nobody knows. session: policies of the caller's own session."""

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: Mapping[str, str] | None = None
    session: tuple[SourcedPolicy, ...] | None = None
    region: str = HOME_REGION


def check(action: str, resource: str, context: Mapping[str, tuple[str, ...]], catalog: Catalog) -> Action:
    """The action of a question that can be asked; raises Unaskable with the nearest names."""
    known = catalog.action(action)
    if known is None:
        raise Unaskable(f"there is no action {action}{_hint(catalog.nearest(action))}")
    for key in context:
        if catalog.condition_key(key) is None:
            raise Unaskable(f"there is no condition key {key}{_hint(catalog.nearest(key))}")
    if resource == "*":
        return known
    if parse_arn(resource) is None:
        raise Unaskable(f"{resource} is no resource: expected an ARN, or * for an action without a resource")
    templates = [each.type.arn for each in known.resources if each.type.arn]
    if not known.resources:
        raise Unaskable(f"{known.full_name} is on no resource: ask with *")
    if not any(fits(template, resource) for template in templates):
        raise Unaskable(f"{known.full_name} is not on {resource}: expected {' or '.join(templates)}")
    return known


def fits(template: str, arn: str) -> bool:
    """Whether an ARN can be of the kind that a template of the catalogue describes."""
    pattern = ""
    for number, piece in enumerate(template.split("${")):
        pattern += piece if number == 0 else f"*{piece.partition('}')[2]}"
    return matches(pattern.lower(), arn.lower())


def _hint(near: Iterable[str]) -> str:
    names = list(near)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def principal_of(arn: str, world: World) -> Principal | None:
    """The root user, user, role (as a session of it) or session with this ARN; None when there is none."""
    parsed = parse_arn(arn)
    if parsed is None:
        return None
    if (parsed.service, parsed.resource) == ("iam", "root"):
        return Principal(arn, parsed.account, PrincipalType.ROOT, user_id=parsed.account)
    if parsed.service == "sts":
        role = role_arn_of_session(arn)
        return None if role is None else _session(arn, role, parsed, world)
    record = world.principal(arn)
    if record is None:
        return None
    if parsed.resource.startswith("user/"):
        return Principal(
            arn,
            parsed.account,
            PrincipalType.USER,
            unique_id=record.unique_id,
            user_id=record.unique_id,
            tags=record.tags,
        )
    name = parsed.resource.rpartition("/")[2]
    session = f"arn:{parsed.partition}:sts::{parsed.account}:assumed-role/{name}/{SESSION}"
    return _session(session, arn, parsed, world)


def _session(arn: str, role: str, parsed: Arn, world: World) -> Principal | None:
    record = world.principal(role)
    if record is None:
        return None
    kind = PrincipalType.SERVICE_LINKED_ROLE if SERVICE_LINKED in role else PrincipalType.ROLE_SESSION
    return Principal(
        arn,
        parsed.account,
        kind,
        role_arn=role,
        unique_id=record.unique_id,
        user_id=f"{record.unique_id}:{arn.rpartition('/')[2]}",
        tags=record.tags,
    )


def nearest_principals(arn: str, known: Iterable[str]) -> tuple[str, ...]:
    """ARNs that a misspelt one may mean."""
    return tuple(difflib.get_close_matches(arn, list(known), 3, 0.75))


def gathered(question: Question, world: World, catalog: Catalog, now: datetime) -> tuple[Request, PoliciesInForce]:
    """The decision request of a question, and the policies in force."""
    principal = question.principal
    arn = parse_arn(question.resource)
    account = arn.account if arn is not None and arn.account else principal.account
    resource = Resource(question.resource, account, question.tags or {})
    values = _known(question, resource, arn, world, now)
    unknown = _unknown(question, values, catalog)
    lists = [key for key in values if catalog.multivalued(key)]
    request = Request(principal, question.action, resource, Context(values, multivalued=lists, unknown=unknown))
    request = as_they_stand(request, world)
    return request, policies_in_force(world, principal, question.resource, account, session=question.session)


def _known(
    question: Question, resource: Resource, arn: Arn | None, world: World, now: datetime
) -> dict[str, tuple[str, ...]]:
    principal = question.principal
    values: dict[str, tuple[str, ...]] = {
        key: (value,) for key, value in derived_keys(principal, resource, question.action).items()
    }
    values["aws:CurrentTime"] = (instant(now),)
    values["aws:EpochTime"] = (str(int(now.timestamp())),)
    values["aws:PrincipalIsAWSService"] = ("false",)
    values["aws:ViaAWSService"] = ("false",)
    values["aws:SecureTransport"] = ("true",)
    # IAM and Organizations have one home; other services answer where their resource is.
    region = HOME_REGION if question.action.lower().startswith(AT_HOME) else question.region
    values["aws:RequestedRegion"] = ((arn.region if arn else "") or region,)
    if principal.type not in (PrincipalType.ROOT, PrincipalType.USER):
        values["aws:TokenIssueTime"] = (instant(now),)
    for owner, account in (("Principal", principal.account), ("Resource", resource.account)):
        for key, value in organization_keys(owner, world.control_policies(account)).items():
            values[key] = (value,) if isinstance(value, str) else value
    given = {key.lower() for key in question.context}
    values = {key: value for key, value in values.items() if key.lower() not in given} | dict(question.context)
    names = tuple(key[len(REQUEST_TAG) :] for key in question.context if key.lower().startswith(REQUEST_TAG))
    if names and "aws:tagkeys" not in given:
        values["aws:TagKeys"] = names
    return values


def _unknown(question: Question, values: Mapping[str, object], catalog: Catalog) -> set[str]:
    """The keys that a request may carry and that nobody gave."""
    action = catalog.action(question.action)
    names = [key.name for key in catalog.condition_keys("aws")]
    names += action.all_condition_keys if action is not None else ()
    if question.action.lower() == "iam:passrole":
        names.append("iam:PassedToService")
    known = {key.lower() for key in values}
    # Whoever gives one tag gives the tags of the request, and a stored resource has the tags it has.
    tagged = any(key.startswith(REQUEST_TAG) for key in known)
    tags_known = question.tags is not None or question.resource == "*"
    unknown = set()
    for name in names:
        folded = f"{name.partition('${')[0]}*".lower() if "${" in name else name.lower()
        if folded in known or folded in SETTLED or (tagged and folded.startswith((REQUEST_TAG, "aws:tagkeys"))):
            continue
        if RESOURCE_TAG in folded and (tags_known or any(key.startswith(folded.rstrip("*")) for key in known)):
            continue
        unknown.add(folded)
    return unknown
