"""How do the findings of `rolecall check` look: text, JSON, GitHub annotations. SARIF and JUnit stand beside."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

import click

from rolecall.analysis.lint import CODES, Finding
from rolecall.analysis.lint.codes.code import ORDER
from rolecall.cli.check_files import Checked
from rolecall.cli.check_junit import print_junit
from rolecall.cli.check_report import Report
from rolecall.cli.check_sarif import print_sarif
from rolecall.cli.render import WIDTH, annotation, print_json
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
GITHUB: Final = {
    Severity.ERROR: "error",
    Severity.SECURITY_WARNING: "error",
    Severity.WARNING: "warning",
    Severity.SUGGESTION: "notice",
}


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
