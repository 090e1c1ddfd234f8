"""The command: slices of the run in processes, its progress, and what to do about a difference."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec.structs import replace

import fuzzing
from fuzzing.checking import AT_ONCE, Differing, Done, check, compare
from fuzzing.saving import load, said, save
from fuzzing.shrinking import shrunk
from rolecall.decision.compiled import Engine
from rolecall.decision.neutral import write_request
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Request

SLICE: Final = 10_000
FOUND: Final = Path(__file__).parents[2] / ".cache" / "fuzzing"
PROGRESS_SECONDS: Final = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="fuzzing", description=fuzzing.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=10, help="go on at least so long (10)")
    parser.add_argument("--requests", type=int, default=1_000_000, help="and for so many requests (1,000,000)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the same requests again")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (one a processor)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="decide a kept difference again, nothing else")
    chosen = parser.parse_args()
    if chosen.replay is not None:
        return replay(chosen.replay)
    print(f"seed {chosen.seed}, {chosen.workers} processes", flush=True)
    return run(chosen.minutes, chosen.requests, chosen.seed, chosen.workers)


def run(minutes: float, requests: int, seed: int, workers: int) -> int:
    """0 when all agreed, 1 at the first difference."""
    started = told = time.monotonic()
    seen: Counter[str] = Counter()

    def slices() -> Iterator[str]:
        number = 0
        while seen.total() < requests or time.monotonic() - started < 60 * minutes:
            yield f"{seed}:{number}"
            number += 1

    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        for name, done in _answered(pool, slices(), workers):
            seen += done.seen
            if done.differing is not None:
                report(done.differing, f"{name.replace(':', '-')}-{done.requests}")
                return 1
            if time.monotonic() - told >= PROGRESS_SECONDS:
                told = time.monotonic()
                print(f"{seen.total():,} agree, {seen.total() / (told - started):,.0f} a second", flush=True)
    seconds = time.monotonic() - started
    print(f"\n{seen.total():,} requests in {seconds:.0f} s: both decided the same, in every field.")
    for kind, count in seen.most_common():
        print(f"{count:>12,}  {kind}")
    return 0


def _answered(pool: multiprocessing.pool.Pool, slices: Iterator[str], workers: int) -> Iterator[tuple[str, Done]]:
    """Slices and what they did, in order, with a few always under way."""
    waiting: list[tuple[str, multiprocessing.pool.AsyncResult[Done]]] = []
    for name in slices:
        waiting.append((name, pool.apply_async(check, (name, SLICE))))
        if len(waiting) > 2 * workers:
            first, result = waiting.pop(0)
            yield first, result.get()
    for name, result in waiting:
        yield name, result.get()


def report(found: Differing, name: str) -> None:
    """Make a difference small, keep it and print it."""

    def differs(request: Request, policies: PoliciesInForce) -> bool:
        return compare(request, policies, _engine(found))[1] is not None

    if differs(found.request, found.policies):
        request, policies = shrunk(found.request, found.policies, differs)
        wanted, compiled = compare(request, policies, _engine(found))
        assert compiled is not None
        found = replace(found, request=request, policies=policies, reference=wanted, compiled=compiled)
    else:
        print("The difference needs what the engine had seen before: run the seed again.")
    print(f"reference: {said(found.reference)}\ncompiled:  {said(found.compiled)}")
    print(f"kept as {save(found, FOUND, name)}", flush=True)
    print(json.dumps(write_request(found.request, found.policies, name)))


def _engine(found: Differing) -> Engine:
    return Engine(profile=found.profile, choices=found.choices, limits=AT_ONCE)


def replay(path: Path) -> int:
    """Decide a kept difference again."""
    saved = load(path)
    engine = Engine(profile=saved.profile, choices=saved.choices, limits=AT_ONCE)
    wanted, found = compare(saved.request, saved.policies, engine)
    print(f"reference: {said(wanted)}\ncompiled:  {said(found or wanted)}")
    return 1 if found is not None else 0


if __name__ == "__main__":
    sys.exit(main())
