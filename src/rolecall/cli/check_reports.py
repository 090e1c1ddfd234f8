"""How do the findings of `rolecall check` look: text, JSON, SARIF 2.1.0, JUnit XML, GitHub annotations."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final
from urllib.parse import quote
from xml.etree import ElementTree

import click
from msgspec import Struct

from rolecall import __version__
from rolecall.analysis.lint import CODES, Finding
from rolecall.analysis.lint.codes.code import ORDER
from rolecall.analysis.lint.suppressions import Hidden
from rolecall.cli.check_files import Checked
from rolecall.cli.render import WIDTH, annotation, print_json, xml_text
from rolecall.policy.findings import Severity

# GitHub keeps so many annotations of a kind and drops the others silently.
ANNOTATIONS: Final = 10
COLORS: Final = {
    Severity.ERROR: "red",
    Severity.SECURITY_WARNING: "magenta",
    Severity.WARNING: "yellow",
    Severity.SUGGESTION: "cyan",
}
WORDS: Final = {
    Severity.ERROR: "error",
    Severity.SECURITY_WARNING: "security warning",
    Severity.WARNING: "warning",
    Severity.SUGGESTION: "suggestion",
}
# level, problem.severity, security-severity
SARIF: Final = {
    Severity.ERROR: ("error", "error", None),
    Severity.SECURITY_WARNING: ("error", "error", "7.0"),
    Severity.WARNING: ("warning", "warning", None),
    Severity.SUGGESTION: ("note", "recommendation", None),
}
GITHUB: Final = {
    Severity.ERROR: "error",
    Severity.SECURITY_WARNING: "error",
    Severity.WARNING: "warning",
    Severity.SUGGESTION: "notice",
}


class Report(Struct, frozen=True):
    """All that a run found. skipped: files without a policy. about: findings about the suppressions."""

    checked: tuple[Checked, ...]
    shown: Mapping[str, tuple[Finding, ...]]
    hidden: tuple[Hidden, ...]
    about: tuple[Finding, ...]
    suppressions_file: str
    skipped: int
    fixed: tuple[tuple[str, Finding], ...]
    show_suppressed: bool
    together: bool

    @property
    def findings(self) -> Iterator[tuple[str, Finding]]:
        """Every finding that is shown, with its file."""
        for each in self.checked:
            for finding in self.shown[each.name]:
                yield each.name, finding
        for finding in self.about:
            yield self.suppressions_file, finding

    def counts(self) -> dict[Severity, int]:
        found = [finding.severity for _, finding in self.findings]
        return {severity: found.count(severity) for severity in ORDER}


# Text


def print_text(report: Report) -> None:
    for each in report.checked:
        findings = report.shown[each.name]
        if findings:
            click.echo(click.style(each.name, bold=True) + f"  {_kind(each)}")
            for finding in findings:
                _print_finding(finding)
            click.echo()
    if report.about:
        click.echo(click.style(report.suppressions_file, bold=True))
        for finding in report.about:
            _print_finding(finding)
        click.echo()
    if report.show_suppressed:
        for hidden in report.hidden:
            until = f" until {hidden.suppression.expires}" if hidden.suppression.expires else ""
            click.echo(f"suppressed{until}: {hidden.file} {hidden.finding.code} {hidden.finding.where}")
            click.echo(f"    {hidden.suppression.reason}")
    for name, finding in report.fixed:
        click.echo(f"fixed: {name} {finding.code} {finding.fix.title if finding.fix else ''}")
    click.echo(_summary(report))


def _kind(each: Checked) -> str:
    if each.look is None:
        return ""
    return f"({each.kind.value} policy{', guessed from its content' if each.guessed else ''})"


def _print_finding(finding: Finding) -> None:
    at = "" if finding.span is None else f"{finding.span.start.line}:{finding.span.start.column}"
    also = f" ({', '.join(finding.also)})" if finding.also else ""
    word = click.style(WORDS[finding.severity], fg=COLORS[finding.severity])
    click.echo(f"  {at:<8} {word}  {finding.code}{also}  {finding.where}".rstrip())
    for text in (finding.message, finding.detail):
        for line in textwrap.wrap(text, WIDTH + 20, break_on_hyphens=False, break_long_words=False):
            click.echo(f"           {line}")
    if finding.fix is not None:
        click.echo(f"           repair: {finding.fix.title}{_how(finding)}")


def _how(finding: Finding) -> str:
    assert finding.fix is not None
    if finding.fix.widens:
        return f" (by hand: it lets the policy allow more or means something else. {finding.fix.changes})"
    return " (--fix makes it)"


def _summary(report: Report) -> str:
    parts = [
        f"{number} {WORDS[severity]}{'s' if number != 1 else ''}"
        for severity, number in report.counts().items()
        if number
    ]
    policies = len(report.checked)
    text = f"{', '.join(parts) or 'nothing'} found in {policies} {'policy' if policies == 1 else 'policies'}"
    if report.hidden:
        text += f"; {len(report.hidden)} suppressed"
    if report.skipped:
        text += f"; {report.skipped} file{'s' if report.skipped != 1 else ''} without a policy"
    if parts:
        text += "\nrolecall check --explain CODE tells more of a finding."
    if not report.together:
        text += "\nRules over all policies of a principal were not asked: say --as principal if these are all."
    return text


# JSON


def print_data(report: Report) -> None:
    print_json(
        {
            "files": [
                {
                    "file": each.name,
                    "type": None if each.look is None else each.kind.value,
                    "type_guessed": each.guessed,
                    "findings": [_data(finding) for finding in report.shown[each.name]],
                }
                for each in report.checked
            ],
            "suppressions": {
                "file": report.suppressions_file or None,
                "findings": [_data(finding) for finding in report.about],
                "suppressed": [
                    {
                        "file": hidden.file,
                        **_data(hidden.finding),
                        "reason": hidden.suppression.reason,
                        "expires": hidden.suppression.expires and hidden.suppression.expires.isoformat(),
                    }
                    for hidden in report.hidden
                ],
            },
            "fixed": [{"file": name, **_data(finding)} for name, finding in report.fixed],
            "summary": {
                "policies": len(report.checked),
                "without_policy": report.skipped,
                "suppressed": len(report.hidden),
                **{severity.value: number for severity, number in report.counts().items()},
            },
        }
    )


def _data(finding: Finding) -> dict[str, Any]:
    from rolecall.analysis.lint.pages import aws_page, learn_more

    row = CODES[finding.code]
    made: dict[str, Any] = {
        "code": finding.code,
        "also": list(finding.also),
        "severity": finding.severity.value,
        "message": finding.message,
        "detail": finding.detail,
        "path": finding.where,
        "learn_more": learn_more(finding.code),
        "aws_page": aws_page(row) if row.aws else None,
    }
    if finding.span is not None:
        made["span"] = {
            end: {"line": at.line, "column": at.column, "offset": at.offset}
            for end, at in (("start", finding.span.start), ("end", finding.span.end))
        }
    if finding.fix is not None:
        made["fix"] = {
            "title": finding.fix.title,
            "safe": not finding.fix.widens,
            "changes": finding.fix.changes,
            "edits": [{"start": edit.start, "end": edit.end, "text": edit.text} for edit in finding.fix.edits],
        }
    return made


def fingerprint(report: Report, name: str, finding: Finding) -> str:
    """The same for the same finding, wherever its lines have moved to."""
    statement = ""
    each = next((one for one in report.checked if one.name == name), None)
    if each is not None and each.look is not None and finding.path[:1] == ("Statement",):
        number = finding.path[1] if len(finding.path) > 1 and isinstance(finding.path[1], int) else 0
        held = next((one for one in each.look.statements if one.number == number), None)
        if held is not None:
            statement = "".join(each.source.text[held.node.start : held.node.end].split())
    key = "\x00".join((finding.code, name, finding.where, statement))
    return hashlib.sha256(key.encode()).hexdigest()[:32]


# SARIF 2.1.0 (OASIS)


def print_sarif(report: Report) -> None:
    click.echo(json.dumps(sarif(report), indent=2))


def sarif(report: Report) -> dict[str, Any]:
    hidden = [(each.file, each.finding, each.suppression.reason) for each in report.hidden]
    results = [(name, finding, None) for name, finding in report.findings]
    codes = list(dict.fromkeys(finding.code for _, finding, _ in (*results, *hidden)))
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "rolecall",
                        "version": __version__,
                        "rules": [_sarif_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _sarif_result(report, name, finding, codes.index(finding.code), reason)
                    for name, finding, reason in (*results, *hidden)
                ],
            }
        ],
    }


def _sarif_rule(name: str) -> dict[str, Any]:
    from rolecall.analysis.lint.pages import aws_page, learn_more

    code = CODES[name]
    level, problem, security = SARIF[code.severity]
    more = f"See {learn_more(name)}, or run `rolecall check --explain {name}`."
    made: dict[str, Any] = {
        "id": name,
        "name": "".join(word.capitalize() for word in code.title.replace("-", " ").replace(":", "").split()),
        "shortDescription": {"text": code.title},
        "fullDescription": {"text": code.form},
        "help": {"text": more, "markdown": more},
        "defaultConfiguration": {"level": level},
        "properties": {
            "precision": "high",
            "problem.severity": problem,
            "tags": ["iam", *(["security"] if security else []), *([] if code.aws else ["sagemaker"])],
        },
    }
    if security:
        made["properties"]["security-severity"] = security
    if code.aws:
        made["helpUri"] = aws_page(code)
    return made


def _sarif_result(report: Report, name: str, finding: Finding, index: int, reason: str | None) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": quote(name), "uriBaseId": "%SRCROOT%"}}
    if name.startswith(("/", "<")):
        del place["artifactLocation"]["uriBaseId"]
    if finding.span is not None:
        start, end = finding.span.start, finding.span.end
        place["region"] = {
            "startLine": start.line,
            "startColumn": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        }
    location: dict[str, Any] = {"physicalLocation": place}
    if finding.where:
        location["logicalLocations"] = [{"fullyQualifiedName": finding.where, "kind": "object"}]
    made: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": SARIF[finding.severity][0],
        "message": {"text": f"{finding.message} {finding.detail}".strip()},
        "locations": [location],
        "partialFingerprints": {"rolecall/v1": fingerprint(report, name, finding)},
        "suppressions": [] if reason is None else [{"kind": "external", "justification": reason}],
    }
    if finding.also:
        made["properties"] = {"also": list(finding.also)}
    return made


# JUnit XML


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


# GitHub


def print_github(report: Report) -> None:
    for line in github(report):
        click.echo(line)


def github(report: Report) -> Iterator[str]:
    """Workflow commands, the worst first, as many as GitHub keeps; what more there is in a last line."""
    worst_first = sorted(report.findings, key=lambda pair: ORDER.index(pair[1].severity))
    said: dict[str, int] = {}
    left = 0
    for name, finding in worst_first:
        level = GITHUB[finding.severity]
        said[level] = said.get(level, 0) + 1
        if said[level] > ANNOTATIONS:
            left += 1
            continue
        place: dict[str, str] = {"file": name}
        if finding.span is not None:
            start, end = finding.span.start, finding.span.end
            place |= {"line": str(start.line), "endLine": str(end.line)}
            if start.line == end.line:
                place |= {"col": str(start.column), "endColumn": str(end.column)}
        place["title"] = f"{finding.code} {finding.where}".strip()
        yield annotation(level, f"{finding.message} {finding.detail}".strip(), place)
    if left:
        yield f"::notice::{left} more findings, see `rolecall check --format text`"


def print_page(name: str) -> None:
    """One finding, with its example and its repair."""
    from rolecall.analysis.lint.example import FILES, decode
    from rolecall.analysis.lint.pages import page

    folder = files("rolecall.analysis.lint") / "examples"
    click.echo(page(CODES[name], decode((folder / each).read_bytes() for each in FILES)), nl=False)


PRINTERS: Final[Mapping[str, Callable[[Report], None]]] = {
    "text": print_text,
    "json": print_data,
    "sarif": print_sarif,
    "junit": print_junit,
    "github": print_github,
}
