"""Match a text against a pattern of `*` (any run, also none) and `?` (exactly one character).

The pattern is cut at its stars into runs of fixed length. The first run must stand at the start, the last at the
end, and each run between at its leftmost place after the one before: only the last star can usefully take more,
so there is no going back, and a storm of stars costs no more than the text is long.

Text put in for a variable is not scanned for wildcards again (SEMANTICS 5), so a pattern is made of fragments.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct


class Fragment(Struct, frozen=True):
    """A piece of a pattern; `live` says whether `*` and `?` in it are wildcards."""

    text: str
    live: bool = True


class Run(Struct, frozen=True):
    """What stands between two stars: literals at their offsets, every other place is a `?`."""

    literals: tuple[tuple[int, str], ...]
    length: int

    def stands_at(self, text: str, at: int) -> bool:
        return all(text.startswith(literal, at + offset) for offset, literal in self.literals)

    def find(self, text: str, start: int, end: int) -> int:
        """The leftmost place in text[start:end] where the run stands; -1 for none."""
        if start + self.length > end:
            return -1
        if not self.literals:
            return start
        if len(self.literals) > 1:
            return self._find_with_gaps(text, start, end)
        offset, literal = self.literals[0]
        behind = self.length - offset - len(literal)
        found = text.find(literal, start + offset, end - behind)
        return found - offset if found >= 0 else -1

    def _find_with_gaps(self, text: str, start: int, end: int) -> int:
        """Shift-and: bit i of `standing` says that the first i+1 places of the run stand here. One step a
        character, whatever the run, so `a?a?a?b` in a row of a's is no storm either."""
        everywhere = (1 << self.length) - 1
        masks: dict[str, int] = {}
        for offset, literal in self.literals:
            for place, character in enumerate(literal, offset):
                everywhere &= ~(1 << place)
                masks[character] = masks.get(character, 0) | 1 << place
        standing, last = 0, 1 << (self.length - 1)
        for at in range(start, end):
            standing = (standing << 1 | 1) & (masks.get(text[at], 0) | everywhere)
            if standing & last:
                return at - self.length + 1
        return -1


class Glob(Struct, frozen=True):
    """A compiled pattern: the runs between its stars; a single run means that there was no star."""

    runs: tuple[Run, ...]

    def matches(self, text: str) -> bool:
        first, last = self.runs[0], self.runs[-1]
        if len(self.runs) == 1:
            return len(text) == first.length and first.stands_at(text, 0)
        end = len(text) - last.length
        if first.length > end or not first.stands_at(text, 0) or not last.stands_at(text, end):
            return False
        at = first.length
        for run in self.runs[1:-1]:
            at = run.find(text, at, end)
            if at < 0:
                return False
            at += run.length
        return True


_PIECES: Final = re.compile(r"\*+|\?+|[^*?]+")


def compile_fragments(fragments: Iterable[Fragment]) -> Glob:
    """The glob of a pattern whose variables have been put in."""
    runs: list[Run] = []
    literals: list[tuple[int, str]] = []
    length = 0
    for fragment in fragments:
        pieces = _PIECES.findall(fragment.text) if fragment.live else filter(None, [fragment.text])
        for piece in pieces:
            if fragment.live and piece[0] == "*":
                runs.append(Run(tuple(literals), length))
                literals, length = [], 0
                continue
            if not (fragment.live and piece[0] == "?"):
                literals.append((length, piece))
            length += len(piece)
    runs.append(Run(tuple(literals), length))
    return Glob(tuple(runs))


def compile_glob(pattern: str) -> Glob:
    return compile_fragments((Fragment(pattern),))


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches the pattern, minding case."""
    return compile_glob(pattern).matches(text)
