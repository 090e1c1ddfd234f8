"""rolecall on one workload, in a process of its own: `python -m benchmarks.decisions.ours WORKLOAD`.

ready: contexts are there; they are built a hundred at a time before the clock starts, since nobody decides on
twenty thousand contexts that were built long ago. built: from raw keys and values to the decision.
"""

from __future__ import annotations

import gc
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from benchmarks.decisions.workload import ACCOUNT, MULTIVALUED, Asked, Ours, Workload, parsed, read, request_of
from rolecall.decision import Context, Decision, Request, Resource
from rolecall.decision.compiled import Engine
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse

BATCH: Final = 100
PASSES: Final = 7
# What CloudTrail does not tell: the keys that replay declares unknown.
UNKNOWN: Final = ("aws:PrincipalTag/*", "aws:ResourceTag/*", "sagemaker:ResourceTag/*")

Decide = Callable[[Request], Decision]


def megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4_096 / 1e6


def rate_ready(
    requests: list[Asked], ours: Ours, prepared: list[Decide], unknown: tuple[str, ...] = ()
) -> tuple[float, float]:
    """Decisions a second with ready contexts, and the share of undetermined ones."""
    spent = 0.0
    undetermined = 0
    for start in range(0, len(requests), BATCH):
        batch = [
            (prepared[each.user], replace_context(request_of(each, ours.principals[each.user]), each, unknown))
            for each in requests[start : start + BATCH]
        ]
        gc.disable()
        started = time.perf_counter()
        for decide, request in batch:
            decide(request)
        spent += time.perf_counter() - started
        gc.enable()
        undetermined += sum(decide(request).outcome.value == "undetermined" for decide, request in batch)
    return len(requests) / spent, undetermined / len(requests)


def replace_context(request: Request, asked: Asked, unknown: tuple[str, ...]) -> Request:
    if not unknown:
        return request
    return replace(request, context=Context(asked.context, multivalued=MULTIVALUED, unknown=unknown))


def rate_built(requests: list[Asked], ours: Ours, prepared: list[Decide]) -> float:
    work = [
        (prepared[each.user], ours.principals[each.user], each.action, each.resource, each.context)
        for each in requests
    ]
    started = time.perf_counter()
    for decide, principal, action, resource, context in work:
        decide(Request(principal, action, Resource(resource, ACCOUNT), Context(context, multivalued=MULTIVALUED)))
    return len(work) / (time.perf_counter() - started)


def cold(workload: Workload, requests: list[Asked], ours: Ours) -> dict[str, float]:
    """Milliseconds of a principal's first decision, of reading its documents, of compiling for one action."""
    first, read_ms, compiled = [], [], []
    for asked in requests[:200]:
        user = workload.users[asked.user]
        names = [(name, PolicyType.IDENTITY) for name in user.identity]
        names += [(user.boundary, PolicyType.BOUNDARY), *((name, PolicyType.SCP) for name in user.scps)]
        texts = [(json.dumps(workload.policies[name]), kind) for name, kind in names]
        started = time.perf_counter()
        for text, kind in texts:
            parse(text, kind)
        read_ms.append(1e3 * (time.perf_counter() - started))
        request = request_of(asked, ours.principals[asked.user])
        engine = Engine()
        started = time.perf_counter()
        engine.decide(request, ours.policies[asked.user])
        first.append(1e3 * (time.perf_counter() - started))
        for _ in range(engine.limits.compile_after - 1):
            engine.decide(request, ours.policies[asked.user])
        started = time.perf_counter()
        engine.decide(request, ours.policies[asked.user])
        compiled.append(1e3 * (time.perf_counter() - started))
    return {
        "first_ms": statistics.median(first),
        "first_ms_p99": sorted(first)[-2],
        "read_ms": statistics.median(read_ms),
        "compile_ms": statistics.median(compiled),
        "compile_ms_p99": sorted(compiled)[-2],
    }


def main() -> None:
    workload = read(Path(sys.argv[1]))
    before = megabytes()
    ours = parsed(workload.policies, workload.users, workload.account)
    engine = Engine()
    prepared = [engine.prepare(policies) for policies in ours.policies]
    requests = workload.requests
    decided = (prepared[each.user](request_of(each, ours.principals[each.user])) for each in requests)
    answers = [decision.outcome.value for decision in decided]
    for _ in range(engine.limits.compile_after + 1):
        rate_built(requests, ours, prepared)
    gc.collect()
    held = megabytes() - before
    gc.freeze()
    ready = statistics.median(rate_ready(requests, ours, prepared)[0] for _ in range(PASSES))
    built = statistics.median(rate_built(requests, ours, prepared) for _ in range(PASSES))
    result = {"ready": ready, "built": built, "answers": answers, "megabytes": held}
    result |= cold(workload, requests, ours)
    for _ in range(engine.limits.compile_after + 2):
        rate_ready(requests, ours, prepared, UNKNOWN)
    unknown = [rate_ready(requests, ours, prepared, UNKNOWN) for _ in range(3)]
    result["unknown"] = statistics.median(rate for rate, _ in unknown)
    result["undetermined_share"] = unknown[0][1]
    result["undetermined"] = only_undetermined(requests, ours, prepared)
    json.dump(result, sys.stdout)


def only_undetermined(requests: list[Asked], ours: Ours, prepared: list[Decide]) -> float:
    """Decisions a second of the requests alone that come out undetermined."""
    some = [
        each
        for each in requests
        if prepared[each.user](
            replace_context(request_of(each, ours.principals[each.user]), each, UNKNOWN)
        ).outcome.value
        == "undetermined"
    ]
    return statistics.median(rate_ready(some, ours, prepared, UNKNOWN)[0] for _ in range(3)) if some else 0.0


if __name__ == "__main__":
    main()
