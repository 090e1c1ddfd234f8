"""Which decisions does an API call need? Requirement rows become decision requests here.

A row gives one question for every resource its template stands for and every combination of condition keys that
the call makes there (`condition_keys`). Each distinct question is asked once, in the order of the rows; the first
denial answers the call. No row at all for an operation is a fault of ours and never an allow.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.condition_keys import Values, auth, catalog_prefix, service_keys, special
from rolecall.authorization.context import (
    call_keys,
    request_tag_keys,
    requested_tags,
    resource_keys,
    resource_tag_keys,
)
from rolecall.authorization.paths import Found, find, present, text_of
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.resources import Target, account_of, targets
from rolecall.authorization.rows import ecr, iam, kms, logs, organizations, sagemaker, sts
from rolecall.authorization.rows.sagemaker_runtimes import ROWS as RUNTIMES
from rolecall.authorization.s3_checks import questions
from rolecall.catalog import Catalog
from rolecall.decision.request import Context, Principal, Request, Resource

ROWS: Final[Mapping[str, Mapping[str, tuple[Requirement, ...]]]] = {
    "iam": iam.ROWS,
    "sts": sts.ROWS,
    "ecr": ecr.ROWS,
    "kms": kms.ROWS,
    "logs": logs.ROWS,
    "sagemaker": sagemaker.ROWS,
    **RUNTIMES,
    "organizations": organizations.ROWS,
}
PASS_ROLE: Final = "iam:PassRole"
# Operations that make what their tags are attached to; others change something that is there.
MAKING: Final = ("Create", "Import", "Register")
FOREIGN: Final = "foreign "  # before a path: it holds the ARN of another account's resource


class Check(Struct, frozen=True):
    """One question of a call. printed: the resource as a denial names it; "" leaves it out; None: its ARN."""

    request: Request
    requirement: Requirement
    printed: str | None = None


class UnknownOperation(LookupError):
    """There are no requirement rows for an operation."""


def rows_of(service: str, operation: str) -> tuple[Requirement, ...]:
    """The rows of an operation; an empty tuple where AWS asks for no permission (SEMANTICS 7.6)."""
    try:
        return ROWS[service][operation]
    except KeyError:
        raise UnknownOperation(f"no requirement rows for {service}:{operation}") from None


def expand(
    call: ApiCall, ports: Ports, catalog: Catalog, rows: tuple[Requirement, ...] | None = None
) -> tuple[Check, ...]:
    """Every question that a call asks, in the order in which its denials are told.

    rows: instead of the table's.
    """
    if rows is None and call.service == "s3":
        return _of_s3(call, ports, catalog)
    if rows is None:
        rows = rows_of(call.service, call.operation)
    everywhere = call_keys(call, ports) if rows else {}
    principal = _principal(call, ports)
    made: list[Check] = []
    for row in rows:
        if not applies(row.when, call):
            continue
        for target in targets(row.on, row.printed, row.action, call, ports):
            resource = _resource(row, target, rows, call, ports)
            for keys in _keys(row, target, call, ports, catalog):
                values: Values = {
                    **everywhere,
                    **resource_keys(target.owning_account, ports),
                    **resource_tag_keys(row.action, resource.tags),
                    **keys,
                }
                lists = tuple(key for key, value in values.items() if catalog.multivalued(key))
                context = Context(values, multivalued=lists)
                request = Request(principal, row.action, resource, context)
                made.append(Check(request, row, target.printed))
    return tuple(made) if len(made) < 2 else _each_once(made)


def _of_s3(call: ApiCall, ports: Ports, catalog: Catalog) -> tuple[Check, ...]:
    everywhere = call_keys(call, ports)
    principal = _principal(call, ports)
    made: list[Check] = []
    for asked in questions(call, ports):
        values: Values = {**everywhere, **asked.keys}
        lists = tuple(key for key, value in values.items() if catalog.multivalued(key))
        above = ports.world.control_policies(asked.account)
        resource = Resource(asked.arn, asked.account, {}, above.management_account)
        request = Request(principal, asked.action, resource, Context(values, multivalued=lists))
        made.append(Check(request, Requirement(action=asked.action, on=asked.arn), None))
    return tuple(made)


def _each_once(checks: list[Check]) -> tuple[Check, ...]:
    """The first of those that ask the same."""
    made: dict[tuple[str, str, tuple[tuple[str, tuple[str, ...]], ...]], Check] = {}
    for check in checks:
        request = check.request
        question = (request.action, request.resource.arn, tuple(sorted(request.context.values.items())))
        made.setdefault(question, check)
    return tuple(made.values())


def applies(when: str, call: ApiCall) -> bool:
    """Whether a row stands: its path is present (`!`: absent), or all (`and`) or one (`or`) of several."""
    if not when:
        return True
    if " or " in when:
        return any(_holds(term, call) for term in when.split(" or "))
    return all(_holds(term, call) for term in when.split(" and "))


def _holds(term: str, call: ApiCall) -> bool:
    if term.startswith(FOREIGN):
        named = (text_of(one.value) or "" for one in find(term.removeprefix(FOREIGN), call.parameters))
        return any(account_of(arn, call.account) != call.account for arn in named)
    path = term.removeprefix("!")
    if path.startswith("$auth."):
        there = present(path.removeprefix("$auth."), auth(call))
    else:
        there = present(path, call.parameters)
    return there is not term.startswith("!")


def _principal(call: ApiCall, ports: Ports) -> Principal:
    """The caller; principals of the management account are told apart, because no control policy limits them."""
    principal = call.caller.principal
    managing = ports.world.control_policies(principal.account).management_account
    if managing == principal.management_account:
        return principal
    return msgspec.structs.replace(principal, management_account=managing)


def _resource(
    row: Requirement, target: Target, rows: tuple[Requirement, ...], call: ApiCall, ports: Ports
) -> Resource:
    above = ports.world.control_policies(target.account)
    tags = _tags(row, target, rows, call, ports)
    return Resource(
        target.arn, target.account, tags, above.management_account, _managed_by_aws(row, target, ports)
    )


def _managed_by_aws(row: Requirement, target: Target, ports: Ports) -> bool:
    """Whether it is a KMS key that AWS manages: resource control policies do not reach those (SEMANTICS 7.5)."""
    if not row.action.startswith("kms:"):
        return False
    state = ports.facts.state_of(target.arn)
    return state is not None and state.get("KeyManager") == "AWS"


def _tags(
    row: Requirement, target: Target, rows: tuple[Requirement, ...], call: ApiCall, ports: Ports
) -> Mapping[str, str]:
    """The tags of the resource as conditions see them.

    Made by this call: the tags of the request; for the tagging action of the same call none, because the
    resource has none yet (SageMaker 5.1, 5.2). Passing a role does not look at the role's tags (SEMANTICS 7.8).
    """
    if target.arn == "*" or row.action == PASS_ROLE:
        return {}
    if call.operation.startswith(MAKING) and row.on in _made_by(rows):
        return {} if is_tagging(row, call) else requested_tags(call.parameters)
    tags = ports.facts.tags_of(target.was or target.arn)
    session = call.caller.session
    if row.action.startswith("sts:") and session is not None and session.transitive_tag_keys:
        # Inherited transitive tags take the place of the role's own while its trust is judged.
        inherited = {key: session.tags[key] for key in session.transitive_tag_keys if key in session.tags}
        folded = {key.lower() for key in inherited}
        return {**{key: value for key, value in tags.items() if key.lower() not in folded}, **inherited}
    return tags


def _made_by(rows: tuple[Requirement, ...]) -> frozenset[str]:
    """Templates of what an operation makes: where its tags go, except onto what the request names by ARN."""
    return frozenset(
        row.on for row in rows if attaches_tags(row) and not (row.on.startswith("{") and "|" not in row.on)
    )


def attaches_tags(row: Requirement) -> bool:
    """Whether the row stands only for requests that bring tags; Logs spells the member in lower case."""
    return not {"Tags", "tags"}.isdisjoint(row.when.split(" and "))


def is_tagging(row: Requirement, call: ApiCall) -> bool:
    """Whether the row is the tagging that comes with another operation."""
    return attaches_tags(row) and not row.action.endswith(f":{call.operation}")


def _keys(row: Requirement, target: Target, call: ApiCall, ports: Ports, catalog: Catalog) -> tuple[Values, ...]:
    """Keys of the service, the row and the request's tags: one context for each combination."""
    own: Values = {}
    for key, path in row.keys:
        texts = _texts(path, target.arn, call, ports)
        if texts:
            own[key] = texts if catalog.multivalued(key) else texts[0]
    if row.action == PASS_ROLE:
        return (own,)
    tags = request_tag_keys(call)
    if row.action.partition(":")[0] != catalog_prefix(call.service):
        return ({**tags, **own},)
    made = service_keys(row.action, target.arn, call, ports, catalog, is_tagging(row, call))
    return tuple({**keys, **tags, **own} for keys in made)


def _texts(path: str, resource: str, call: ApiCall, ports: Ports) -> tuple[str, ...]:
    """The values of a row's own key, each once."""
    if path.startswith("'"):
        return (path.strip("'"),)
    found = special(path, resource, call, ports) if path.startswith("$") else find(path, call.parameters)
    texts: dict[str, None] = {}
    for one in found:
        for value in _each(one):
            text = text_of(value)
            if text is not None:
                texts[text] = None
    return tuple(texts)


def _each(found: Found) -> tuple[object, ...]:
    return tuple(found.value) if isinstance(found.value, list | tuple) else (found.value,)
