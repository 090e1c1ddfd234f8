"""How two wildcard patterns stand to each other: does one cover the other, is there a text that both match?

Whether a pattern matches a text is asked of `policy.glob`, as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rolecall.policy.arn import PARTS
from rolecall.policy.glob import compile_glob

# What `*` may stand for, as far as a covering pattern can tell: nothing, and runs of a character that no
# pattern spells, longer than any run of `?` that people write.
_RUNS: Final = ("", "\ue000", "\ue000" * 40)
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


@lru_cache(maxsize=65536)
def covers(wide: str, narrow: str) -> bool:
    """Whether every text that `narrow` matches is matched by `wide` too."""
    if wide == narrow:
        return True
    if not has_wildcard(wide):
        return False
    glob = compile_glob(wide)
    single = narrow.replace("?", "\ue000")
    return all(glob.matches(single.replace("*", run)) for run in (_RUNS if "*" in narrow else ("",)))


def covers_arn(wide: str, narrow: str) -> bool:
    """The same for Resource entries, which are compared part by part."""
    if wide == "*":
        return True
    if narrow == "*":
        return False
    wide_parts, narrow_parts = wide.split(":", PARTS - 1), narrow.split(":", PARTS - 1)
    if len(wide_parts) != PARTS or len(narrow_parts) != PARTS:
        return wide == narrow
    return all(covers(one, other) for one, other in zip(wide_parts, narrow_parts, strict=True))


def opened(text: str) -> str:
    """The pattern with its variables as wildcards: what it could match once they are filled in."""
    return _VARIABLE.sub(lambda found: found[1] if found[1] in ("*", "?", "$") else "*", text)


@lru_cache(maxsize=65536)
def overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns. Each star may take any run: the usual table over both."""
    if one == "*" or other == "*":
        return True
    if not has_wildcard(one):
        return compile_glob(other).matches(one)
    if not has_wildcard(other):
        return compile_glob(one).matches(other)
    # reach: places in `other` that the part of `one` read so far can stand at.
    reach = _skip_stars({0}, other)
    for sign in one:
        step: set[int] = set()
        if sign == "*":
            # Takes any run of the other pattern, also none.
            step = set(range(min(reach), len(other) + 1)) if reach else set()
        else:
            for at in reach:
                if at < len(other) and (other[at] == "*" or sign == "?" or other[at] in ("?", sign)):
                    step.add(at if other[at] == "*" else at + 1)
        reach = _skip_stars(step, other)
        if not reach:
            return False
    return len(other) in reach


def _skip_stars(places: set[int], pattern: str) -> set[int]:
    """The places, and those behind stars that stand for nothing."""
    every = set(places)
    for at in sorted(places):
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            every.add(at)
    return every


def overlap_arn(pattern: str, template: str) -> bool:
    """Whether a Resource entry can match an ARN of a type; both may hold variables and short forms."""
    if pattern == "*":
        return True
    wanted, given = opened(pattern).split(":", PARTS - 1), opened(template).split(":", PARTS - 1)
    if len(wanted) < PARTS:
        wanted += ["*"] * (PARTS - len(wanted))
    return len(given) == PARTS and all(
        overlap(_folded(position, one), _folded(position, other))
        for position, (one, other) in enumerate(zip(wanted, given, strict=True))
    )


def _folded(position: int, part: str) -> str:
    """Partition, service and region compare without case (SEMANTICS 3.6)."""
    return part.lower() if position < 4 else part


def distance(one: str, other: str, most: int = 2) -> int:
    """How many letters must be changed, added, dropped or swapped with their neighbour; most + 1 when more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: Sequence[int] = ()
    row: Sequence[int] = range(len(other) + 1)
    for number, letter in enumerate(one, 1):
        line = [number]
        for column, against in enumerate(other, 1):
            cost = min(row[column] + 1, line[column - 1] + 1, row[column - 1] + (letter != against))
            if number > 1 and column > 1 and letter == other[column - 2] and one[number - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        if min(line) > most:
            return most + 1
        before, row = row, line
    return min(row[-1], most + 1)
