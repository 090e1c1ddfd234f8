"""`make fuzz`: the compiled evaluator against the reference on random decisions, for a time and a number.

    python tests/decision/compiled/fuzz.py [--minutes 10] [--requests 1000000] [--seed N]

Runs until both are reached. A difference is made small, printed as a neutral request and ends the run with 1; it
becomes a case of tests/cases by name.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[2]))

from msgspec.structs import replace

from random_decisions import Decisions
from rolecall.decision import decide
from rolecall.decision.compiled import Engine, Limits
from rolecall.decision.neutral import write_request
from rolecall.decision.policies import Level, PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Request
from rolecall.decision.result import Decision

REQUESTS_A_WORLD: Final = 24
AT_ONCE: Final = Limits(compile_after=0)


def disagreement(request: Request, policies: PoliciesInForce, engine: Engine) -> tuple[Decision, Decision] | None:
    """What the reference and the compiled evaluator say, where that differs."""
    wanted = decide(request, policies, profile=engine.profile)
    prepared = engine.prepare(policies)
    for found in (engine.decide(request, policies), prepared(request), prepared(request)):
        if found != wanted:
            return wanted, found
    return None


def smaller(policies: PoliciesInForce) -> Iterator[PoliciesInForce]:
    """The same with one thing less."""
    for name in ("boundary", "session", "endpoint", "resource"):
        if getattr(policies, name) is not None:
            yield replace(policies, **{name: None})
    for name in ("scps", "rcps"):
        levels: tuple[Level, ...] = getattr(policies, name)
        for number, level in enumerate(levels):
            yield replace(policies, **{name: (*levels[:number], *levels[number + 1 :])})
            for shorter in _smaller_level(level):
                yield replace(policies, **{name: (*levels[:number], shorter, *levels[number + 1 :])})
    for shorter in _smaller_level(policies.identity):
        yield replace(policies, identity=shorter)
    for shorter in _smaller_level(policies.session or ()):
        yield replace(policies, session=shorter or None)
    for name in ("boundary", "endpoint", "resource"):
        policy = getattr(policies, name)
        for less in _smaller_policy(policy) if policy is not None else ():
            yield replace(policies, **{name: less})


def _smaller_level(level: Level) -> Iterator[Level]:
    for number, policy in enumerate(level):
        yield (*level[:number], *level[number + 1 :])
        for less in _smaller_policy(policy):
            yield (*level[:number], less, *level[number + 1 :])


def _smaller_policy(policy: SourcedPolicy) -> Iterator[SourcedPolicy]:
    document = policy.document
    statements = document.statements
    for number, statement in enumerate(statements):
        others = (*statements[:number], *statements[number + 1 :])
        if others:
            yield replace(policy, document=replace(document, statements=others))
        for place in range(len(statement.conditions)):
            kept = (*statement.conditions[:place], *statement.conditions[place + 1 :])
            less = replace(statement, conditions=kept)
            yield replace(
                policy,
                document=replace(document, statements=(*statements[:number], less, *statements[number + 1 :])),
            )


def shrunk(request: Request, policies: PoliciesInForce, profile: str) -> PoliciesInForce:
    """The policies with everything taken away that the difference does not need."""
    going = True
    while going:
        going = False
        for less in smaller(policies):
            if disagreement(request, less, Engine(profile=profile, limits=AT_ONCE)):  # type: ignore[arg-type]
                policies, going = less, True
                break
    return policies


def run(minutes: float, requests: int, seed: int, *, quiet: bool = False) -> int:
    """How many requests agreed; raises AssertionError with a small request where one did not."""
    started = time.monotonic()
    decisions = Decisions(seed)
    engines = (
        Engine(limits=AT_ONCE),
        Engine(),
        Engine(profile="guide", limits=AT_ONCE),
        Engine(limits=Limits(compile_after=1, documents=16, statements=16, functions=8, policy_sets=8)),
    )
    done = shown = 0
    for world in decisions.worlds():
        if done >= requests and time.monotonic() - started >= 60 * minutes:
            break
        engine = engines[0] if decisions.one_in(2) else decisions.pick(engines)
        decisions.actions = tuple(decisions.some(ACTIONS_OF_ALL, 3))
        for _ in range(REQUESTS_A_WORLD):
            request = decisions.request()
            differing = disagreement(request, world, engine)
            done += 1
            if differing:
                small = shrunk(request, world, engine.profile)
                line = json.dumps(write_request(request, small, f"seed {seed}, request {done}"))
                raise AssertionError(f"reference: {differing[0]}\ncompiled: {differing[1]}\n{line}")
        if not quiet and done - shown >= 50_000:
            shown = done
            rate = done / (time.monotonic() - started)
            print(f"{done} requests agree, {rate:.0f} a second", flush=True)
    return done


ACTIONS_OF_ALL: Final = Decisions(0).actions


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    chosen = parser.parse_args()
    print(f"seed {chosen.seed}", flush=True)
    try:
        done = run(chosen.minutes, chosen.requests, chosen.seed)
    except AssertionError as difference:
        print(difference)
        return 1
    print(f"{done} requests: the compiled evaluator and the reference agree on every one")
    return 0


if __name__ == "__main__":
    sys.exit(main())
