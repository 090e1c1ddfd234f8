"""Everything that one run of `rolecall check` found, for whoever prints it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from msgspec import Struct

from rolecall.analysis.lint import Finding
from rolecall.analysis.lint.codes.code import ORDER
from rolecall.analysis.lint.suppressions import Hidden
from rolecall.cli.check_files import Checked
from rolecall.policy.findings import Severity


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
