"""Dates in conditions: ISO 8601 or epoch seconds, as exact instants (SEMANTICS 1.2, 4.7).

Reads whatever IAM stores: the W3C profile, and what its writer takes beyond that (one digit for a month or an
hour, `t` and `z`, a zone of hours alone). A Deny whose date IAM stored must not fall silent here.

Python's datetime ends at the year 9999 and knows microseconds; IAM takes years beyond that and nine digits, so the
days are counted here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, localcontext
from typing import Final

_EPOCH: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_ISO: Final = re.compile(
    r"(?P<year>-?[0-9]{1,9})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?"
    r"(?:t(?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})"
    r"(?:\.(?P<fraction>[0-9]{1,30}))?)?"
    r"(?:z|(?P<east>[+-])(?P<zone_hour>[0-9]{2})(?::(?P<zone_minute>[0-9]{2}))?)?)?)?)?"
)
# What a part is when it is left out, and what IAM lets it be: every month may have 31 days.
_PARTS: Final[Mapping[str, tuple[int, int, int]]] = {
    #               default  least  greatest
    "year":        (1970, -292_275_054, 292_278_993),
    "month":       (1, 1, 12),
    "day":         (1, 1, 31),
    "hour":        (0, 0, 23),
    "minute":      (0, 0, 59),
    "second":      (0, 0, 59),
    "zone_hour":   (0, 0, 23),
    "zone_minute": (0, 0, 59),
}  # fmt: skip


def is_epoch(text: str) -> bool:
    """Whether IAM reads the text as epoch seconds: it has neither `-` nor `T`."""
    return "-" not in text and "t" not in text.lower()


def parse_date(text: str, *, bare_is_epoch: bool = True) -> Decimal | None:
    """Seconds since 1970 in UTC, None for what is no date."""
    if is_epoch(text) and (bare_is_epoch or len(text) != 4):
        return Decimal(text) if _EPOCH.fullmatch(text) else None
    match = _ISO.fullmatch(text.lower())
    if match is None:
        return None
    part: dict[str, int] = {}
    for name, (default, least, greatest) in _PARTS.items():
        part[name] = default if match[name] is None else int(match[name])
        if not least <= part[name] <= greatest:
            return None
    zone = part["zone_hour"] * 3_600 + part["zone_minute"] * 60
    seconds = part["hour"] * 3_600 + part["minute"] * 60 + part["second"]
    days = _days_since_1970(part["year"], part["month"], part["day"])
    whole = days * 86_400 + seconds - (-zone if match["east"] == "-" else zone)
    with localcontext(prec=60):
        return whole + Decimal(f"0.{match['fraction'] or 0}")


def fraction_digits(text: str) -> int:
    """How many digits the fraction of a second has."""
    match = _ISO.fullmatch(text.lower())
    return len(match["fraction"] or "") if match else 0


def _days_since_1970(year: int, month: int, day: int) -> int:
    """Days of the proleptic Gregorian calendar: years are counted from March, so that leap days come last. A day
    that the month lacks falls into the next one."""
    shifted = year - (month <= 2)
    days_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + days_of_year - 719_468
