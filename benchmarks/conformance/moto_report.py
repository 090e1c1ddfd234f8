"""What a run of moto's suites showed: counts a suite, what fell behind, the section in docs/CONFORMANCE.md."""

from __future__ import annotations

import collections
import datetime
import fnmatch
import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import yaml

HERE: Final = Path(__file__).parent
DOCUMENT: Final = HERE.parents[1] / "docs" / "CONFORMANCE.md"
BASELINE: Final = HERE / "moto_baseline.json"
DIFFERENCES: Final = HERE / "moto_differences.yaml"
PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
MENDED: Final = "with valid requests"  # beside the suites in the baseline


class Results(NamedTuple):
    """outcomes: test -> passed, failed or skipped. words: test -> why. provided: tests whose roles were made.
    mended: failing tests that pass once their requests are valid."""

    outcomes: Mapping[str, str]
    words: Mapping[str, str]
    provided: frozenset[str]
    mended: frozenset[str] = frozenset()


class Difference(NamedTuple):
    """Tests (patterns) that fail here because AWS answers otherwise than moto; proof: how we know.

    says: what the failure must say, so that another failure of the same test is seen; "": anything.
    """

    tests: tuple[str, ...]
    reason: str
    proof: str
    says: str = ""


def read(junit: Path, roles: Path) -> Results:
    outcomes: dict[str, str] = {}
    words: dict[str, str] = {}
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        test = f"{case.get('classname', '').replace('.', '/')}::{case.get('name')}"
        outcomes[test] = PASSED
        for child in case:
            if child.tag in ("failure", "error"):
                outcomes[test] = FAILED
            elif child.tag == "skipped":
                outcomes[test] = SKIPPED
            if child.tag in ("failure", "error", "skipped"):
                words[test] = child.get("message") or (child.text or "")[:300]
    named = roles.read_text("utf-8").splitlines() if roles.exists() else []
    return Results(outcomes, words, frozenset(named))


def failing(results: Results) -> list[str]:
    """The failing tests as pytest names them on its command line."""
    return [test.replace("::", ".py::", 1) for test in _failed(results)]


def with_mended(results: Results, again: Results) -> Results:
    """The results with what the failing tests showed when they were played with valid requests."""
    passed = frozenset(test for test, outcome in again.outcomes.items() if outcome == PASSED)
    return results._replace(mended=passed)


def tell(scope: str, results: Results, *, whole: bool, write: bool) -> bool:
    """Print what happened and, of a whole run, whether it is as good as the last; write it down where asked."""
    suites = counts(results)
    for suite, count in suites.items():
        print(f"{suite:<26}" + "".join(f" {count[one]:4d} {one}" for one in (PASSED, FAILED, SKIPPED)))
    if results.mended:
        print(f"of the failing tests, {len(results.mended)} pass once their requests are valid")
    explained = differences(scope)
    unexplained = [test for test in _failed(results) if _difference(test, results, explained) is None]
    for test in unexplained:
        print(f"FAILED {test}: {_first_line(results.words.get(test, ''))}")
    if not whole:
        return not unexplained
    held: dict[str, dict[str, int]] = json.loads(BASELINE.read_text("utf-8"))
    least = {suite: number for suite, number in held.get(scope, {}).items() if suite != MENDED}
    if len(results.mended) < held.get(scope, {}).get(MENDED, 0):
        print(f"fewer tests pass with valid requests than before; it was {held[scope][MENDED]}")
        return False
    fallen = [suite for suite in least if suites.get(suite, collections.Counter())[PASSED] < least[suite]]
    for suite in fallen:
        print(f"{suite}: fewer tests pass than before; it was {least[suite]}")
    for one in _unneeded(results, explained):
        print(f"explained, but nothing of it fails any more: {one.tests}")
    if write and not fallen:
        held[scope] = {suite: count[PASSED] for suite, count in suites.items()}
        if results.mended:
            held[scope][MENDED] = len(results.mended)
        BASELINE.write_text(json.dumps(held, indent=2, sort_keys=True) + "\n", "utf-8")
        write_section(f"moto-{scope}", list(_section(results, suites, explained, unexplained)))
    return not fallen and not unexplained


def counts(results: Results) -> dict[str, collections.Counter[str]]:
    """Outcomes by suite, in the order of their names."""
    made: dict[str, collections.Counter[str]] = {}
    for test, outcome in sorted(results.outcomes.items()):
        suite = next(part for part in test.split("/") if part.startswith("test_"))
        made.setdefault(suite.partition("::")[0], collections.Counter())[outcome] += 1
    return made


def differences(scope: str) -> tuple[Difference, ...]:
    rows = yaml.safe_load(DIFFERENCES.read_text("utf-8")).get(scope) or []
    return tuple(
        Difference(_patterns(row["tests"]), str(row["reason"]), str(row["proof"]), str(row.get("says", "")))
        for row in rows
    )


def _patterns(tests: str | list[str]) -> tuple[str, ...]:
    return (tests,) if isinstance(tests, str) else tuple(tests)


def _difference(test: str, results: Results, explained: tuple[Difference, ...]) -> Difference | None:
    name, said = test.rpartition("/")[2], results.words.get(test, "")
    for one in explained:
        if one.says in said and any(fnmatch.fnmatchcase(name, each) for each in one.tests):
            return one
    return None


def _unneeded(results: Results, explained: tuple[Difference, ...]) -> list[Difference]:
    used = {_difference(test, results, explained) for test in _failed(results)}
    return [one for one in explained if one not in used]


def _failed(results: Results) -> list[str]:
    return [test for test, outcome in sorted(results.outcomes.items()) if outcome == FAILED]


def _first_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)[:200]


def _section(
    results: Results,
    suites: Mapping[str, collections.Counter[str]],
    explained: tuple[Difference, ...],
    unexplained: list[str],
) -> Iterator[str]:
    from benchmarks.conformance.moto_suites import MOTO

    yield f"moto {MOTO}, {datetime.date.today():%Y-%m-%d}."
    yield ""
    yield "| suite | passed | failed | skipped |"
    yield "|---|---:|---:|---:|"
    for suite, count in suites.items():
        yield f"| {suite} | {count[PASSED]} | {count[FAILED]} | {count[SKIPPED]} |"
    yield ""
    if results.provided:
        yield (
            f"{len(results.provided)} tests name roles that nobody made. SageMaker refuses such a role "
            '("Could not assume role …"), so the plugin makes it before the call, trusting SageMaker.'
        )
        yield ""
    if results.mended:
        yield (
            f"{len(results.mended)} of the failing tests pass once their requests are made such as AWS takes them "
            "(`benchmarks/conformance/moto_mending.py`); they are marked below."
        )
        yield ""
    failed = _failed(results)
    groups: dict[Difference, list[str]] = {}
    for test in failed:
        one = _difference(test, results, explained)
        if one is not None:
            mark = ", passes with a valid request" if test in results.mended else ""
            groups.setdefault(one, []).append(f"`{test.rpartition('/')[2]}`{mark}")
    if groups:
        yield "Tests that fail because AWS answers as rolecall does:"
        yield ""
        for one, tests in groups.items():
            yield f"- {one.reason} {one.proof}"
            yield from (f"    - {test}" for test in tests)
        yield ""
    if unexplained:
        yield "Tests that fail and are not explained yet:"
        yield ""
        yield from (
            f"- `{test.rpartition('/')[2]}`: {_first_line(results.words.get(test, ''))}" for test in unexplained
        )
        yield ""
    yield "Skipped, by reason:"
    yield ""
    reasons = collections.Counter(
        _first_line(results.words.get(test, ""))
        for test, outcome in results.outcomes.items()
        if outcome == SKIPPED
    )
    yield from (f"- {number}: {reason}" for reason, number in reasons.most_common())


def write_section(name: str, lines: list[str]) -> None:
    """Replace what stands between the marks of a section of docs/CONFORMANCE.md."""
    begin, end = f"<!-- {name}: written by make conformance -->", f"<!-- end of {name} -->"
    before, found, rest = DOCUMENT.read_text("utf-8").partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise SystemExit(f"{DOCUMENT} has no section {name!r}")
    DOCUMENT.write_text("\n".join((f"{before}{begin}", *lines, f"{end}{after}")), "utf-8")
