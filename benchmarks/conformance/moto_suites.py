"""moto's own tests against rolecall: real credentials, every call decided by policies.

    python -m benchmarks.conformance.moto_suites [SCOPE …] [--write] [-- PYTEST ARGUMENTS]

SCOPE is a name in `SCOPES`: `sagemaker` (the control plane, the runtime and the metrics), `identity` (IAM, STS
and moto's tests of its own authorization) or `organizations`; without one all are run. The tests come from moto's
source archive on PyPI and run in moto's "server mode" with the plugin beside this file, which points them here. A
run fails

* when fewer tests pass than `moto_baseline.json` says (a number there may only rise; `--write` raises it), or
* when a test fails that `moto_differences.yaml` does not explain.

What fails in the scope `sagemaker` is played again with requests that are made valid (`moto_mending.py`), to see
whether the rest of such a test passes.

`--write` puts the counts into the scope's section of docs/CONFORMANCE.md. Arguments after `--` go to pytest
(`-- -k feature_group`); nothing is then compared or written. Everything is kept under .cache/conformance; a
ready environment may be named by ROLECALL_MOTO_VENV and an unpacked source archive by ROLECALL_MOTO_SOURCE.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.conformance import moto_report

ROOT: Final = Path(__file__).parents[2]
CACHE: Final = ROOT / ".cache" / "conformance"
MOTO: Final = "5.2.5"
# What the tests import; the server of moto itself only for a few tests of its own pages.
PACKAGES: Final = (f"moto[server]=={MOTO}", "pytest", "pytest-timeout", "freezegun", "parameterized")
# Whoever waits for a state in these tests asks once: life cycles end before the next call.
TIME_SCALE: Final = "1e9"
ROLECALL: Final = (sys.executable, "-c", "from rolecall.cli.main import main; main()")


class Scope(NamedTuple):
    """suites: folders or files under moto's tests. services: clients that a test may make; another skips it.

    administrator: calls are made by an IAM user with AdministratorAccess, and roles that the tests name without
    making them are provided; else by the root user, as suites that count users and roles need it.
    """

    suites: tuple[str, ...]
    services: tuple[str, ...]
    administrator: bool


SCOPES: Final[Mapping[str, Scope]] = {
    "sagemaker": Scope(
        ("test_sagemaker", "test_sagemakerruntime", "test_sagemakermetrics"),
        ("sagemaker", "sagemaker-runtime", "sagemaker-metrics", "iam", "sts"),
        administrator=True,
    ),
    "identity": Scope(
        ("test_iam", "test_sts", "test_core/test_auth.py"),
        ("iam", "sts", "sagemaker"),
        administrator=False,
    ),
    "organizations": Scope(("test_organizations",), ("organizations", "iam", "sts"), administrator=False),
}


def main(arguments: Sequence[str]) -> int:
    given, _, passed_on = _split(arguments)
    write = "--write" in given
    names = [name for name in given if name != "--write"] or list(SCOPES)
    unknown = [name for name in names if name not in SCOPES]
    if unknown:
        raise SystemExit(f"unknown scope {unknown[0]!r}: choose {' or '.join(SCOPES)}")
    interpreter, source = environment(), sources()
    good = True
    for name in names:
        results = run(name, SCOPES[name], interpreter, source, passed_on)
        failing = moto_report.failing(results)
        if SCOPES[name].administrator and failing and not passed_on:
            again = run(name, SCOPES[name], interpreter, source, (), failing)
            results = moto_report.with_mended(results, again)
        good &= moto_report.tell(name, results, whole=not passed_on, write=write and not passed_on)
    return 0 if good else 1


def _split(arguments: Sequence[str]) -> tuple[list[str], str, list[str]]:
    words = list(arguments)
    if "--" not in words:
        return words, "", []
    at = words.index("--")
    return words[:at], "--", words[at + 1 :]


def run(
    name: str,
    scope: Scope,
    interpreter: Path,
    source: Path,
    passed_on: Sequence[str],
    mended: Sequence[str] = (),
) -> moto_report.Results:
    """Play one scope against a server of its own. mended: these tests only, with requests made valid."""
    with tempfile.TemporaryDirectory(prefix="rolecall-moto-") as made:
        work = Path(made)
        with serving(work / "data") as (endpoint, keys):
            tests = aimed_at(endpoint, source, work / "suites", scope.suites)
            variables = {
                **os.environ,
                **keys,
                "AWS_DEFAULT_REGION": "us-east-1",
                "TEST_SERVER_MODE": "true",
                "TEST_SERVER_MODE_ENDPOINT": endpoint,
                "PYTHONPATH": str(Path(__file__).parent),
                "SUITE_ENDPOINT": endpoint,
                "SUITE_SERVICES": ",".join(scope.services),
                "SUITE_ADMINISTRATOR": "1" if scope.administrator else "",
                "SUITE_ROLES": str(work / "roles"),
                "SUITE_MENDED": "1" if mended else "",
            }
            junit = work / "junit.xml"
            suites = list(mended) or [f"tests/{suite}" for suite in scope.suites]
            command = (interpreter, "-m", "pytest", "-p", "moto_plugin", "-q", "--timeout", "120", "--tb=short")
            subprocess.run(
                [*map(str, command), "--color=no", "--junitxml", str(junit), *suites, *passed_on],
                cwd=tests,
                env=variables,
                stdout=None if passed_on else subprocess.DEVNULL,
                check=False,
            )
            return moto_report.read(junit, work / "roles")


@contextmanager
def serving(data: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    """A server process of our own, and the root user's keys."""
    server = subprocess.Popen(
        [
            *ROLECALL,
            *("up", "--ephemeral", "--allow-reset", "--port", "0", "--data", str(data)),
            *("--time-scale", TIME_SCALE),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        told = data / "run.json"
        for _ in range(600):
            if told.exists() or server.poll() is not None:
                break
            time.sleep(0.05)
        if server.poll() is not None or not told.exists():
            raise SystemExit(f"the server did not start: {server.communicate()[1][-500:]}")
        shown = subprocess.run(
            [*ROLECALL, "env", "--data", str(data), "--format", "json"],
            capture_output=True,
            text=True,
            check=True,
        )
        found = json.loads(shown.stdout)
        yield (
            found["AWS_ENDPOINT_URL"],
            {name: found[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")},
        )
    finally:
        server.terminate()
        server.communicate()


def environment() -> Path:
    """The interpreter that has moto and what its tests need; made once."""
    ready = os.environ.get("ROLECALL_MOTO_VENV")
    if ready:
        return Path(ready) / "bin" / "python"
    folder = CACHE / f"moto-{MOTO}"
    interpreter = folder / "bin" / "python"
    if not (folder / "ready").exists():
        _run(sys.executable, "-m", "venv", "--clear", folder)
        _run(interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES)
        (folder / "ready").touch()
    return interpreter


def sources() -> Path:
    """moto's source archive, unpacked once."""
    ready = os.environ.get("ROLECALL_MOTO_SOURCE")
    if ready:
        return Path(ready)
    folder = CACHE / f"moto-{MOTO}-source"
    if not (folder / "tests").is_dir():
        with tempfile.TemporaryDirectory() as made:
            pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check")
            _run(*pip, "--no-deps", "--no-binary", ":all:", "-d", made, f"moto=={MOTO}")
            archive = next(Path(made).glob("*.tar.gz"))
            with tarfile.open(archive) as packed:
                packed.extractall(made, filter="data")
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(str(next(path for path in Path(made).iterdir() if path.is_dir())), folder)
    return folder


def aimed_at(endpoint: str, source: Path, target: Path, suites: Sequence[str]) -> Path:
    """A folder with a copy of the suites, in which addresses that are written out lead to the server."""
    home = target / "tests"
    home.mkdir(parents=True)
    for name in ("__init__.py", *{suite.partition("/")[0] for suite in suites}):
        path = source / "tests" / name
        if path.is_dir():
            shutil.copytree(path, home / name)
        elif path.exists():
            shutil.copy(path, home / name)
    address = endpoint.removeprefix("http://")
    for path in home.rglob("*.py"):
        text = path.read_text("utf-8")
        if "localhost:5000" in text:
            path.write_text(text.replace("localhost:5000", address), "utf-8")
    return target


def _run(*command: str | Path) -> None:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()[-800:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
