"""The compiled evaluator gives the reference's decision: outcome, who decided, unknown keys."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import fields, replace

import strategies
from case_files import CASES, DecisionCase, decision_cases, neutral
from random_decisions import Decisions
from rolecall import catalog
from rolecall.decision import PoliciesInForce, Request, decide
from rolecall.decision.compiled import Engine, Limits
from rolecall.decision.neutral import NeutralRequest, read_request
from rolecall.decision.profile import Profile
from rolecall.decision.request import Context
from rolecall.policy.open_points import OURS, Choices

AT_ONCE: Final = Limits(compile_after=0)
PROFILES: Final[tuple[Profile, ...]] = ("reference", "guide")

TOPICS: Final = tuple(
    folder.name
    for folder in sorted(CASES.iterdir())
    if any("  request:" in path.read_text() and "\n  want: " in path.read_text() for path in folder.glob("*.yaml"))
)


def questions(topic: str) -> Iterator[tuple[DecisionCase, NeutralRequest]]:
    for case in decision_cases(topic):
        yield case, read_request(json.dumps(neutral(case)), catalog.load().multivalued)


def agrees(engine: Engine, request: Request, policies: PoliciesInForce) -> None:
    wanted = decide(request, policies, profile=engine.profile, choices=engine.choices)
    prepared = engine.prepare(policies)
    assert engine.decide(request, policies) == wanted
    assert prepared(request) == wanted
    # The second time, what the first one made answers.
    assert prepared(request) == wanted


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("topic", TOPICS)
def test_cases_are_decided_as_by_the_reference(topic: str, profile: Profile, subtests: pytest.Subtests) -> None:
    compiling, warming = Engine(profile=profile, limits=AT_ONCE), Engine(profile=profile)
    for case, asked in questions(topic):
        with subtests.test(case.name):
            agrees(compiling, asked.request, asked.policies)
            agrees(warming, asked.request, asked.policies)


def test_the_cases_of_decisions_are_found() -> None:
    assert {"traps", "evaluation", "operators", "unknown-keys"} & set(TOPICS) >= {"traps", "evaluation"}


some_unknown = st.lists(
    st.sampled_from([*strategies.KEYS, "aws:PrincipalTag/*", "aws:*"]), max_size=3, unique=True
).map(tuple)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request=strategies.requests(), policies=strategies.policies_in_force(), unknown=some_unknown)
def test_reference_and_compiled_agree(
    request: Request, policies: PoliciesInForce, unknown: tuple[str, ...]
) -> None:
    agrees(Engine(limits=AT_ONCE), request, policies)
    context = Context(request.context.spelled(), multivalued=request.context.multivalued, unknown=unknown)
    agrees(Engine(limits=AT_ONCE), replace(request, context=context), policies)


@pytest.mark.parametrize("switch", [field.name for field in fields(Choices)])
def test_open_points_may_be_decided_the_other_way(switch: str) -> None:
    decisions = Decisions(seed=7, pool=10)
    engine = Engine(choices=replace(OURS, **{switch: False}), limits=AT_ONCE)
    for policies, _ in zip(decisions.worlds(), range(12), strict=False):
        for _ in range(6):
            agrees(engine, decisions.request(), policies)


def test_threads_share_an_engine() -> None:
    """Caches small enough that entries come and go while others read them."""
    engine = Engine(limits=Limits(compile_after=1, documents=8, statements=8, functions=4, policy_sets=4))
    failures: list[BaseException] = []

    def ask(seed: int) -> None:
        decisions = Decisions(seed, pool=6)
        try:
            for policies, _ in zip(decisions.worlds(), range(25), strict=False):
                for _ in range(6):
                    agrees(engine, decisions.request(), policies)
        except BaseException as failure:
            failures.append(failure)

    # All ask of the same documents, since the first half of the seeds repeats.
    threads = [threading.Thread(target=ask, args=(seed % 3,)) for seed in range(6)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert not failures


def test_decisions_do_not_depend_on_how_warm_an_engine_is() -> None:
    decisions, engine = Decisions(seed=3, pool=10), Engine(limits=Limits(compile_after=3))
    for policies, _ in zip(decisions.worlds(), range(10), strict=False):
        for _ in range(5):
            request = decisions.request()
            wanted = decide(request, policies)
            assert [engine.decide(request, policies) for _ in range(8)] == [wanted] * 8


def test_equal_policies_share_what_was_compiled() -> None:
    """Two principals with equal documents, read separately, ask the same functions."""
    engine = Engine(limits=AT_ONCE)
    text = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}
    request = Request(
        strategies.EVERYDAY[0],
        "s3:GetObject",
        strategies.Resource("arn:aws:s3:::b/x", strategies.ACCOUNT),
        Context({}),
    )
    for _ in range(2):
        policies = PoliciesInForce(identity=(strategies.SourcedPolicy(strategies.parse(text)),))
        assert engine.decide(request, policies).allowed
    assert engine.compiled_functions == 1
