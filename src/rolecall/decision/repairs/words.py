"""Obstacles and changes in plain English: what stands in the way, what to do, and what else that would allow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.repairs.changes import Change, Kind, Place, PolicyChange, RequestChange
from rolecall.decision.repairs.keys import wording
from rolecall.decision.repairs.obstacles import Denying, Obstacle
from rolecall.decision.repairs.search import Found, Repair
from rolecall.decision.repairs.views import ChangeView, RepairsView, RepairView
from rolecall.decision.request import Request
from rolecall.decision.trace_text import TYPE_NAMES
from rolecall.policy.arn import has_wildcard
from rolecall.policy.document import Policy, PolicyType, PrincipalEntry, Statement
from rolecall.policy.printer import Json, to_data

NOTHING_TO_CHANGE: Final = "no single change of a policy or of the request that we know of would allow it"


def told(found: Found, request: Request, counting: PoliciesInForce) -> RepairsView:
    """What was found, in words."""
    repairs = tuple(_repair(repair, request) for repair in found.all)
    note = f"no policy can allow this: {found.limited}" if found.limited else None
    if not repairs and note is None:
        note = NOTHING_TO_CHANGE
    return RepairsView(tuple(_cause(each, request, counting) for each in found.obstacles), repairs, note)


def _cause(obstacle: Obstacle, request: Request, counting: PoliciesInForce) -> str:
    if isinstance(obstacle, Denying):
        policy = obstacle.place.find(counting)
        assert policy is not None
        sid = policy.document.statements[obstacle.statement].sid
        named = f" ({sid})" if sid else ""
        return f"statement {obstacle.statement}{named} of the {policy_words(obstacle.place, policy)} denies it"
    level = "" if obstacle.level is None else f" on level {obstacle.level}"
    return f"no {TYPE_NAMES[obstacle.policy_type.value]}{level} allows {request.action} on {_on(request)}"


def _on(request: Request) -> str:
    return "it (the action has no resource)" if request.resource.arn == "*" else request.resource.arn


def policy_words(place: Place, policy: SourcedPolicy | None) -> str:
    """A policy as a sentence names it."""
    name = TYPE_NAMES[place.policy_type.value]
    level = "" if place.level is None else f" on level {place.level}"
    if policy is None:
        return f"new {name}{level}"
    known = policy.name or policy.arn
    return f"{name} {known}{level}" if known else f"{name}{level}"


def _repair(repair: Repair, request: Request) -> RepairView:
    views = tuple(_change(change, request) for change in repair)
    sides = {view.side for view in views}
    return RepairView(sides.pop() if len(sides) == 1 else "mixed", views)


def _change(change: Change, request: Request) -> ChangeView:
    if isinstance(change, RequestChange):
        return ChangeView(
            "request",
            change.kind.value,
            _asked(change),
            key=change.key,
            values=change.values,
            resource=change.resource or "",
        )
    source = change.source
    return ChangeView(
        "policy",
        change.kind.value,
        TEXTS[change.kind](change),
        also=" ".join(filter(None, (ALSO[change.kind](change, request), _reach(change)))),
        policy_type=change.place.policy_type.value,
        policy=(source.name or "") if source else "",
        policy_arn=(source.arn or "") if source else "",
        level=change.place.level,
        statement=change.statement,
        before=statement_data(change.before),
        after=statement_data(change.after),
    )


def statement_data(statement: Statement | None) -> dict[str, Json] | None:
    """A statement as IAM writes it."""
    if statement is None:
        return None
    statements = to_data(Policy("2012-10-17", (statement,)))["Statement"]
    assert isinstance(statements, list)
    data = statements[0]
    assert isinstance(data, dict)
    return data


def _asked(change: RequestChange) -> str:
    if change.resource is not None:
        return f"use the resource {change.resource} instead"
    words = wording(change.key)
    name = change.key[len(words.prefix) :]
    template = words.remove if change.values is None else words.set
    return template.format(key=change.key, name=name, values=_list(change.values or ()))


def _list(values: Iterable[str]) -> str:
    return ", ".join(value if value else '""' for value in values)


def _statement(change: PolicyChange) -> str:
    sid = f" ({change.before.sid})" if change.before is not None and change.before.sid else ""
    return f"statement {change.statement}{sid} of the {policy_words(change.place, change.source)}"


def _what(change: PolicyChange) -> str:
    return _list(change.what)


TEXTS: Final[Mapping[Kind, Callable[[PolicyChange], str]]] = {
    Kind.ADD_PRINCIPAL: lambda it: f"name the principal {_what(it)} in {_statement(it)}",
    Kind.ADD_ACTION: lambda it: f"add the action {_what(it)} to {_statement(it)}",
    Kind.REMOVE_NOT_ACTION: lambda it: f"take {_what(it)} out of NotAction in {_statement(it)}",
    Kind.ADD_RESOURCE: lambda it: f"add the resource {_what(it)} to {_statement(it)}",
    Kind.REMOVE_NOT_RESOURCE: lambda it: f"take {_what(it)} out of NotResource in {_statement(it)}",
    Kind.ADD_CONDITION_VALUE: lambda it: (
        f"let the condition on {_key(it)} take {_what(it)} too, in {_statement(it)}"
    ),
    Kind.REMOVE_CONDITION_VALUE: lambda it: (
        f"take the value {_what(it)} out of the condition on {_key(it)}, in {_statement(it)}"
    ),
    Kind.CHANGE_OPERATOR: lambda it: f"write {it.what[1]} in place of {it.what[0]}, in {_statement(it)}",
    Kind.ADD_STATEMENT: lambda it: f"add a statement to the {policy_words(it.place, it.source)}",
    Kind.ADD_POLICY: lambda it: f"add a {policy_words(it.place, None)}",
    Kind.DROP_CONDITION: lambda it: f"drop the condition {it.what[0]} on {it.what[1]} from {_statement(it)}",
    Kind.EXCEPT_CONDITION_VALUE: lambda it: (
        f"let the condition on {_key(it)} spare the request (value {_what(it)}), in {_statement(it)}"
    ),
    Kind.EXCEPT_RESOURCE: lambda it: f"except the resource {_what(it)} from {_statement(it)}",
    Kind.EXCEPT_ACTION: lambda it: f"except the action {_what(it)} from {_statement(it)}",
    Kind.EXCEPT_CALLER: lambda it: f"except {_what(it)} from {_statement(it)}",
    Kind.DROP_STATEMENT: lambda it: f"drop {_statement(it)}",
    Kind.DROP_POLICY: lambda it: f"take the {policy_words(it.place, it.source)} away",
}


def _key(change: PolicyChange) -> str:
    """The key of the condition that differs."""
    assert change.before is not None
    assert change.after is not None
    kept = change.after.conditions
    return next((each.key for each in change.before.conditions if each not in kept), "")


def _actions(statement: Statement | None) -> str:
    assert statement is not None
    if statement.not_actions is not None:
        return f"everything but {_list(statement.not_actions)}"
    return _list(statement.actions or ())


def _resources(statement: Statement | None) -> str:
    assert statement is not None
    if statement.not_resources is not None:
        return f"everything but {_list(statement.not_resources)}"
    return _list(statement.resources or ("the resource of the policy",))


def _names(principals: Iterable[PrincipalEntry] | None) -> str:
    return _list(entry.value for entry in principals or ())


def _nothing_else(change: PolicyChange, request: Request) -> str:
    if change.place.policy_type in (PolicyType.BOUNDARY, PolicyType.SCP, PolicyType.SESSION, PolicyType.ENDPOINT):
        return "It grants nothing by itself: it only stops standing in the way of this action on this resource."
    arn = request.resource.arn
    if arn != "*" and has_wildcard(arn):
        return f"It allows this action on everything that {arn} matches: the request named no single resource."
    return "It allows this action on this resource and nothing else."


def _other_resources(change: PolicyChange, request: Request) -> str:
    before = change.before
    assert before is not None
    if before.resources == (request.resource.arn,):
        return "It allows nothing else."
    return f"It would also allow {request.action} on everything that the statement names: {_resources(before)}."


def _other_actions(change: PolicyChange, request: Request) -> str:
    before = change.before
    assert before is not None
    if before.actions == (request.action,):
        return "It allows nothing else."
    return f"It would also allow, on that resource: {_actions(before)}."


def _not_action(change: PolicyChange, request: Request) -> str:
    return f"It would also allow {_what(change)} on {_resources(change.before)}."


def _not_resource(change: PolicyChange, request: Request) -> str:
    return f"It would also allow {_actions(change.before)} on {_what(change)}."


def _principal(change: PolicyChange, request: Request) -> str:
    return f"The principal would get all that the statement allows: {_actions(change.before)}."


def _more_values(change: PolicyChange, request: Request) -> str:
    return (
        f"It would also allow {_actions(change.before)} on {_resources(change.before)} whenever {_key(change)} is "
        f"{_what(change)}."
    )


def _absent_key(change: PolicyChange, request: Request) -> str:
    return (
        f"It would also allow {_actions(change.before)} on {_resources(change.before)} to every request without "
        f"{_key(change)}."
    )


def _any_value(change: PolicyChange, request: Request) -> str:
    opened = f"{_actions(change.before)} on {_resources(change.before)}"
    return f"It would also allow {opened} whatever {change.what[1]} is."


def _spared(change: PolicyChange, request: Request) -> str:
    return "For what is excepted, the statement no longer denies anything."


def _no_deny(change: PolicyChange, request: Request) -> str:
    return f"It would no longer deny {_actions(change.before)} on {_resources(change.before)} to anyone."


def _no_policy(change: PolicyChange, request: Request) -> str:
    count = len(change.source.document.statements) if change.source else 0
    return f"All of it goes ({count} statement{'' if count == 1 else 's'}), what it allows too."


ALSO: Final[Mapping[Kind, Callable[[PolicyChange, Request], str]]] = {
    Kind.ADD_PRINCIPAL: _principal,
    Kind.ADD_ACTION: _other_resources,
    Kind.REMOVE_NOT_ACTION: _not_action,
    Kind.ADD_RESOURCE: _other_actions,
    Kind.REMOVE_NOT_RESOURCE: _not_resource,
    Kind.ADD_CONDITION_VALUE: _more_values,
    Kind.REMOVE_CONDITION_VALUE: _more_values,
    Kind.CHANGE_OPERATOR: _absent_key,
    Kind.ADD_STATEMENT: _nothing_else,
    Kind.ADD_POLICY: _nothing_else,
    Kind.DROP_CONDITION: _any_value,
    Kind.EXCEPT_CONDITION_VALUE: _spared,
    Kind.EXCEPT_RESOURCE: _spared,
    Kind.EXCEPT_ACTION: _spared,
    Kind.EXCEPT_CALLER: _spared,
    Kind.DROP_STATEMENT: _no_deny,
    Kind.DROP_POLICY: _no_policy,
}

REACHES: Final[Mapping[PolicyType, str]] = {
    PolicyType.IDENTITY: "The policy may be attached to others: it changes for all of them.",
    PolicyType.BOUNDARY: "The policy may be the boundary of others: it changes for all of them.",
    PolicyType.SCP: "It changes for every account under that level.",
    PolicyType.RCP: "It changes for every account under that level.",
    PolicyType.ENDPOINT: "It changes for everyone who comes through the endpoint.",
}


def _reach(change: PolicyChange) -> str:
    """Whom else a change of the policy concerns."""
    if change.source is None or (change.place.policy_type is PolicyType.IDENTITY and change.source.arn is None):
        return ""
    return REACHES.get(change.place.policy_type, "")
