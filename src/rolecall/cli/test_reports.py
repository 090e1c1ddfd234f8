"""How does a run of policy tests look? Text for people, JSON and JUnit XML for programs, GitHub's annotations."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree import ElementTree

from msgspec import Struct

from rolecall.analysis.policy_tests.coverage import Coverage
from rolecall.analysis.policy_tests.mutation import Mutation
from rolecall.analysis.policy_tests.running import Result
from rolecall.analysis.policy_tests.telling import Teller

# GitHub keeps ten errors of a step and drops the rest without a word.
ANNOTATIONS: Final = 10
NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Run(Struct, frozen=True):
    """Everything that one run found. seconds: how long each case took."""

    results: tuple[Result, ...]
    seconds: tuple[float, ...]
    teller: Teller
    coverage: Coverage | None = None
    mutation: Mutation | None = None

    @property
    def failed(self) -> tuple[Result, ...]:
        return tuple(result for result in self.results if not result.passed)

    @property
    def skipped(self) -> int:
        return sum(result.skipped for result in self.results)


def file_of(result: Result) -> str:
    return result.case.place.source.name


def text(run: Run, *, verbose: bool) -> Iterator[str]:
    """The report for a terminal: failures in full, then the sums."""
    for result in run.results:
        if result.passed and verbose:
            word = "skipped" if result.skipped else "passed "
            yield f"{word} {file_of(result)}:{result.case.place.line} {result.case.name}"
        if not result.passed:
            yield f"FAILED  {file_of(result)}:{result.case.place.line} {result.case.name}"
            yield from run.teller.lines(result)
            yield ""
    if run.coverage is not None:
        yield from _coverage(run.coverage)
    if run.mutation is not None:
        yield from _mutation(run.mutation)
    yield summary(run)


def summary(run: Run) -> str:
    passed = len(run.results) - len(run.failed) - run.skipped
    parts = [f"{len(run.failed)} failed"] if run.failed else []
    parts += [f"{passed} passed"] + ([f"{run.skipped} skipped"] if run.skipped else [])
    if run.coverage is not None:
        parts.append(f"coverage {run.coverage.percent} %")
    if run.mutation is not None:
        parts.append(f"{len(run.mutation.survivors)} of {run.mutation.total} mutants unnoticed")
    return ", ".join(parts)


def _coverage(found: Coverage) -> Iterator[str]:
    for each in found.untouched:
        yield f"untouched  {each.where}: {each.named}: {each.lack}"
    touched = found.total - len(found.untouched)
    yield f"coverage: {touched} of {found.total} statements and conditions ({found.percent} %)"
    yield ""


def _mutation(found: Mutation) -> Iterator[str]:
    for each in found.survivors:
        yield f"unnoticed  {each.where}: {each.named}"
    yield f"mutants: {found.total - len(found.survivors)} of {found.total} noticed"
    yield ""


def as_json(run: Run) -> dict[str, Any]:
    made: dict[str, Any] = {
        "passed": len(run.results) - len(run.failed) - run.skipped,
        "failed": len(run.failed),
        "skipped": run.skipped,
        "cases": [_case(run, result) for result in run.results],
    }
    if run.coverage is not None:
        made["coverage"] = {
            "percent": run.coverage.percent,
            "total": run.coverage.total,
            "untouched": [
                {"where": each.where, "what": each.named, "lack": each.lack} for each in run.coverage.untouched
            ],
        }
    if run.mutation is not None:
        made["mutation"] = {
            "total": run.mutation.total,
            "unnoticed": [{"where": each.where, "what": each.named} for each in run.mutation.survivors],
        }
    return made


def _case(run: Run, result: Result) -> dict[str, Any]:
    case = result.case
    made: dict[str, Any] = {
        "file": file_of(result),
        "line": case.place.line,
        "name": case.name,
        "expected": case.expect,
        "outcome": "skipped" if result.skipped else "passed" if result.passed else "failed",
    }
    if result.verdict is not None:
        made["got"] = result.verdict.got
    if not result.passed:
        made["message"] = run.teller.headline(result)
        made["details"] = list(run.teller.lines(result))
    return made


def github(run: Run) -> Iterator[str]:
    """GitHub's workflow commands: one for each failure, and what more there is in a last line."""
    lines: list[str] = []
    for result in run.failed:
        details = "\n".join([run.teller.headline(result), *run.teller.lines(result)])
        lines.append(_annotation(file_of(result), result.case.place.line, result.case.name, details))
    for mutant in run.mutation.survivors if run.mutation is not None else ():
        file, _, line = mutant.where.rpartition(":")
        lines.append(_annotation(file, int(line), "no case notices", mutant.named))
    yield from lines[:ANNOTATIONS]
    if len(lines) > ANNOTATIONS:
        yield f"::notice::{len(lines) - ANNOTATIONS} more in the log"


def _annotation(file: str, line: int, title: str, message: str) -> str:
    return f"::error file={_property(file)},line={line},title={_property(title)}::{_message(message)}"


def _message(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(value: str) -> str:
    return _message(value).replace(":", "%3A").replace(",", "%2C")


def junit(run: Run, started: float) -> bytes:
    """JUnit XML as Jenkins, GitLab, Azure DevOps and GitHub's reporters read it: a suite for each file."""
    root = ElementTree.Element("testsuites", {"name": "rolecall test", **_counts(run.results, run.seconds)})
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(started))
    timed = list(zip(run.results, run.seconds, strict=True))
    for name in dict.fromkeys(map(file_of, run.results)):
        own = [(result, seconds) for result, seconds in timed if file_of(result) == name]
        counts = _counts([result for result, _ in own], [seconds for _, seconds in own])
        suite = ElementTree.SubElement(root, "testsuite", {"name": name, **counts, "timestamp": stamp})
        classname = re.sub(r"(\.rolecall)?\.(ya?ml|json)$", "", name).strip("./").replace("/", ".")
        for result, seconds in own:
            case = ElementTree.SubElement(
                suite,
                "testcase",
                {
                    "classname": _xml(classname),
                    "name": _xml(result.case.name),
                    "time": f"{seconds:.4f}",
                    "file": _xml(name),
                    "line": str(result.case.place.line),
                },
            )
            if result.skipped:
                ElementTree.SubElement(case, "skipped", {"message": _xml(result.case.skip or "")})
            elif not result.passed:
                headline = {"message": _xml(run.teller.headline(result)), "type": "Decision"}
                ElementTree.SubElement(case, "failure", headline).text = _xml("\n".join(run.teller.lines(result)))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counts(results: Sequence[Result], seconds: Sequence[float]) -> dict[str, str]:
    return {
        "tests": str(len(results)),
        "failures": str(sum(not result.passed for result in results)),
        "errors": "0",
        "skipped": str(sum(result.skipped for result in results)),
        "time": f"{sum(seconds):.4f}",
    }


def _xml(value: str) -> str:
    """Without the characters that XML 1.0 forbids."""
    return NOT_XML.sub("\ufffd", value)
