"""Findings as SARIF 2.1.0 (OASIS), as GitHub, GitLab, Azure DevOps and editors show them."""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import quote

import click

from rolecall import __version__
from rolecall.analysis.lint import CODES, Finding
from rolecall.analysis.lint.pages import aws_page, learn_more
from rolecall.cli.check_report import Report, fingerprint
from rolecall.policy.findings import Severity

# level, problem.severity, security-severity
SARIF: Final = {
    Severity.ERROR: ("error", "error", None),
    Severity.SECURITY_WARNING: ("error", "error", "7.0"),
    Severity.WARNING: ("warning", "warning", None),
    Severity.SUGGESTION: ("note", "recommendation", None),
}


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
