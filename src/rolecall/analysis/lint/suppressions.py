"""Which findings does the team know and bear? A suppression says why, and may say until when.

One that has expired hides nothing and is a finding itself (RC901); so is one that hides nothing any more (RC902).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from rolecall.analysis.lint.codes import CODES
from rolecall.analysis.lint.codes.code import Needs
from rolecall.analysis.lint.finding import Finding
from rolecall.policy.glob import matches


class Suppression(Struct, frozen=True):
    """codes: of findings, any of which is hidden. file, path: patterns of the file and of the finding's path."""

    codes: tuple[str, ...]
    reason: str
    file: str = "*"
    path: str = "*"
    expires: date | None = None

    def hides(self, file: str, finding: Finding) -> bool:
        return (
            any(code in self.codes for code in finding.codes)
            and matches(self.file, file)
            and matches(self.path, finding.where)
        )


class Hidden(Struct, frozen=True):
    """A finding that is not shown, and why."""

    file: str
    finding: Finding
    suppression: Suppression


class Sorted(Struct, frozen=True):
    """shown: findings by file. about: what is to be said of the suppressions themselves."""

    shown: Mapping[str, tuple[Finding, ...]]
    hidden: tuple[Hidden, ...]
    about: tuple[Finding, ...]


def sort(
    found: Mapping[str, tuple[Finding, ...]], suppressions: Sequence[Suppression], today: date, whole: bool
) -> Sorted:
    """Take out what is suppressed. whole: rules about all policies of a principal were asked too."""
    live = [each for each in suppressions if each.expires is None or each.expires >= today]
    hidden: list[Hidden] = []
    shown: dict[str, tuple[Finding, ...]] = {}
    for file, findings in found.items():
        kept = []
        for finding in findings:
            reason = next((each for each in live if each.hides(file, finding)), None)
            if reason is None:
                kept.append(finding)
            else:
                hidden.append(Hidden(file, finding, reason))
        shown[file] = tuple(kept)
    about = [_said("RC901", each, str(each.expires)) for each in suppressions if each not in live]
    used = {id(each.suppression) for each in hidden}
    about += [
        _said("RC902", each) for each in live if id(each) not in used and _could_hide(each, tuple(found), whole)
    ]
    return Sorted(shown, tuple(hidden), tuple(about))


def _could_hide(suppression: Suppression, files: tuple[str, ...], whole: bool) -> bool:
    """Whether its files and its rules were looked at in this run, so that its silence says something."""
    asked = any(whole or CODES[code].needs is Needs.DOCUMENT for code in suppression.codes)
    return asked and any(matches(suppression.file, file) for file in files)


def _said(code: str, suppression: Suppression, expired: str = "") -> Finding:
    row = CODES[code]
    values = {"codes": ", ".join(suppression.codes), "date": expired}
    return Finding(code, row.severity, row.text(values), detail=f"Its reason: {suppression.reason}")
