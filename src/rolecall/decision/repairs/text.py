"""Repairs and grounds as text for a terminal of 80 columns."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from typing import Final

from rolecall.decision.repairs.grounds import Ground, Grounds
from rolecall.decision.repairs.views import ChangeView, RepairsView
from rolecall.decision.trace_text import TYPE_NAMES, WIDTH

HEADINGS: Final = {
    "request": "What the caller can do:",
    "policy": "What a policy can say:",
    "mixed": "What takes both:",
}


def repair_lines(told: RepairsView, width: int = WIDTH) -> Iterator[str]:
    """Why it was denied, and every repair under its number."""
    for cause in told.causes:
        yield from _wrap(f"Because {cause}.", 0, width, 2)
    heading = None
    for number, repair in enumerate(told.repairs, 1):
        if repair.side != heading:
            heading = repair.side
            yield ""
            yield HEADINGS[heading]
        for place, change in enumerate(repair.changes):
            mark = f"{number:>3}  " if place == 0 else "     and "
            yield from _wrap(f"{mark}{change.text}", 0, width, 5)
            yield from _change(change, width)
    if told.note:
        yield ""
        yield from _wrap(f"{told.note[0].upper()}{told.note[1:]}.", 0, width, 0)


def _change(change: ChangeView, width: int) -> Iterator[str]:
    if change.also:
        yield from _wrap(change.also, 7, width, 7)
    if change.kind in ("add-statement", "add-policy") and change.after is not None:
        for line in json.dumps(change.after, indent=2, ensure_ascii=False).splitlines():
            yield from _wrap(line, 7, width, 11) if len(line) + 7 > width else [f"       {line}"]


def ground_lines(grounds: Grounds, width: int = WIDTH) -> Iterator[str]:
    """What an allow rests on."""
    if grounds.note:
        yield from _wrap(f"{grounds.note[0].upper()}{grounds.note[1:]}.", 0, width, 0)
    for number, way in enumerate(grounds.ways):
        if not way:
            continue
        yield "It rests on:" if number == 0 else "It would also be allowed by:"
        for ground in way:
            yield from _ground(ground, width)


def _ground(ground: Ground, width: int) -> Iterator[str]:
    level = "" if ground.level is None else f" on level {ground.level}"
    named = [
        f"statement {each.statement}{f' ({each.sid})' if each.sid else ''} of {each.policy}"
        for each in ground.statements
    ]
    alone = " and nothing else" if len(named) == 1 else ", each of which suffices"
    text = f"{TYPE_NAMES[ground.policy_type]}{level}: {'; '.join(named) or 'nothing'}{alone}"
    yield from _wrap(text, 2, width, 4)


def _wrap(text: str, indent: int, width: int, hanging: int) -> Iterator[str]:
    # Numbers stand in a column, so leading blanks are kept.
    bare = text.lstrip(" ")
    lead = " " * (indent + len(text) - len(bare))
    yield from textwrap.wrap(
        bare, width, initial_indent=lead, subsequent_indent=" " * hanging, break_on_hyphens=False
    ) or [""]
