"""A slice of the run: a seed, and as many random requests as it is given, through both evaluators."""

from __future__ import annotations

import random
from collections import Counter
from typing import Final

from msgspec import Struct, field
from msgspec.structs import fields, replace

from random_decisions import ACTIONS, Decisions
from rolecall.decision import PoliciesInForce, Request, decide
from rolecall.decision.compiled import Engine, Limits
from rolecall.decision.profile import Profile
from rolecall.decision.result import Decision
from rolecall.policy.open_points import OURS, Choices

REQUESTS_A_WORLD: Final = 40
ACTIONS_A_WORLD: Final = 3
AT_ONCE: Final = Limits(compile_after=0)
# So small that what was compiled is forgotten all the time, and the reference answers first.
FORGETFUL: Final = Limits(
    compile_after=1, documents=16, statements=16, functions=8, entries=8, policy_sets=8, aliases=8
)


class Differing(Struct, frozen=True):
    """A request that the two decide differently, and how."""

    request: Request
    policies: PoliciesInForce
    profile: Profile
    choices: Choices
    reference: Decision
    compiled: Decision


class Done(Struct):
    """What a slice did. seen: how often which outcome, and which policy type made it."""

    requests: int = 0
    seen: Counter[str] = field(default_factory=Counter)
    differing: Differing | None = None


def compare(request: Request, policies: PoliciesInForce, engine: Engine) -> tuple[Decision, Decision | None]:
    """What the reference says, and what the compiled evaluator says where that differs in any field."""
    wanted = decide(request, policies, profile=engine.profile, choices=engine.choices)
    prepared = engine.prepare(policies)
    # The last time, what the first two made answers.
    for found in (engine.decide(request, policies), prepared(request), prepared(request)):
        if found != wanted:
            return wanted, found
    return wanted, None


def check(seed: str, requests: int) -> Done:
    """Decide so many requests, the same ones for the same seed; stops at the first difference."""
    decisions = Decisions(random.Random(seed).getrandbits(64))
    engines = _engines(decisions)
    done = Done()
    for policies in decisions.worlds():
        engine = decisions.pick(engines)
        decisions.actions = tuple(decisions.some(ACTIONS, ACTIONS_A_WORLD))
        for _ in range(REQUESTS_A_WORLD):
            if done.requests == requests:
                return done
            request = decisions.request()
            wanted, found = compare(request, policies, engine)
            done.requests += 1
            done.seen[_kind(wanted)] += 1
            if found is not None:
                done.differing = Differing(request, policies, engine.profile, engine.choices, wanted, found)
                return done
    return done


def _engines(decisions: Decisions) -> tuple[Engine, ...]:
    """Most worlds are decided at once by compiled policies as the server has them."""
    switch = decisions.pick([each.name for each in fields(Choices)])
    return (
        *[Engine(limits=AT_ONCE)] * 6,
        Engine(),
        Engine(profile="guide", limits=AT_ONCE),
        Engine(limits=FORGETFUL),
        Engine(choices=replace(OURS, **{switch: False}), limits=AT_ONCE),
    )


def _kind(decision: Decision) -> str:
    by = decision.by.policy_type.value if decision.by is not None else "nobody"
    return f"{decision.outcome.value} by {by}"
