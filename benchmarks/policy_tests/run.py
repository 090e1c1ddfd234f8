"""A part of `make bench`: a thousand cases of `rolecall test`, each a whole API call, and the time to `--help`.

Every time is that of a process of its own, from its start to its end; the median of a few. What a thousand cases
take is what they take more than one case, which is how long it takes to start. Nothing else runs such tests, so
what they are held to are the limits that stand in docs/PERFORMANCE.md, and the time in which Python alone starts.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import report
from benchmarks.environment import ROOT

CASES: Final = 1_000
RUNS: Final = 5
EXAMPLE: Final = ROOT / "examples" / "ml-platform"
INSTANCES: Final = ("ml.m5.xlarge", "ml.m5.2xlarge", "ml.p4d.24xlarge", "ml.g5.xlarge")
TEAMS: Final = ("fraud", "ads")
MOST_SECONDS: Final = 2.0  # for the cases, after the start
MOST_HELP: Final = 0.3  # seconds for --help


def main() -> int:
    rolecall = str(Path(sys.executable).with_name("rolecall"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "many.rolecall.json").write_text(json.dumps(tests(CASES)))
        (folder / "one.rolecall.json").write_text(json.dumps(tests(1)))
        start = median([rolecall, "test", str(folder / "one.rolecall.json")])
        plain = median([rolecall, "test", str(folder / "many.rolecall.json")])
        covered = median([rolecall, "test", "--coverage", str(folder / "many.rolecall.json")])
    told = median([rolecall, "--help"])
    python = median([sys.executable, "-c", "pass"])
    lines = [
        "| what | seconds | limit |",
        "|---|---|---|",
        f"| {CASES:,} cases, after start | {plain - start:.2f} | {MOST_SECONDS:.0f} |",
        f"| the same with coverage | {covered - start:.2f} | |",
        f"| start, up to the first answer | {start:.2f} | |",
        f"| `rolecall --help` | {told:.2f} | {MOST_HELP} |",
        f"| Python alone | {python:.2f} | |",
    ]
    print("\n".join(lines), flush=True)
    report.write_section("policy tests", lines)
    return 0 if plain - start < MOST_SECONDS and told < MOST_HELP else 1


def tests(count: int) -> dict[str, Any]:
    """A test file of the example's world: a quarter of the cases is allowed, the others denied for several
    reasons."""
    return {
        "world": str(EXAMPLE / "world.yaml"),
        "defaults": {"principal": "role/DataScientist", "account": "123456789012"},
        "cases": [case(number) for number in range(count)],
    }


def case(number: int) -> dict[str, Any]:
    """A training job of some instance type and team, in the network or not."""
    instance = INSTANCES[number % len(INSTANCES)]
    team = TEAMS[number // len(INSTANCES) % len(TEAMS)]
    inside = number % 16 != 15
    allowed = instance in INSTANCES[:2] and team == "fraud" and inside
    parameters: dict[str, Any] = {
        "TrainingJobName": f"job-{number}",
        "RoleArn": "arn:aws:iam::123456789012:role/TrainingExecution",
        "ResourceConfig": {"InstanceType": instance, "InstanceCount": 1, "VolumeSizeInGB": 50},
        "Tags": [{"Key": "team", "Value": team}],
    }
    if inside:
        parameters["VpcConfig"] = {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    return {
        "name": f"job {number}",
        "call": "sagemaker:CreateTrainingJob",
        "parameters": parameters,
        "session": {"tags": {"team": "fraud"}},
        "expect": "allow" if allowed else "deny",
    }


def median(command: Sequence[str]) -> float:
    """Seconds from start to end; raises when the command fails."""
    seconds = []
    for _ in range(RUNS):
        before = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - before)
    return statistics.median(seconds)


if __name__ == "__main__":
    sys.exit(main())
