"""Three-valued truth: yes, no, or unknown because a condition key was declared unknown.

Strong Kleene logic. The server never has unknown keys; replay and analysis do.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable


class Truth(enum.Enum):
    """An answer towards missing knowledge. Not a Boolean on purpose: `if truth:` is an error."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def __bool__(self) -> bool:
        raise TypeError("a Truth is not a Boolean: compare it with Truth.YES, Truth.NO or Truth.UNKNOWN")

    def __invert__(self) -> Truth:
        return Truth(2 - self.value)

    def __and__(self, other: Truth) -> Truth:
        return self if self.value <= other.value else other

    def __or__(self, other: Truth) -> Truth:
        return self if self.value >= other.value else other

    @staticmethod
    def of(value: bool) -> Truth:
        """The truth of a plain Boolean."""
        return Truth.YES if value else Truth.NO


def every(truths: Iterable[Truth]) -> Truth:
    """Kleene conjunction; YES for none."""
    result = Truth.YES
    for truth in truths:
        result = result & truth
        if result is Truth.NO:
            break
    return result


def some(truths: Iterable[Truth]) -> Truth:
    """Kleene disjunction; NO for none."""
    result = Truth.NO
    for truth in truths:
        result = result | truth
        if result is Truth.YES:
            break
    return result
