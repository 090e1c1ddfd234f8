"""Amazon Resource Names: six parts, cut at the first five colons; the sixth keeps all that follow.

Answers how an ARN of a policy is cut and padded (SEMANTICS 3.1, 3.7) and matches a request's, part by part.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from rolecall.policy.document import PolicyType
from rolecall.policy.glob import Fragment, compile_fragments, matches

PARTS: Final = 6


class Arn(Struct, frozen=True):
    """`arn:partition:service:region:account:resource`."""

    partition: str
    service: str
    region: str
    account: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account}:{self.resource}"


def split_arn(text: str) -> tuple[str, ...] | None:
    """The six parts of an ARN, None when the text is none."""
    parts = tuple(text.split(":", PARTS - 1))
    return parts if len(parts) == PARTS and parts[0].lower() == "arn" else None


def parse_arn(text: str) -> Arn | None:
    """The ARN that the text spells, None when it spells none."""
    parts = split_arn(text)
    return None if parts is None else Arn(*parts[1:])


class ShortArn(enum.Enum):
    """What becomes of a policy's ARN with fewer than six parts (SEMANTICS 3.7)."""

    PADDED = "missing parts are taken as *"
    PADDED_IF_WILD = "missing parts are taken as * if the ARN has a wildcard, else it matches nothing"
    REFUSED_UNLESS_WILD = "missing parts are taken as * if the ARN has a wildcard, else the policy is refused"
    REFUSED = "the policy is refused"


SHORT_ARNS: Final[Mapping[PolicyType, ShortArn]] = {
    PolicyType.IDENTITY: ShortArn.PADDED,
    PolicyType.BOUNDARY: ShortArn.PADDED,
    PolicyType.SESSION: ShortArn.PADDED,
    PolicyType.SCP: ShortArn.REFUSED_UNLESS_WILD,
    PolicyType.RCP: ShortArn.REFUSED,
    PolicyType.RESOURCE: ShortArn.PADDED_IF_WILD,
    PolicyType.TRUST: ShortArn.PADDED_IF_WILD,
    PolicyType.ENDPOINT: ShortArn.PADDED_IF_WILD,
}


def looks_like_arn_pattern(text: str) -> bool:
    """Whether a Resource entry other than `*` is meant as an ARN: its first part can be `arn`."""
    head, colon, _ = text.partition(":")
    return bool(colon) and matches(head.lower(), "arn")


def has_wildcard(text: str) -> bool:
    return "*" in text or "?" in text


def split_pattern(text: str, short: ShortArn) -> tuple[str, ...] | None:
    """The six parts of a policy's Resource entry, padded as its policy type wants; None matches nothing."""
    parts = tuple(text.split(":", PARTS - 1))
    if len(parts) == PARTS:
        return parts
    padded = short is ShortArn.PADDED or (short is not ShortArn.REFUSED and has_wildcard(text))
    return parts + ("*",) * (PARTS - len(parts)) if padded else None


def split_fragments(fragments: Sequence[Fragment]) -> tuple[tuple[Fragment, ...], ...]:
    """Cut a pattern at its first five colons, whether they were written or put in for a variable."""
    parts: list[list[Fragment]] = [[]]
    for fragment in fragments:
        first, *others = fragment.text.split(":", PARTS - len(parts))
        parts[-1].append(Fragment(first, fragment.live))
        parts.extend([Fragment(other, fragment.live)] for other in others)
    return tuple(map(tuple, parts))


def fragments_match_arn(fragments: Sequence[Fragment], text: str, *, pad: bool = False) -> bool:
    """Whether a condition value of an ARN operator equals a request's ARN (SEMANTICS 4.11)."""
    seen = split_arn(text)
    if seen is None:
        return False
    wanted = split_fragments(fragments)
    if len(wanted) < PARTS and pad:
        wanted += ((Fragment("*"),),) * (PARTS - len(wanted))
    return len(wanted) == PARTS and all(
        compile_fragments(pattern).matches(part) for pattern, part in zip(wanted, seen, strict=True)
    )
