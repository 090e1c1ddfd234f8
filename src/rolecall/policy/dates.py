"""Dates in conditions: ISO 8601 in the W3C profile, or epoch seconds, as exact instants (SEMANTICS 4.7).

Python's datetime ends at the year 9999 and knows microseconds; IAM takes years beyond that and nine digits, so the
days are counted here.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from typing import Final

_EPOCH: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_ISO: Final = re.compile(
    r"(?P<year>[+-]?[0-9]{4,9})"
    r"(?:-(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?)?"
    r"(?:T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,30}))?)?"
    r"(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DAYS_IN_MONTH: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def parse_date(text: str, *, bare_is_epoch: bool = True) -> Decimal | None:
    """Seconds since 1970 in UTC, None for what is no date. Without `-` and `T` a text is epoch seconds."""
    if "-" not in text and "T" not in text and (bare_is_epoch or len(text) != 4):
        return Decimal(text) if _EPOCH.fullmatch(text) else None
    match = _ISO.fullmatch(text)
    if match is None or (match["hour"] and not match["day"]):
        return None
    year, month, day = int(match["year"]), int(match["month"] or 1), int(match["day"] or 1)
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if not 1 <= month <= 12 or not 1 <= day <= _days_in(year, month) or hour > 23 or minute > 59 or second > 59:
        return None
    offset = _zone(match["zone"] or "Z")
    if offset is None:
        return None
    whole = _days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset
    with localcontext(prec=60):
        return whole + Decimal(f"0.{match['fraction'] or 0}")


def _days_in(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap and month == 2 else _DAYS_IN_MONTH[month - 1]


def _zone(designator: str) -> int | None:
    """Seconds east of UTC."""
    if designator == "Z":
        return 0
    hours, minutes = int(designator[1:3]), int(designator[4:6])
    if hours > 23 or minutes > 59:
        return None
    return (hours * 3_600 + minutes * 60) * (-1 if designator[0] == "-" else 1)


def _days_since_1970(year: int, month: int, day: int) -> int:
    """Days of the proleptic Gregorian calendar: years are counted from March, so that leap days come last."""
    shifted = year - (month <= 2)
    days_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return shifted * 365 + shifted // 4 - shifted // 100 + shifted // 400 + days_of_year - 719_468
