"""What may be changed so that a request is decided otherwise, and what is the world like after a change?

A change touches one thing: one condition key or the resource of the request, or one statement of one policy.
Nothing here asks whether a change helps; that is `search`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.repairs.keys import Tied, tied_keys
from rolecall.decision.request import Context, Request
from rolecall.policy.document import Policy, PolicyType, Statement


class Kind(enum.Enum):
    """Every kind of change, the narrowest first: repairs are offered in this order."""

    SET_KEY = "set-key"
    REMOVE_KEY = "remove-key"
    USE_RESOURCE = "use-resource"
    # of a statement that nearly allows
    ADD_PRINCIPAL = "add-principal"
    ADD_ACTION = "add-action"
    REMOVE_NOT_ACTION = "remove-not-action"
    ADD_RESOURCE = "add-resource"
    REMOVE_NOT_RESOURCE = "remove-not-resource"
    ADD_CONDITION_VALUE = "add-condition-value"
    REMOVE_CONDITION_VALUE = "remove-condition-value"
    CHANGE_OPERATOR = "change-operator"
    # of a policy type that does not allow
    ADD_STATEMENT = "add-statement"
    ADD_POLICY = "add-policy"
    DROP_CONDITION = "drop-condition"
    # of a statement that denies
    EXCEPT_CONDITION_VALUE = "except-condition-value"
    EXCEPT_RESOURCE = "except-resource"
    EXCEPT_ACTION = "except-action"
    EXCEPT_CALLER = "except-caller"
    DROP_STATEMENT = "drop-statement"
    DROP_POLICY = "drop-policy"


ORDER: Final[Mapping[Kind, int]] = {kind: number for number, kind in enumerate(Kind)}


class Place(Struct, frozen=True):
    """Where a policy stands; index None: a policy that is not there yet. level: for SCPs and RCPs."""

    policy_type: PolicyType
    index: int | None = None
    level: int | None = None

    def find(self, policies: PoliciesInForce) -> SourcedPolicy | None:
        if self.index is None:
            return None
        if self.level is None:
            held = policies.of(self.policy_type)
        else:
            held = (policies.scps if self.policy_type is PolicyType.SCP else policies.rcps)[self.level]
        return held[self.index]


class RequestChange(Struct, frozen=True):
    """A key with new values (None: without it), or another resource."""

    kind: Kind
    key: str = ""
    values: tuple[str, ...] | None = None
    resource: str | None = None

    def apply(self, request: Request) -> Request:
        if self.resource is not None:
            return replace(request, resource=replace(request.resource, arn=self.resource))
        return with_key(request, self.key, self.values)


class PolicyChange(Struct, frozen=True):
    """One statement of one policy becomes another one.

    statement: its number; None: a new one. after None: it goes, and with kind DROP_POLICY the whole policy. what:
    the action, resource, principal or condition value that comes in or goes out. source: as the policy is known.
    """

    kind: Kind
    place: Place
    statement: int | None = None
    before: Statement | None = None
    after: Statement | None = None
    what: tuple[str, ...] = ()
    source: SourcedPolicy | None = None

    def apply(self, policies: PoliciesInForce) -> PoliciesInForce:
        held = self.place.find(policies)
        if self.kind is Kind.DROP_POLICY:
            return put(policies, self.place, None)
        document = Policy("2012-10-17", ()) if held is None else held.document
        statements = list(document.statements)
        if self.statement is None:
            assert self.after is not None
            statements.append(replace(self.after, index=len(statements)))
        elif self.after is None:
            del statements[self.statement]
        else:
            statements[self.statement] = self.after
        numbered = tuple(replace(one, index=index) for index, one in enumerate(statements))
        changed = replace(document, statements=numbered)
        return put(
            policies,
            self.place,
            SourcedPolicy(changed) if held is None else replace(held, document=changed),
        )


Change = RequestChange | PolicyChange


def applied(
    changes: Iterable[Change], request: Request, policies: PoliciesInForce
) -> tuple[Request, PoliciesInForce]:
    """Request and policies after all changes. Statements go last, from the back, so that numbers stay true."""
    ordered = sorted(changes, key=_last_first)
    for change in ordered:
        if isinstance(change, RequestChange):
            request = change.apply(request)
        else:
            policies = change.apply(policies)
    return request, policies


def _last_first(change: Change) -> tuple[int, int, int]:
    if isinstance(change, RequestChange):
        return (0, 0, 0)
    if change.kind is Kind.DROP_POLICY:
        return (3, -(change.place.index or 0), 0)
    if change.kind is Kind.DROP_STATEMENT:
        return (2, 0, -(change.statement or 0))
    return (1, 0, 0)


def with_key(request: Request, key: str, values: tuple[str, ...] | None) -> Request:
    """The request with other values under a key, and with the keys that move with it (a tag and its TagKeys)."""
    context = request.context
    spelled = dict(context.spelled())
    tied = tied_keys(request, key, values)
    for one in (Tied(key, values), *tied.keys):
        for known in [known for known in spelled if known.lower() == one.key.lower()]:
            del spelled[known]
        if one.values:
            spelled[one.key] = one.values
    changed = Context(spelled, multivalued=context.multivalued, unknown=context.unknown - {key.lower()})
    return replace(
        request,
        context=changed,
        resource=replace(request.resource, tags=tied.resource_tags, arn=tied.resource_arn),
        principal=replace(request.principal, tags=tied.principal_tags),
    )


def put(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    """The policies with another one in a place; None takes it away."""
    return SETTERS[place.policy_type](policies, place, policy)


def _listed(held: Sequence[SourcedPolicy], index: int | None, policy: SourcedPolicy | None) -> Level:
    changed = list(held)
    if index is None:
        assert policy is not None
        changed.append(policy)
    elif policy is None:
        del changed[index]
    else:
        changed[index] = policy
    return tuple(changed)


def _identity(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, identity=_listed(policies.identity, place.index, policy))


def _session(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, session=_listed(policies.session or (), place.index, policy) or None)


def _levels(levels: tuple[Level, ...], place: Place, policy: SourcedPolicy | None) -> tuple[Level, ...]:
    assert place.level is not None
    changed = list(levels)
    changed[place.level] = _listed(changed[place.level], place.index, policy)
    return tuple(changed)


def _scps(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, scps=_levels(policies.scps, place, policy))


def _rcps(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, rcps=_levels(policies.rcps, place, policy))


def _boundary(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, boundary=policy)


def _endpoint(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, endpoint=policy)


def _resource(policies: PoliciesInForce, place: Place, policy: SourcedPolicy | None) -> PoliciesInForce:
    return replace(policies, resource=policy)


SETTERS: Final[Mapping[PolicyType, Callable[[PoliciesInForce, Place, SourcedPolicy | None], PoliciesInForce]]] = {
    PolicyType.IDENTITY: _identity,
    PolicyType.BOUNDARY: _boundary,
    PolicyType.SESSION: _session,
    PolicyType.SCP: _scps,
    PolicyType.RCP: _rcps,
    PolicyType.ENDPOINT: _endpoint,
    PolicyType.RESOURCE: _resource,
    PolicyType.TRUST: _resource,
}
