"""Which decisions does a case need? The same requirement rows, context and trust as the server's.

A call becomes every question that its rows ask; an action on a resource becomes one. A context given by the case
replaces what a call would have: that is how a test says where a call comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.analysis.policy_tests.format import Case, ContextValues
from rolecall.analysis.policy_tests.principals import caller_of
from rolecall.analysis.worlds.plain import FileWorld
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.requirements import Check, expand
from rolecall.authorization.rulings import gather
from rolecall.authorization.studio import with_studio_tags
from rolecall.authorization.trust import untrusting
from rolecall.catalog import Catalog
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Context, PrincipalType, Request
from rolecall.decision.result import Decision, Outcome
from rolecall.decision.wording import ROOT_ASSUMES_ROLE
from rolecall.policy.dates import parse_date

# Where a call comes from unless the case says otherwise: an address of RFC 5737, over TLS.
SOURCE_IP: Final = "203.0.113.10"
USER_AGENT: Final = "rolecall-test"
GLOBAL: Final = frozenset({"iam", "sts"})
# Services whose resources AWS names without account and region.
BARE: Final = frozenset({"s3"})
ALLOWED: Final = Decision(Outcome.ALLOW)

# (service, operation, parameters) -> the parameters as an API's model types them; raises ValueError.
Model = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]


class Question(Struct, frozen=True):
    """One decision of a case. trusting: whether the service may assume a passed role.

    across: a role is passed to another account, which no policy can allow.
    """

    request: Request
    policies: PoliciesInForce
    printed: str | None = None
    trusting: bool = False
    across: bool = False


class Plan(Struct, frozen=True):
    """A case with its questions, in the order in which the server asks them.

    unassumable: what the service says of a passed role that does not exist.
    """

    case: Case
    questions: tuple[Question, ...]
    unassumable: str | None = None


def plan(case: Case, world: FileWorld, catalog: Catalog, model: Model, now: datetime) -> Plan:
    """What a case asks; raises InputError for a principal or parameter that does not exist."""
    now = _now(case, now)
    caller = caller_of(case, world, now)
    if caller.principal.type is PrincipalType.ROOT and "sts:AssumeRole" in (case.call, case.action):
        # The server says so before it looks at any policy.
        case.place.source.refuse(case.place.node, f"case {case.name!r}: {ROOT_ASSUMES_ROLE}")
    if case.call is not None:
        service, _, operation = case.call.partition(":")
        try:
            parameters = model(service, operation, case.parameters)
        except ValueError as problem:
            case.place.source.refuse(case.place.node, f"case {case.name!r}: {problem}")
        rows = None
    else:
        assert case.action is not None
        service, _, operation = case.action.partition(":")
        resource = complete(case, world)
        parameters = {} if resource == "*" else {"Resource": resource}
        rows = (Requirement(action=case.action, on="*" if resource == "*" else "{Resource}"),)
    call = ApiCall(
        service=service,
        operation=operation,
        parameters=parameters,
        caller=caller,
        account=caller.principal.account if caller.principal.account.isdigit() else case.account,
        region=case.region,
        now=now,
        source_ip=SOURCE_IP,
        user_agent=USER_AGENT,
        secure=True,
    )
    call = msgspec.structs.replace(call, parameters=with_studio_tags(call, world.ports.facts))
    checks = tuple(
        _with_context(check, case.context, catalog) for check in expand(call, world.ports, catalog, rows)
    )
    if not checks:
        case.place.source.refuse(case.place.node, f"case {case.name!r}: {case.call} asks for no permission")
    if rows is not None and checks[0].request.resource.arn != parameters.get("Resource", "*"):
        case.place.source.refuse(case.place.node, f"case {case.name!r}: {resource} is no ARN")
    questions = [_question(check, world, call) for check in checks]
    asked: list[tuple[Request, PoliciesInForce]] = []

    def ask(request: Request, policies: PoliciesInForce) -> Decision:
        asked.append((request, policies))
        return ALLOWED

    unassumable = untrusting(call, checks, world.ports, ask) if rows is None else None
    questions += [Question(request, policies, trusting=True) for request, policies in asked]
    return Plan(case, tuple(questions), unassumable)


def complete(case: Case, world: FileWorld) -> str:
    """The ARN of a case's resource: `training-job/x` and `role/Exec` are completed."""
    resource, action = case.resource, case.action or ""
    if resource == "*" or resource.startswith("arn:"):
        return resource
    service = action.partition(":")[0]
    if service in ("iam", "sts"):
        kind, _, name = resource.partition("/")
        return world.entity_arn(case.account, kind, name) or f"arn:aws:iam::{case.account}:{resource}"
    if service in BARE:
        return f"arn:aws:{service}:::{resource}"
    return f"arn:aws:{service}:{case.region}:{case.account}:{resource}"


def _question(check: Check, world: FileWorld, call: ApiCall) -> Question:
    request = check.request
    across = request.action == "iam:PassRole" and request.resource.account != request.principal.account
    return Question(request, gather(world, call.caller, request), check.printed, across=across)


def _with_context(check: Check, given: ContextValues, catalog: Catalog) -> Check:
    if not given:
        return check
    spelled = check.request.context.spelled()
    folded = {key.lower() for key in given}
    values = {key: value for key, value in spelled.items() if key.lower() not in folded}
    values.update({key: value for key, value in given.items() if value is not None})
    context = Context(values, multivalued=filter(catalog.multivalued, values))
    return msgspec.structs.replace(check, request=msgspec.structs.replace(check.request, context=context))


def _now(case: Case, now: datetime) -> datetime:
    """The time of the call: aws:CurrentTime of the case, else when the tests run."""
    given = next((value for key, value in case.context.items() if key.lower() == "aws:currenttime"), None)
    if given is None:
        return now
    seconds = parse_date(given[0]) if len(given) == 1 else None
    if seconds is None:
        case.place.source.refuse(case.place.node, f"case {case.name!r}: aws:CurrentTime is no date: {given}")
    return datetime.fromtimestamp(float(seconds), UTC)
