"""The time of a signature: its formats, and the window in which it is accepted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final

WINDOW: Final = timedelta(minutes=15)

_BASIC: Final = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", re.ASCII)
_EXTENDED: Final = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?Z", re.ASCII)


@lru_cache(maxsize=256)
def basic(moment: datetime) -> str:
    """20261123T213050Z, the form that is signed."""
    return moment.strftime("%Y%m%dT%H%M%SZ")


@lru_cache(maxsize=256)
def read_timestamp(text: str, *, http_date: bool) -> datetime | None:
    """The moment a header or parameter names: ISO 8601 basic or extended, in `Date` also RFC 1123."""
    found = _BASIC.fullmatch(text) or _EXTENDED.fullmatch(text)
    try:
        if found:
            year, month, day, hour, minute, second = map(int, found.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if http_date:
            moment = parsedate_to_datetime(text)
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return None


def too_old(signed: datetime, now: datetime) -> str | None:
    """The error text where `signed` lies before the window."""
    # Whole seconds, as the text prints them: otherwise it could say that a moment is earlier than itself.
    now = now.replace(microsecond=0)
    earliest = now - WINDOW
    if signed >= earliest:
        return None
    return (
        f"Signature expired: {basic(signed)} is now earlier than {basic(earliest)} "
        f"({basic(now)} - {_minutes()} min.)"
    )


def too_new(signed: datetime, now: datetime) -> str | None:
    """The error text where `signed` lies after the window."""
    now = now.replace(microsecond=0)
    latest = now + WINDOW
    if signed <= latest:
        return None
    return (
        f"Signature not yet current: {basic(signed)} is still later than {basic(latest)} "
        f"({basic(now)} + {_minutes()} min.)"
    )


def _minutes() -> int:
    return int(WINDOW.total_seconds()) // 60
