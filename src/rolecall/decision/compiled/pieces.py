"""What compiling an element gives: when it holds for certain, when it may hold, and which unknown keys it names.

Without unknown keys the two are one node. Kleene's logic on pairs: a conjunction is certain when all are certain
and possible when all are possible; a negation swaps the two and negates them.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from rolecall.decision.compiled.nodes import Code
from rolecall.decision.request import Context


class Variant(Struct, frozen=True):
    """For which contexts code is compiled.

    spelled: some keys differ only by case, so lookups go by exact spelling. unknown: the declared unknown keys,
    as in Context; empty is the plain variant. multivalued: those of them that are typed as lists.
    """

    spelled: bool = False
    unknown: frozenset[str] = frozenset()
    multivalued: frozenset[str] = frozenset()

    def is_unknown(self, key: str) -> bool:
        return bool(self.unknown) and Context({}, unknown=self.unknown).is_unknown(key)


PLAIN: Final = Variant()
SPELLED: Final = Variant(spelled=True)


class Piece(Struct, frozen=True):
    """weight: roughly what it costs to run, so that cheap tests come first.

    keys: the unknown keys of an element that may be unknown; None when only a run can tell them.
    """

    certain: Code
    possible: Code
    weight: int = 1
    keys: tuple[str, ...] | None = ()

    @staticmethod
    def known(code: Code, weight: int = 1) -> Piece:
        return Piece(code, code, weight)

    @property
    def two_valued(self) -> bool:
        return self.certain is self.possible

    @property
    def always_unknown(self) -> bool:
        return self.certain is False and self.possible is True
