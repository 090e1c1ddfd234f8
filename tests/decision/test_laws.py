"""Laws that every decision obeys, whatever the policies (the reference evaluator; others join by agreeing)."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import strategies
from rolecall.decision import Outcome, PoliciesInForce, Request, SourcedPolicy, decide, explain
from rolecall.decision.applicability import resource_policy_type
from rolecall.decision.neutral import read_request, write_request
from rolecall.decision.trace_text import render
from rolecall.policy.document import Effect, Policy, PolicyType, Statement
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.policy.printer import to_data

quickly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

T = TypeVar("T")


def every_policy(policies: PoliciesInForce, edit: Callable[[SourcedPolicy], SourcedPolicy]) -> PoliciesInForce:
    """The same policies in force, each edited."""

    def one(policy: SourcedPolicy | None) -> SourcedPolicy | None:
        return None if policy is None else edit(policy)

    return PoliciesInForce(
        identity=tuple(map(edit, policies.identity)),
        boundary=one(policies.boundary),
        session=None if policies.session is None else tuple(map(edit, policies.session)),
        scps=tuple(tuple(map(edit, level)) for level in policies.scps),
        rcps=tuple(tuple(map(edit, level)) for level in policies.rcps),
        endpoint=one(policies.endpoint),
        resource=one(policies.resource),
    )


def adding(kind: PolicyType, statement: Statement, policies: PoliciesInForce) -> PoliciesInForce:
    """Add a statement to every policy of a type."""
    theirs = {id(policy) for policy in policies.of(kind)}

    def edit(policy: SourcedPolicy) -> SourcedPolicy:
        if id(policy) not in theirs:
            return policy
        document = policy.document
        return replace(policy, document=replace(document, statements=(*document.statements, statement)))

    return every_policy(policies, edit)


some_keys = st.lists(st.sampled_from(sorted(strategies.KEYS)), min_size=1, max_size=4, unique=True).map(tuple)
kinds = st.sampled_from([kind for kind in PolicyType if kind is not PolicyType.TRUST])


@st.composite
def additions(draw: st.DrawFn, effect: str) -> tuple[PolicyType, Statement]:
    kind = draw(kinds)
    document = {"Version": "2012-10-17", "Statement": [draw(strategies.statements(kind, effect))]}
    return kind, parse(document, kind).statements[0]


@quickly
@given(strategies.requests(), strategies.policies_in_force(), additions("Allow"))
def test_an_added_allow_never_turns_allow_into_denial(
    request: Request, policies: PoliciesInForce, added: tuple[PolicyType, Statement]
) -> None:
    if decide(request, policies).allowed:
        assert decide(request, adding(*added, policies)).allowed


@quickly
@given(strategies.requests(), strategies.policies_in_force(), additions("Deny"))
def test_an_added_deny_never_turns_denial_into_allow(
    request: Request, policies: PoliciesInForce, added: tuple[PolicyType, Statement]
) -> None:
    if not decide(request, policies).allowed:
        assert not decide(request, adding(*added, policies)).allowed


@quickly
@given(strategies.requests(), strategies.policies_in_force(), st.integers())
def test_the_order_of_policies_and_statements_does_not_matter(
    request: Request, policies: PoliciesInForce, seed: int
) -> None:
    chance = random.Random(seed)

    def shuffled(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(chance.sample(items, len(items)))

    def edit(policy: SourcedPolicy) -> SourcedPolicy:
        document = policy.document
        return replace(policy, document=replace(document, statements=shuffled(document.statements)))

    turned = every_policy(policies, edit)
    turned = replace(
        turned,
        identity=shuffled(turned.identity),
        session=None if turned.session is None else shuffled(turned.session),
        scps=tuple(shuffled(level) for level in shuffled(turned.scps)),
        rcps=tuple(shuffled(level) for level in shuffled(turned.rcps)),
    )
    before, after = decide(request, policies), decide(request, turned)
    assert before.outcome is after.outcome
    assert (before.by and before.by.policy_type) == (after.by and after.by.policy_type)


@quickly
@given(strategies.requests(), strategies.policies_in_force(), st.data())
def test_no_completion_of_unknown_keys_contradicts_a_determined_answer(
    request: Request, policies: PoliciesInForce, data: st.DataObject
) -> None:
    given_values = request.context.spelled()
    unknown = tuple(
        data.draw(st.lists(st.sampled_from(sorted(strategies.KEYS)), min_size=1, max_size=4, unique=True))
    )
    known = {key: values for key, values in given_values.items() if key not in unknown}
    asked = replace(request, context=strategies.context(known, unknown))
    decision = decide(asked, policies)
    completion = {key: data.draw(strategies.values_of(key)) for key in unknown}
    completed = decide(replace(request, context=strategies.context(known | completion)), policies)
    assert completed.outcome is not Outcome.UNDETERMINED
    if decision.outcome is not Outcome.UNDETERMINED:
        assert completed.outcome is decision.outcome
        return
    # The list of keys may name too many, never too few: what is not on it cannot turn the answer.
    named = {key.lower() for key in decision.depends_on}
    assert named
    assert named <= {key.lower() for key in unknown}
    other = {
        key: values if key.lower() in named else data.draw(strategies.values_of(key))
        for key, values in completion.items()
    }
    assert (
        decide(replace(request, context=strategies.context(known | other)), policies).outcome is completed.outcome
    )


@quickly
@given(strategies.requests(), strategies.policies_in_force())
def test_an_explanation_tells_the_decision_in_eighty_columns(request: Request, policies: PoliciesInForce) -> None:
    decision, trace = decide(request, policies), explain(request, policies)
    assert (trace.decision, trace.by) == (decision.outcome.value, decision.by)
    assert all(len(line) <= 80 for line in render(trace).splitlines())
    if decision.outcome is Outcome.EXPLICIT_DENY:
        assert any(rung.decisive and rung.says == "deny" for rung in trace.ladder)
    for policy in trace.policies:
        for statement in policy.statements:
            assert (statement.matched == "yes") is (statement.failed is None)


@quickly
@given(strategies.requests(), strategies.policies_in_force(), st.lists(st.sampled_from(sorted(strategies.KEYS))))
def test_the_neutral_form_is_decided_alike(
    request: Request, policies: PoliciesInForce, unknown: list[str]
) -> None:
    asked = replace(request, context=strategies.context(request.context.spelled(), tuple(unknown)))
    kind = resource_policy_type(asked)
    if policies.resource is not None:
        # A role's trust policy has no Resource; one that has cannot stand in its place.
        try:
            parse(to_data(policies.resource.document), kind)
        except PolicyError:
            policies = replace(policies, resource=None)
    read = read_request(json.dumps(write_request(asked, policies)), is_multivalued)
    assert decide(read.request, read.policies) == decide(asked, policies)


def is_multivalued(key: str) -> bool:
    return key in strategies.MULTIVALUED


ODDITIES = ("", ":", "::::::", "arn:", "*" * 50, "${", "${}", "${*", "\x00", "arn:aws")
weird = st.text(max_size=12) | st.sampled_from(ODDITIES)
oddly = st.lists(weird, max_size=3).map(tuple)


@quickly
@given(
    strategies.requests(), st.lists(weird, max_size=3).map(tuple), st.lists(weird, max_size=3).map(tuple), weird
)
def test_nothing_is_too_odd_for_the_engine(
    request: Request, actions: tuple[str, ...], resources: tuple[str, ...], arn: str
) -> None:
    """Statements that no parser lets through, and resources that are no ARNs, still get an answer."""
    whole = [Statement(0, effect, not_actions=actions, not_resources=resources) for effect in Effect]
    listed = [Statement(0, effect, actions=actions, resources=resources) for effect in Effect]
    asked = replace(request, action=arn, resource=replace(request.resource, arn=arn))
    for statement in whole + listed:
        policy = SourcedPolicy(Policy("2012-10-17", (statement,)))
        decide(asked, PoliciesInForce(identity=(policy,), resource=policy))
