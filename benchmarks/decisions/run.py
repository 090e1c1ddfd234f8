"""Decisions a second, side by side in one run: `python -m benchmarks.decisions.run` (make bench).

Every engine runs alone, one after the other, on the same requests; rolecall before and after its peers, so that a
machine that changes its mind is seen. Peers are slow, so they get the first requests of a workload; rolecall and
the floor get all. What is written to docs/PERFORMANCE.md are ratios: figures of one machine say nothing on
another.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from benchmarks import environment, report
from benchmarks.decisions.floor.export import export
from benchmarks.decisions.workload import SIZES, Workload, generate, write

HERE: Final = Path(__file__).parent
SEED: Final = 7


class Peer(Struct, frozen=True):
    """requests, passes: how many each engine is given. told: what it does not know."""

    name: str
    requests: int
    passes: int
    program: tuple[str, ...]
    told: str
    largest: bool = True


PEERS: Final = (
    Peer("moto", 1_500, 3, ("moto_peer.py",), "no conditions, boundary or SCPs; reads policies at each call"),
    Peer("cedarpy", 1_500, 3, ("cedar_peer.py",), "policies translated, one parsed set a user"),
    Peer("pycasbin", 100, 3, ("casbin_peer.py",), "no conditions, NotAction, NotResource, boundary or SCPs"),
    Peer("iam-simulate core", 1_500, 3, ("iam_simulate_peer.mjs", "core"), "policies loaded, no validation"),
    Peer("iam-simulate run", 500, 3, ("iam_simulate_peer.mjs", "run"), "its documented call, which validates"),
)


class Result(Struct):
    """What one engine did on one workload. agreement: the share of answers equal to rolecall's, and of allows."""

    engine: str
    rate: float
    agreement: float
    allow_agreement: float


def main() -> int:
    environment.CACHE.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []
    for size in SIZES:
        workload = generate(size, SEED)
        path = environment.CACHE / f"{size.name.replace(' ', '-').replace(',', '')}.json"
        write(workload, path)
        print(f"\n{described(workload)}", flush=True)
        before = ours(path)
        peers = list(run_peers(workload, path))
        after = ours(path)
        own = {key: statistics.mean((before[key], after[key])) for key in before if key != "answers"}
        assert before["answers"] == [asked.outcome for asked in workload.requests]
        lines += section(workload, own, peers)
        print("\n".join(section(workload, own, peers)), flush=True)
    report.write_section("decisions", lines)
    return 0


def described(workload: Workload) -> str:
    keys = statistics.mean(len(asked.context) for asked in workload.requests)
    return (
        f"{workload.name}: {len(workload.policies):,} policies, {workload.number_of_statements:,} statements, "
        f"{len(workload.requests):,} requests with {keys:.1f} context keys"
    )


def ours(path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.decisions.ours", str(path)],
        cwd=environment.ROOT,
        capture_output=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def run_peers(workload: Workload, path: Path) -> Iterator[Result]:
    python, node = environment.python_peers(), environment.node_peers()
    for peer in PEERS:
        script = str(HERE / "peers" / peer.program[0])
        asked = (str(path), str(peer.requests), str(peer.passes))
        if script.endswith(".mjs"):
            if node is None:
                continue
            command, folder = ["node", script, *asked, *peer.program[1:]], node
        else:
            if python is None:
                continue
            command, folder = [str(python), script, *asked], environment.ROOT
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{peer.name}: {done.stderr[-800:]}", file=sys.stderr)
            continue
        said = json.loads(done.stdout)
        yield compared(peer.name, said["rate"], said["answers"], workload)
    yield from run_floor(workload, path)


def run_floor(workload: Workload, path: Path) -> Iterator[Result]:
    program = environment.floor(HERE / "floor" / "main.rs")
    if program is None:
        return
    flat = path.with_suffix(".ir")
    export(workload, flat)
    done = subprocess.run([str(program), str(flat), "7"], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    yield Result("floor (Rust)", said["dps"], said["agree3"], said["agree3"])


def compared(name: str, rate: float, answers: list[str], workload: Workload) -> Result:
    """Answers that the peer refused to give are left out."""
    pairs = [
        (answer, asked.outcome)
        for answer, asked in zip(answers, workload.requests, strict=False)
        if answer != "refused"
    ]
    equal = sum(answer == wanted for answer, wanted in pairs) / len(pairs)
    allows = sum((answer == "allow") == (wanted == "allow") for answer, wanted in pairs) / len(pairs)
    return Result(name, rate, equal, allows)


def section(workload: Workload, own: dict[str, float], peers: list[Result]) -> list[str]:
    told = {peer.name: peer.told for peer in PEERS}
    rows = [
        f"| {peer.engine} | {times(own['ready'] / peer.rate)} | {times(own['built'] / peer.rate)} "
        f"| {peer.agreement:.0%} | {peer.allow_agreement:.0%} "
        f"| {told.get(peer.engine, 'knows only what it needs')} |"
        for peer in peers
    ]
    return [
        f"### {described(workload)}",
        "",
        "| beside | rolecall, context ready | context built | same outcome | same allow | note |",
        "|---|---|---|---|---|---|",
        *rows,
        "",
        f"With keys declared unknown ({own['undetermined_share']:.0%} undetermined): an undetermined answer costs "
        f"{own['unknown'] / own['undetermined']:.1f} times the average one with the same keys unknown, "
        f"{own['ready'] / own['undetermined']:.1f} times a plain one. First decision of a cold principal "
        f"{own['first_ms'] / own['read_ms']:.1f} times the reading of its documents, compiling one action "
        f"{own['compile_ms'] / own['read_ms']:.2f} times. "
        f"Memory for all that was asked: {own['megabytes']:.0f} MB.",
        "",
        f"<!-- measured: ready {own['ready']:,.0f}/s, built {own['built']:,.0f}/s, first {own['first_ms']:.2f} ms "
        f"(p99 {own['first_ms_p99']:.2f}), compile {own['compile_ms']:.2f} ms (p99 {own['compile_ms_p99']:.2f}), "
        f"reading {own['read_ms']:.2f} ms; "
        + ", ".join(f"{peer.engine} {peer.rate:,.0f}/s" for peer in peers)
        + " -->",
        "",
    ]


def times(ratio: float) -> str:
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.1f} ×" if ratio >= 1 else f"1/{1 / ratio:.1f}"


if __name__ == "__main__":
    sys.exit(main())
