"""Measure the server beside moto_server (its checks on) in one run, and write the ratios into docs/PERFORMANCE.md.

BENCH_SECONDS: how long each measurement lasts (4). BENCH_LARGE: how many jobs and roles stand for "many"
(100000, 10000).
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from botocore.credentials import Credentials
from msgspec import Struct

from benchmarks import environment, report
from benchmarks.server.load import Measured, measure
from benchmarks.server.requests import Signed, job_parameters, query, sagemaker, signed
from benchmarks.server.servers import (
    Peer,
    check_moto,
    multiply,
    our_root,
    renamed_job,
    renamed_role,
    start_moto,
    start_ours,
)

SECONDS: Final = float(os.environ.get("BENCH_SECONDS", "4"))
JOBS, ROLES = 10_000, 1_000
MANY_JOBS, MANY_ROLES = map(int, os.environ.get("BENCH_LARGE", "100000,10000").split(","))
ROUNDS: Final = 3
CREATES: Final = 10_000
WRITERS: Final = 64  # connections that create at once
NEEDED: Final = {"GetCallerIdentity": 25, "DescribeTrainingJob": 25, "List 100": 15, "CreateTrainingJob": 10}

Sign = Callable[[tuple[str, dict[str, str], str]], Signed]


class Row(Struct):
    what: str
    ours: Measured
    theirs: Measured

    @property
    def ratio(self) -> float:
        return self.ours.rate / self.theirs.rate


def reads(sign: Sign) -> dict[str, list[Signed]]:
    return {
        "GetCallerIdentity": [sign(query("sts", "GetCallerIdentity"))],
        "DescribeTrainingJob": [sign(sagemaker("DescribeTrainingJob", TrainingJobName="fill-0"))],
        "List 100": [sign(sagemaker("ListTrainingJobs", MaxResults=100))],
        "GetRole": [sign(query("iam", "GetRole", RoleName="exec"))],
    }


def creates(sign: Sign, tag: str, number: int) -> list[Signed]:
    return [sign(sagemaker("CreateTrainingJob", **job_parameters(f"{tag}-{each}"))) for each in range(number)]


def at(peer: Peer, keys: Credentials) -> Sign:
    return lambda call: signed(peer.address, keys, call)


def median(found: list[Measured], *, may_fail: bool = False) -> Measured:
    failed = [] if may_fail else [one for one in found if one.failed]
    if failed:
        raise SystemExit(f"answers that are no success: {failed[0].first_failure}")
    return sorted(found, key=lambda one: one.rate)[len(found) // 2]


def prepare(folder: Path, jobs: int, roles: int) -> Credentials:
    """A data folder with so much in it, and the keys of its caller."""
    peer = start_ours(folder)
    time.sleep(0.3)
    keys = peer.make_caller(our_root(folder))
    peer.fill(keys, 0, 1)
    peer.stop()
    multiply(folder, "training-job", jobs, renamed_job)
    multiply(folder, "role", roles, renamed_role)
    return keys


def beside_moto(folder: Path, moto: Path) -> tuple[list[Row], list[str]]:
    ours_keys = prepare(folder / "ours", JOBS, ROLES)
    theirs = start_moto(moto, folder / "moto.log")
    notes: list[str] = []
    try:
        theirs_keys = theirs.make_caller(Credentials("AKIAROOT", "x"))
        check_moto(theirs)
        theirs.fill(theirs_keys, 0, JOBS)
        ours = start_ours(folder / "ours")
        try:
            rows = _reads_in_turns(ours, theirs, at(ours, ours_keys), at(theirs, theirs_keys))
            rows.append(_creates_in_turns(ours, theirs, at(ours, ours_keys), at(theirs, theirs_keys)))
            notes.append(_half_load(ours, at(ours, ours_keys), rows))
            notes.append(f"| resident memory after all of this | {ours.memory():.0f} MB | 250 MB |")
        finally:
            ours.stop()
    finally:
        theirs.stop()
    return rows, notes


def _reads_in_turns(ours: Peer, theirs: Peer, sign: Sign, sign_theirs: Sign) -> list[Row]:
    """One after the other, several times: what the machine does besides meets both."""
    own, other = reads(sign), reads(sign_theirs)
    for requests in own.values():
        measure(ours.address, requests, 1.0)  # everything that is done once
    rows = []
    for what in own:
        mine, its = [], []
        for _ in range(ROUNDS):
            its.append(measure(theirs.address, other[what], SECONDS))
            mine.append(measure(ours.address, own[what], SECONDS))
        rows.append(Row(what, median(mine), median(its)))
        print(f"{what}: {rows[-1].ratio:.1f}", flush=True)
    return rows


def _creates_in_turns(ours: Peer, theirs: Peer, sign: Sign, sign_theirs: Sign) -> Row:
    mine, its = [], []
    for round_ in range(ROUNDS):
        its.append(measure(theirs.address, creates(sign_theirs, f"t{round_}", CREATES // 8), SECONDS))
        mine.append(measure(ours.address, creates(sign, f"o{round_}", CREATES), SECONDS, WRITERS))
    row = Row("CreateTrainingJob", median(mine), median(its, may_fail=True))
    print(f"{row.what}: {row.ratio:.1f}", flush=True)
    return row


def _half_load(ours: Peer, sign: Sign, rows: list[Row]) -> str:
    """The slowest hundredth while the server has half of what it can do: two of four connections."""
    found = median([measure(ours.address, reads(sign)["DescribeTrainingJob"], SECONDS, 1) for _ in range(ROUNDS)])
    return f"| DescribeTrainingJob, 99 of 100 answered within, one connection | {found.p99:.1f} ms | 10 ms |"


def starting(folder: Path) -> tuple[float, float]:
    """Seconds from start to first answer (median), megabytes then; with everything in the store."""
    seconds, memory = [], []
    for _ in range(5):
        peer = start_ours(folder)
        seconds.append(peer.start_seconds)
        memory.append(peer.memory())
        peer.stop()
    return statistics.median(seconds), statistics.median(memory)


def growth(folder: Path) -> list[str]:
    """How much slower calls are with many jobs and roles than with few."""
    lines = []
    found: dict[tuple[int, int], dict[str, Measured]] = {}
    for jobs, roles in ((10, 10), (MANY_JOBS, MANY_ROLES)):
        place = folder / f"grown-{jobs}"
        keys = prepare(place, jobs, roles)
        peer = start_ours(place)
        try:
            sign = at(peer, keys)
            of = {**reads(sign), "List 10": [sign(sagemaker("ListTrainingJobs", MaxResults=10))]}
            del of["List 100"]
            found[jobs, roles] = {
                what: median([measure(peer.address, requests, SECONDS) for _ in range(ROUNDS)])
                for what, requests in of.items()
            }
            made = creates(sign, "grow", CREATES)
            found[jobs, roles]["CreateTrainingJob"] = measure(peer.address, made, SECONDS, WRITERS)
        finally:
            peer.stop()
        shutil.rmtree(place)
    few, many = found[10, 10], found[MANY_JOBS, MANY_ROLES]
    for what in few:
        lines.append(f"| {what} | {few[what].rate / many[what].rate:.2f} |")
    return lines


def section(rows: list[Row], notes: list[str], grown: list[str], seconds: float, memory: float) -> list[str]:
    lines = [
        f"With {JOBS:,} training jobs and {ROLES:,} roles held; moto_server with its checks on, and as many jobs.",
        "",
        "| call | times moto_server | aim | moto_server's slowest hundredth over ours |",
        "|---|---|---|---|",
    ]
    for row in rows:
        aim = NEEDED.get(row.what, "")
        lines.append(f"| {row.what} | {row.ratio:.1f} | {aim} | {row.theirs.p99 / row.ours.p99:.1f} |")
    lines += [
        "",
        "| what | found | aim |",
        "|---|---|---|",
        f"| start to first answer | {seconds:.2f} s | 1 s |",
        f"| resident memory then | {memory:.0f} MB | 250 MB |",
        *notes,
        "",
        f"Time with {MANY_JOBS:,} jobs and {MANY_ROLES:,} roles over time with 10 of each:",
        "",
        "| call | times |",
        "|---|---|",
        *grown,
    ]
    return lines


def moto_server() -> Path | None:
    python = environment.python_peers()
    if python is None:
        return None
    found = python.with_name("moto_server")
    works = found.exists() and environment.can_import(python, "flask")
    if not works and not environment.add(python, "moto[server]>=5.2"):
        return None
    return found


def main() -> int:
    if shutil.which("wrk") is None:
        print("wrk is not installed (Debian, Ubuntu: apt-get install wrk): the server is not measured")
        return 0
    moto = moto_server()
    if moto is None:
        print("moto cannot be installed: the server is not measured")
        return 0
    with tempfile.TemporaryDirectory(prefix="rolecall-bench-") as name:
        folder = Path(name)
        rows, notes = beside_moto(folder, moto)
        seconds, memory = starting(folder / "ours")
        grown = growth(folder)
    lines = section(rows, notes, grown, seconds, memory)
    print("\n".join(lines))
    report.write_section("server", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
