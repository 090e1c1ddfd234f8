"""How does an examination look? Text for people, JSON, SARIF and JUnit for programs, from the same values."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from xml.etree import ElementTree

import click
import msgspec
from msgspec import Struct

from rolecall import __version__
from rolecall.analysis.doctor import CODES, Examination, Finding
from rolecall.cli.render import bulleted, labelled, print_json, xml_text
from rolecall.decision.trace_text import TYPE_NAMES
from rolecall.policy.findings import Severity

RANKS: Final[Mapping[Severity, int]] = {
    Severity.ERROR: 0,
    Severity.SECURITY_WARNING: 0,
    Severity.WARNING: 1,
    Severity.SUGGESTION: 2,
}
WORDS: Final = (("error", "errors"), ("warning", "warnings"), ("suggestion", "suggestions"))
LEVELS: Final = ("error", "warning", "note")
SHOWN: Final = 6  # calls that are named


class Report(Struct, frozen=True):
    """An examination with what was taken for granted and the file it was about."""

    examination: Examination
    note: str = ""
    source: str = ""


def rank(finding: Finding) -> int:
    return RANKS[finding.severity]


# Text


def print_text(report: Report) -> None:
    for line in text(report):
        click.echo(line)


def text(report: Report) -> Iterator[str]:
    """At 80 columns; a statement that is to be added stands as IAM writes it."""
    found = report.examination
    yield found.role
    uses = ", ".join("Studio" if use == "studio" else use for use in found.uses)
    yield from labelled("  for", f"{uses}{f' ({found.studio})' if found.studio else ''}", 11)
    if found.caller:
        yield from labelled("  called by", found.caller, 13)
    yield from labelled("  asked", f"{found.asked} questions; its policies grant {_calls(found)}", 11)
    if found.guards:
        yield from labelled("  guards", f"calls must get {', '.join(found.guards)} right", 11)
    if report.note:
        yield from labelled("  note", report.note, 11)
    for finding in found.findings:
        yield ""
        yield from told(finding)
    yield ""
    yield from labelled("", _summary(found), 0)


def told(finding: Finding) -> Iterator[str]:
    """One finding with its repair."""
    yield from labelled(f"{finding.severity.value}", f"{finding.code}: {finding.title}", 12)
    if finding.concerns:
        names = ", ".join(finding.concerns[:SHOWN])
        more = len(finding.concerns) - SHOWN
        yield from labelled("  concerns", f"{names}{f' and {more} more' if more > 0 else ''}", 12)
    if finding.denial:
        yield from labelled("  denied", finding.denial, 12)
    if where := _where(finding):
        yield from labelled("  lies in", where, 12)
    yield from labelled("  why", finding.why, 12)
    if finding.repair is not None:
        lead = "a suggestion to" if finding.repair.suggestion else "by"
        yield from labelled("  repair", f"{lead} {finding.repair.owner}", 12)
        for change in finding.repair.changes:
            yield from bulleted(change.text, 12)
            if change.also:
                yield from labelled("", change.also, 14)
            if change.after is not None:
                # Not wrapped: it is there to be copied.
                statement = json.dumps(change.after, indent=2, ensure_ascii=False)
                yield from (f"{'':14}{line}" for line in statement.splitlines())
    if finding.note:
        yield from labelled("  note", finding.note, 12)


def _where(finding: Finding) -> str:
    if not finding.policy:
        return ""
    kind = TYPE_NAMES.get(finding.policy_type, finding.policy_type)
    statement = f"statement {finding.statement} of the " if finding.statement else ""
    key = f", condition key {finding.key}" if finding.key else ""
    return f"{statement}{kind} {finding.policy}{key}"


def _calls(found: Examination) -> str:
    if not found.granted:
        return "no create or update call"
    return f"{len(found.granted)} kind{'s' if len(found.granted) != 1 else ''} of call"


def _summary(found: Examination) -> str:
    if not found.findings:
        return "Nothing found."
    counts = [0, 0, 0]
    for finding in found.findings:
        counts[rank(finding)] += 1
    said = ", ".join(f"{count} {WORDS[n][count != 1]}" for n, count in enumerate(counts) if count)
    if found.clean_after:
        return f"{said}. With these repairs nothing is left, as decided again."
    if any(finding.repair for finding in found.findings) and found.left:
        return f"{said}. With these repairs {', '.join(found.left)} is left."
    return f"{said}."


# JSON


def print_data(report: Report) -> None:
    found = report.examination
    print_json(
        {
            "role": found.role,
            "studio": found.studio or None,
            "uses": list(found.uses),
            "caller": found.caller or None,
            "asked": found.asked,
            "granted": list(found.granted),
            "not_granted": list(found.not_granted),
            "guards": list(found.guards),
            "findings": [_data(finding) for finding in found.findings],
            "clean_after_repairs": found.clean_after,
            "left_after_repairs": list(found.left),
            "note": report.note or None,
        }
    )


def _data(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {
        "code": finding.code,
        "severity": finding.severity.value,
        "title": finding.title,
        "why": finding.why,
        "concerns": list(finding.concerns),
        "denied": finding.denial or None,
        "action": finding.action or None,
        "resource": finding.resource or None,
        "policy_type": finding.policy_type or None,
        "policy": finding.policy or None,
        "statement": finding.statement or None,
        "condition_key": finding.key or None,
        "note": finding.note or None,
        "repair": None,
    }
    if finding.repair is not None:
        made["repair"] = {
            "owner": finding.repair.owner,
            "suggestion": finding.repair.suggestion,
            "changes": msgspec.to_builtins(finding.repair.changes),
        }
    return made


# SARIF


def print_sarif(report: Report) -> None:
    click.echo(json.dumps(sarif(report), indent=2))


def sarif(report: Report) -> dict[str, Any]:
    """SARIF 2.1.0; the place is the role, in the file where there is one."""
    codes = list(dict.fromkeys(finding.code for finding in report.examination.findings))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rolecall",
                        "version": __version__,
                        "rules": [
                            {
                                "id": f"doctor/{code}",
                                "shortDescription": {"text": CODES[code].title},
                                "fullDescription": {"text": CODES[code].why},
                                "defaultConfiguration": {"level": LEVELS[RANKS[CODES[code].severity]]},
                            }
                            for code in codes
                        ],
                    }
                },
                "results": [_result(report, finding) for finding in report.examination.findings],
            }
        ],
    }


def _result(report: Report, finding: Finding) -> dict[str, Any]:
    place: dict[str, Any] = {
        "logicalLocations": [{"fullyQualifiedName": report.examination.role, "kind": "resource"}]
    }
    if report.source:
        place["physicalLocation"] = {"artifactLocation": {"uri": report.source}}
    return {
        "ruleId": f"doctor/{finding.code}",
        "level": LEVELS[rank(finding)],
        "message": {"text": " ".join(filter(None, (finding.title + ".", finding.denial, finding.note)))},
        "locations": [place],
    }


# JUnit


def print_junit(report: Report) -> None:
    click.echo(junit(report).decode().rstrip("\n"))


def junit(report: Report) -> bytes:
    """One failing case for each error and warning; suggestions are skipped cases."""
    findings = report.examination.findings
    failed = [finding for finding in findings if rank(finding) < RANKS[Severity.SUGGESTION]]
    counted = {
        "tests": str(max(len(findings), 1)),
        "failures": str(len(failed)),
        "errors": "0",
        "skipped": str(len(findings) - len(failed)),
        "time": "0.000",
    }
    root = ElementTree.Element("testsuites", {"name": "rolecall doctor", **counted})
    suite = ElementTree.SubElement(root, "testsuite", {"name": xml_text(report.examination.role), **counted})
    for number, finding in enumerate(findings):
        case = _case(suite, report, f"{finding.code} {number + 1}")
        body = xml_text("\n".join(told(finding)))
        if finding in failed:
            made = ElementTree.SubElement(
                case, "failure", {"message": xml_text(finding.title), "type": finding.severity.value}
            )
            made.text = body
        else:
            ElementTree.SubElement(case, "skipped", {"message": xml_text(finding.title)})
    if not findings:
        _case(suite, report, "no findings")
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _case(suite: ElementTree.Element, report: Report, name: str) -> ElementTree.Element:
    place = {"classname": xml_text(report.examination.role), "name": name, "time": "0.000"}
    return ElementTree.SubElement(suite, "testcase", place)


PRINTERS: Final[Mapping[str, Callable[[Report], None]]] = {
    "text": print_text,
    "json": print_data,
    "sarif": print_sarif,
    "junit": print_junit,
}
