"""`rolecall check`: what is wrong with these policies, where, and what to do about it."""

from __future__ import annotations

import os
import sys
from datetime import date
from pathlib import Path
from typing import Final

import click

from rolecall import catalog
from rolecall.analysis.lint import CODES, Finding, Knowledge, Options
from rolecall.analysis.lint.codes.code import ORDER
from rolecall.analysis.lint.finding import ordered
from rolecall.analysis.lint.fixing import fix as apply_fixes
from rolecall.analysis.lint.linting import lint
from rolecall.analysis.lint.sagemaker.access import Use
from rolecall.analysis.lint.suppressions import Suppression, sort
from rolecall.cli import check_files, check_reports, check_suppressions
from rolecall.cli.check_files import STDIN, Checked, Source
from rolecall.cli.check_report import Report
from rolecall.errors import InputError
from rolecall.policy.document import PolicyType

SEVERITIES: Final = {severity.value.lower().replace("_", "-"): severity for severity in ORDER}
FORMATS: Final = ("text", "json", "sarif", "junit", "github")
FOUND, BAD_INPUT = 1, 2


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE|DIR|-]...")
@click.option(
    "--type", "kind", type=click.Choice([each.value for each in PolicyType]), help="The type of all of them."
)
@click.option("--resource-type", metavar="NAME", help="What a resource policy hangs on, such as AWS::S3::Bucket.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="How to print.  [default: text; github in GitHub Actions]"
)
@click.option(
    "--severity",
    type=click.Choice(list(SEVERITIES)),
    default="warning",
    show_default=True,
    help="Exit with 1 from this severity on.",
)
@click.option("--fix", "fixing", is_flag=True, help="Make the repairs that do not let a policy allow more.")
@click.option("--ignore", "ignored", multiple=True, metavar="CODE", help="Leave this finding out (repeatable).")
@click.option("--also", multiple=True, metavar="CODE", help="Say a finding that is off by default (repeatable).")
@click.option(
    "--as",
    "use",
    type=click.Choice([each.value for each in Use]),
    help="The files are all policies of one such principal: look at them together as well.",
)
@click.option(
    "--boundary", type=click.Path(dir_okay=False), help="The principal's permissions boundary (with --as)."
)
@click.option("--bucket", "buckets", multiple=True, metavar="NAME", help="Where its jobs keep data (with --as).")
@click.option(
    "--suppressions", type=click.Path(dir_okay=False, path_type=Path), help="The file with suppressions."
)
@click.option("--show-suppressed", is_flag=True, help="List what is suppressed, and why.")
@click.option(
    "--explain", "explained", metavar="CODE", help="Tell of one finding, with an example and its repair."
)
def check(
    paths: tuple[str, ...],
    kind: str | None,
    resource_type: str | None,
    form: str | None,
    severity: str,
    fixing: bool,
    ignored: tuple[str, ...],
    also: tuple[str, ...],
    use: str | None,
    boundary: str | None,
    buckets: tuple[str, ...],
    suppressions: Path | None,
    show_suppressed: bool,
    explained: str | None,
) -> None:
    """Check IAM policies: AWS's Access Analyzer findings, and rules of our own for SageMaker.

    Looks at files, folders (every *.json below that holds a policy) and standard input (-). A policy's type is
    guessed from its content unless --type says it. Suppressions are read from .rolecall-ignore.yaml, rolecall.toml
    or pyproject.toml; each needs a reason and may expire.

    Exit code 0 for nothing of that severity, 1 for findings, 2 for files that cannot be read.
    """
    if explained is not None:
        check_reports.print_page(_known(explained))
        return
    if not paths:
        raise click.UsageError("give files, folders or - to check")
    if (boundary or buckets) and use is None:
        raise click.UsageError("--boundary and --bucket tell of a principal: say with --as what it is")
    if fixing and STDIN in paths:
        raise click.UsageError("--fix writes files; it cannot write standard input")
    leave_out = {_known(code) for code in ignored}
    options = Options(resource_type, frozenset(map(_known, also)))
    found = check_suppressions.read(suppressions) if suppressions else check_suppressions.find(Path())
    knowledge = Knowledge(catalog.load())
    wanted = None if kind is None else PolicyType(kind)

    problems, skipped, checked, fixed = [], 0, [], []
    for source in check_files.sources(paths):
        if source.problem:
            problems.append(source.problem)
            continue
        one = check_files.check(source, wanted, knowledge, options)
        if one is None:
            skipped += 1
            continue
        if fixing and one.look is not None:
            text, applied = _fixed(one, knowledge, options, leave_out, found.suppressions)
            fixed += [(one.name, finding) for finding in applied]
            if applied:
                one = check_files.check(Source(one.name, text), wanted, knowledge, options) or one
        checked.append(one)

    by_file = {each.name: each.findings for each in checked}
    if use is not None:
        further = check_files.together(checked, boundary, Use(use), buckets, knowledge)
        by_file = {name: ordered((*by_file[name], *further.get(name, ()))) for name in by_file}
    by_file = {
        name: tuple(finding for finding in findings if not leave_out & set(finding.codes))
        for name, findings in by_file.items()
    }
    sorted_out = sort(by_file, found.suppressions, date.today(), whole=use is not None)
    report = Report(
        checked=tuple(checked),
        shown=sorted_out.shown,
        hidden=sorted_out.hidden,
        about=sorted_out.about,
        suppressions_file=found.file,
        skipped=skipped,
        fixed=tuple(fixed),
        show_suppressed=show_suppressed,
        together=use is not None,
    )
    form = form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    check_reports.PRINTERS[form](report)
    for problem in problems:
        click.echo(f"rolecall: {problem}", err=True)
    worst = ORDER.index(SEVERITIES[severity])
    if problems:
        sys.exit(BAD_INPUT)
    if any(ORDER.index(finding.severity) <= worst for _, finding in report.findings):
        sys.exit(FOUND)


def _known(code: str) -> str:
    if code.upper() not in CODES:
        raise InputError(f"there is no finding {code}; docs/findings lists them")
    return code.upper()


def _fixed(
    one: Checked,
    knowledge: Knowledge,
    options: Options,
    leave_out: set[str],
    suppressions: tuple[Suppression, ...],
) -> tuple[str, tuple[Finding, ...]]:
    """The text with every safe fix made, written to its file."""

    def wanted(finding: Finding) -> bool:
        return not leave_out & set(finding.codes) and not any(
            each.hides(one.name, finding) for each in suppressions
        )

    done = apply_fixes(one.source.text, lambda text: lint(text, one.kind, knowledge, options), wanted)
    if done.applied:
        try:
            Path(one.name).write_bytes(done.text.encode())
        except OSError as problem:
            raise InputError(f"cannot write {one.name}: {problem.strerror}") from None
    return done.text, done.applied
