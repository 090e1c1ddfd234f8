"""How a peer is timed: warmed once, then whole passes over the same requests; one line of JSON tells the result.

Runs in the peers' own environment, so it imports nothing of rolecall.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any


def load(path: str) -> dict[str, Any]:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def report(engine: str, decide: Callable[..., str], items: Sequence[tuple[Any, ...]], passes: int) -> None:
    answers = [decide(*item) for item in items]
    gc.collect()
    gc.freeze()
    rates = []
    for _ in range(passes):
        started = time.perf_counter()
        for item in items:
            decide(*item)
        rates.append(len(items) / (time.perf_counter() - started))
    json.dump({"engine": engine, "rate": statistics.median(rates), "answers": answers}, sys.stdout)
