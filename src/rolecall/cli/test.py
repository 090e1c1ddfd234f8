"""`rolecall test`: run policy tests, and say what they do not test."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from rolecall import catalog
from rolecall.analysis.policy_tests.coverage import coverage
from rolecall.analysis.policy_tests.format import TestFile
from rolecall.analysis.policy_tests.mutation import mutate
from rolecall.analysis.policy_tests.reading import is_test_file, read_tests
from rolecall.analysis.policy_tests.running import Engine, Result, plans, run
from rolecall.analysis.policy_tests.selection import chooser
from rolecall.analysis.policy_tests.telling import Teller
from rolecall.analysis.worlds import Library
from rolecall.cli import test_reports as reports
from rolecall.cli.api_parameters import typed
from rolecall.cli.render import print_json
from rolecall.decision.profile import Profile
from rolecall.errors import InputError

FAILED: Final = 1
LEFT_OUT: Final = frozenset({"node_modules", "__pycache__"})


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True))
@click.option("-k", "expression", metavar="EXPR", help="Run the cases whose names match: words, and, or, not.")
@click.option("--coverage", "covering", is_flag=True, help="Name the statements and conditions no case touches.")
@click.option("--fail-under", type=click.IntRange(0, 100), metavar="PERCENT", help="Fail below this coverage.")
@click.option("--mutate", "mutating", is_flag=True, help="Change the policies and name changes no case notices.")
@click.option("--junit", "junit_file", type=click.Path(path_type=Path), help="Write JUnit XML to a file.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    help="How to print.  [default: text; github in GitHub Actions]",
)
@click.option(
    "--profile",
    type=click.Choice(["reference", "guide"]),
    default="reference",
    show_default=True,
    help="AWS as it is, or as the SageMaker guide describes it.",
)
@click.option("-v", "--verbose", is_flag=True, help="Name the cases that pass as well.")
@click.pass_context
def test(
    context: click.Context,
    paths: tuple[str, ...],
    expression: str | None,
    covering: bool,
    fail_under: int | None,
    mutating: bool,
    junit_file: Path | None,
    form: str | None,
    profile: Profile,
    verbose: bool,
) -> None:
    """Run policy tests: do the policies allow and deny what they should?

    PATHS are test files, or folders that are searched for *.rolecall.yaml and *.rolecall.json; the current folder
    if none is given.

    Exit code 0: all passed. 1: a case failed, a mutant went unnoticed (--mutate), or the coverage is too low
    (--fail-under). 2: a file could not be read, or names what does not exist.
    """
    started = time.time()
    library = Library(read_text, catalog.load())
    engine = Engine.of(profile)
    files = [_read(library, name) for name in test_files(paths)]
    results, seconds = run_files(files, library, engine, expression)
    green = all(each.passed for each in results)
    done = reports.Run(
        results,
        seconds,
        Teller(library.documents, engine),
        coverage(results, library.documents, engine) if covering or fail_under is not None else None,
        mutate(results, library.documents, engine, library.catalog) if mutating and green else None,
    )
    if junit_file is not None:
        try:
            junit_file.write_bytes(reports.junit(done, started))
        except OSError as problem:
            raise InputError(f"cannot write {junit_file}: {problem.strerror}") from None
    form = form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    if form == "json":
        print_json(reports.as_json(done))
    else:
        for line in reports.text(done, verbose=verbose):
            click.echo(line)
    if form == "github":
        for line in reports.github(done):
            click.echo(line)
    if mutating and done.mutation is None:
        click.echo("mutants are tried when all cases pass", err=True)
    too_low = done.coverage is not None and fail_under is not None and done.coverage.percent < fail_under
    if too_low:
        click.echo(f"the coverage is below {fail_under} %", err=True)
    if done.failed or too_low or (done.mutation is not None and done.mutation.survivors):
        context.exit(FAILED)


def run_files(
    files: list[TestFile], library: Library, engine: Engine, expression: str | None = None
) -> tuple[tuple[Result, ...], tuple[float, ...]]:
    """The results of the chosen cases, and how long each took."""
    chosen = chooser(expression) if expression is not None else None
    results: list[Result] = []
    seconds: list[float] = []
    now = datetime.now(UTC)
    for file in files:
        cases = [case for case in file.cases if chosen is None or chosen(case.name)]
        planned = plans(file, library.catalog, typed, now, cases)
        before = time.perf_counter()
        for each in planned:
            results.append(run(each, engine))
            seconds.append(time.perf_counter() - before)
            before = time.perf_counter()
    if not results:
        raise InputError("no case is chosen" if expression is not None else "there is no case in these files")
    return tuple(results), tuple(seconds)


def _read(library: Library, name: str) -> TestFile:
    try:
        return read_tests(library, name)
    except OSError as problem:
        raise InputError(f"cannot read {name}: {problem.strerror}") from None


def read_text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except UnicodeDecodeError as problem:
        raise InputError(f"{name}: byte {problem.start} is not UTF-8") from None


def test_files(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The test files that are meant; a file that was named is one whatever its name."""
    found: dict[str, None] = {}
    for path in paths or (".",):
        if os.path.isdir(path):
            found.update(dict.fromkeys(_below(path)))
        else:
            found[os.path.normpath(path)] = None
    if not found:
        where = ", ".join(paths) or "this folder"
        raise InputError(f"there are no policy tests in {where}: they are named *.rolecall.yaml")
    return tuple(found)


def _below(folder: str) -> Iterator[str]:
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT and not name.startswith("."))
        for name in sorted(names):
            if is_test_file(name):
                yield os.path.normpath(os.path.join(where, name))
