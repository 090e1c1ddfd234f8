"""Findings as JUnit XML, as Jenkins, GitLab, Azure DevOps and GitHub's reporters read it."""

from __future__ import annotations

from xml.etree import ElementTree

import click

from rolecall.analysis.lint import Finding
from rolecall.analysis.lint.suppressions import Hidden
from rolecall.cli.check_report import Report
from rolecall.cli.render import xml_text


def print_junit(report: Report) -> None:
    click.echo(junit(report).decode().rstrip("\n"))


def junit(report: Report) -> bytes:
    """One suite per file, one failing case per finding; a clean file has one case that passes."""
    suites = [(each.name, list(report.shown[each.name])) for each in report.checked]
    if report.about:
        suites.append((report.suppressions_file, list(report.about)))
    hidden = [(each.file, each) for each in report.hidden]
    root = ElementTree.Element("testsuites", {"name": "rolecall check"})
    total = [0, 0, 0]
    for name, findings in suites:
        skipped = [each for file, each in hidden if file == name]
        counts = (max(len(findings) + len(skipped), 1), len(findings), len(skipped))
        total = [one + other for one, other in zip(total, counts, strict=True)]
        suite = ElementTree.SubElement(root, "testsuite", {"name": xml_text(name), **_counted(counts)})
        _cases(suite, name, findings, skipped)
    root.attrib.update(_counted((total[0], total[1], total[2])))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _counted(counts: tuple[int, int, int]) -> dict[str, str]:
    tests, failures, skipped = map(str, counts)
    return {"tests": tests, "failures": failures, "errors": "0", "skipped": skipped, "time": "0.000"}


def _cases(suite: ElementTree.Element, name: str, findings: list[Finding], skipped: list[Hidden]) -> None:
    classname = xml_text(name.removesuffix(".json").strip("./").replace("/", "."))
    names: dict[str, int] = {}

    def case(title: str, line: int) -> ElementTree.Element:
        names[title] = names.get(title, 0) + 1
        unique = title if names[title] == 1 else f"{title} #{names[title]}"
        found = {"classname": classname, "name": xml_text(unique), "time": "0.000", "file": xml_text(name)}
        return ElementTree.SubElement(suite, "testcase", {**found, "line": str(line)})

    for finding in findings:
        line = 1 if finding.span is None else finding.span.start.line
        failure = {"message": xml_text(finding.message), "type": finding.severity.value}
        made = ElementTree.SubElement(case(f"{finding.code} {finding.where}".strip(), line), "failure", failure)
        made.text = xml_text("\n".join(filter(None, (f"{name}:{line}", finding.message, finding.detail))))
    for each in skipped:
        made = case(f"{each.finding.code} {each.finding.where}".strip(), 1)
        ElementTree.SubElement(made, "skipped", {"message": xml_text(each.suppression.reason)})
    if not findings and not skipped:
        case("no findings", 1)
