"""The parts of `make bench` and `make conformance`: `python -m benchmarks.parts bench|conformance [PART …]`.

A part is a program of its own that writes its own marked section of docs/PERFORMANCE.md or docs/CONFORMANCE.md and
ends with 0 when all is well. A new one is a row here and a section there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from benchmarks.environment import ROOT

Parts = Mapping[str, tuple[str, ...]]

BENCH: Final[Parts] = {
    "decisions": ("benchmarks.decisions.run",),
    "lists": ("benchmarks.lists.run", "--write"),
    "server": ("benchmarks.server.run",),
    "policy_tests": ("benchmarks.policy_tests.run",),
}
CONFORMANCE: Final[Parts] = {
    "agreement": ("benchmarks.agreement.run",),
    "moto": ("benchmarks.conformance.moto_suites", "--write"),
}
RUNS: Final[Mapping[str, Parts]] = {"bench": BENCH, "conformance": CONFORMANCE}


def main(chosen: list[str]) -> int:
    if not chosen or chosen[0] not in RUNS:
        print(f"usage: python -m benchmarks.parts {'|'.join(RUNS)} [PART …]", file=sys.stderr)
        return 2
    parts = RUNS[chosen[0]]
    names = chosen[1:] or list(parts)
    unknown = [name for name in names if name not in parts]
    if unknown:
        print(f"no part of {chosen[0]}: {', '.join(unknown)}; there are {', '.join(parts)}", file=sys.stderr)
        return 2
    failed = [name for name in names if not run(name, parts[name])]
    if failed:
        print(f"\nnot well: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run(name: str, program: tuple[str, ...]) -> bool:
    """Run a part on its own; the others go on when it fails."""
    print(f"== {name}", flush=True)
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run([sys.executable, "-m", *program], cwd=ROOT, env=environment, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
