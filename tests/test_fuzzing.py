"""`make fuzz` in small: slices agree, and a difference would be made small and kept as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from fuzzing.checking import Differing, check
from fuzzing.saving import load, save
from fuzzing.shrinking import shrunk
from random_decisions import Decisions
from rolecall.decision import Outcome, PoliciesInForce, Request, decide
from rolecall.policy.open_points import OURS


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_both_evaluators_decide_the_same(seed: str) -> None:
    done = check(seed, 1_500)
    assert done.differing is None
    assert done.requests == done.seen.total() == 1_500
    assert {kind.split()[0] for kind in done.seen} == {outcome.value for outcome in Outcome}


def test_a_seed_names_its_requests() -> None:
    assert check("again", 200).seen == check("again", 200).seen != check("another", 200).seen


def denied(request: Request, policies: PoliciesInForce) -> bool:
    return decide(request, policies).outcome is Outcome.EXPLICIT_DENY


def test_what_a_difference_does_not_need_is_taken_away() -> None:
    """Explicit denials stand in for differences, of which there are none to try with."""
    decisions, found = Decisions(seed=4, pool=10), 0
    for policies, _ in zip(decisions.worlds(), range(100), strict=False):
        request = decisions.request()
        if not denied(request, policies):
            continue
        found += 1
        small, few = shrunk(request, policies, denied)
        assert denied(small, few)
        kinds = (*few.identity, *(few.session or ()), few.boundary, few.endpoint, few.resource)
        levels = (*few.scps, *few.rcps)
        left = [*filter(None, kinds), *(policy for level in levels for policy in level)]
        assert len(left) == 1
        (statement,) = left[0].document.statements
        assert statement.conditions == ()
        assert small.context.spelled() == {}
    assert found > 5


def test_a_difference_is_kept_as_it_was(tmp_path: Path) -> None:
    decisions = Decisions(seed=8, pool=10)
    for policies, number in zip(decisions.worlds(), range(40), strict=False):
        request = decisions.request()
        said = decide(request, policies)
        again = load(save(Differing(request, policies, "guide", OURS, said, said), tmp_path, str(number)))
        context = again.request.context
        assert again.policies == policies
        assert (again.request.principal, again.request.resource) == (request.principal, request.resource)
        assert list(context.spelled().items()) == list(request.context.spelled().items())
        assert (context.unknown, context.multivalued) == (request.context.unknown, request.context.multivalued)
        assert decide(again.request, again.policies) == said
