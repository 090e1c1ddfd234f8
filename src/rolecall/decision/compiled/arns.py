"""ARN patterns as regular expressions over the whole ARN, part by part (SEMANTICS 3 and 4.11).

In the first five parts a wildcard stands for characters other than the colon, in the sixth for any. So one
expression over the whole text asks what six over its parts would.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Final

from rolecall.decision.compiled.patterns import ANYTHING, INSIDE_A_PART, expression
from rolecall.policy.arn import PARTS, split_fragments
from rolecall.policy.glob import Fragment, compile_fragments, matches

ACCOUNT_PART: Final = 4
# The parts of a text that is no ARN: equal to none of any pattern.
NO_ARN: Final = (None, None, None, None, None, "")
_SPELLINGS: Final = tuple("".join(letters) for letters in itertools.product("aA", "rR", "nN"))


def fold_head(arn: str) -> str:
    """An ARN with partition, service and region in lower case, as they compare; `*` and other texts as they are.

    A text that is no ARN stays none, and no pattern with its five colons matches one with fewer.
    """
    parts = arn.split(":", ACCOUNT_PART)
    if len(parts) <= ACCOUNT_PART:
        return arn
    # Part by part: how Python lowers a sigma depends on what stands around it.
    return ":".join((*(part.lower() for part in parts[:-1]), parts[-1]))


def fold_parts(parts: Sequence[str]) -> tuple[str, ...] | None:
    """The first five parts of a resource pattern as they compare, `arn` the first; None when no ARN matches."""
    if not matches(parts[0].lower(), "arn"):
        return None
    return ("arn", *(part.lower() for part in parts[1:ACCOUNT_PART]), parts[ACCOUNT_PART])


def head_expression(head: Sequence[str]) -> str:
    """The expression of folded parts and the colon behind."""
    return ":".join((*(expression((Fragment(part),), INSIDE_A_PART) for part in head), ""))


def value_expression(fragments: Sequence[Fragment]) -> str | None:
    """The expression of a value of an ARN operator, which minds case throughout; None when no ARN equals it."""
    parts = split_fragments(fragments)
    if len(parts) < PARTS:
        return None
    first = compile_fragments(parts[0])
    spellings = [spelling for spelling in _SPELLINGS if first.matches(spelling)]
    if not spellings:
        return None
    inside = [expression(part, INSIDE_A_PART) for part in parts[1:-1]]
    return ":".join((f"(?:{'|'.join(spellings)})", *inside, expression(parts[-1], ANYTHING)))
