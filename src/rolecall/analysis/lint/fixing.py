"""Apply the fixes that do not let a policy allow more, until there is none left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from rolecall.analysis.lint.finding import Edit, Finding

# A fix may bring out the next; what so many rounds do not settle is left as the last made it.
ROUNDS: Final = 50


class Fixed(Struct, frozen=True):
    """The text after the fixes, and the findings whose fix was applied, in order."""

    text: str
    applied: tuple[Finding, ...]


def is_safe(finding: Finding) -> bool:
    return finding.fix is not None and not finding.fix.widens


def fix(text: str, lint: Callable[[str], Iterable[Finding]], wanted: Callable[[Finding], bool] = is_safe) -> Fixed:
    """Fix, lint again, and so on. `wanted` says which findings to fix; only safe ones are asked about."""
    applied: list[Finding] = []
    for _ in range(ROUNDS):
        chosen = _apart(finding for finding in lint(text) if is_safe(finding) and wanted(finding))
        if not chosen:
            break
        applied += chosen
        text = _edited(text, [edit for finding in chosen if finding.fix for edit in finding.fix.edits])
    return Fixed(text, tuple(applied))


def _apart(findings: Iterable[Finding]) -> list[Finding]:
    """Findings whose edits do not touch each other, first come first; the others wait for the next round."""
    chosen: list[Finding] = []
    taken: list[tuple[int, int]] = []
    for finding in findings:
        assert finding.fix is not None
        spans = [(edit.start, edit.end) for edit in finding.fix.edits]
        if any(start <= end_ and start_ <= end for start, end in spans for start_, end_ in taken):
            continue
        taken += spans
        chosen.append(finding)
    return chosen


def _edited(text: str, edits: list[Edit]) -> str:
    for edit in sorted(edits, key=lambda each: each.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text
