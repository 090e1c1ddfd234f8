"""Would IAM's older parser take it? The stage that answers "The policy failed legacy parsing" (SEMANTICS 1.2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from rolecall.policy import resource_rules
from rolecall.policy.operators import Family, parse_operator
from rolecall.policy.syntax_rules import EFFECTS, Statement, listed

# IAM takes years of any length and sign, and single digits; a bare number is epoch time (SEMANTICS 4.7).
ISO_DATE: Final = re.compile(
    r"(?P<year>-?[0-9]+)(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?"
    r"(?:t(?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})(?:\.[0-9]{1,9})?)?"
    r"(?:z|[+-](?P<zone_hour>[0-9]{2})(?::(?P<zone_minute>[0-9]{2}))?)?)?)?)?"
)
DATE_RANGES: Final = {
    "year": (-292275054, 292278993),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 23),
    "minute": (0, 59),
    "second": (0, 59),
    "zone_hour": (0, 23),
    "zone_minute": (0, 59),
}
MOST_EPOCH: Final = 9223372036854775807


def fails(statements: Sequence[Statement]) -> bool:
    """Whether a statement has an Effect of the wrong case, a date that is none, or an ARN of no known shape."""
    if any(statement["Effect"] not in EFFECTS or not _has_dates(statement) for statement in statements):
        return True
    for element in ("Resource", "NotResource"):
        for statement in statements:
            resources = listed(statement.get(element, []))
            # A format error seen before hides what this parser would say of later resources.
            if resource_rules.first_error(resources) is not None:
                return False
            if not all(map(resource_rules.passes_legacy_parsing, resources)):
                return True
    return False


def _has_dates(statement: Statement) -> bool:
    """Whether every value under a Date operator is one."""
    for name, keys in statement.get("Condition", {}).items():
        operator = parse_operator(name)
        if operator is None or operator.base.family is not Family.DATE:
            continue
        if not all(is_date(value) for held in keys.values() for value in listed(held)):
            return False
    return True


def is_date(value: Any) -> bool:
    """Whether IAM stores the value as a date: ISO 8601 in its loose reading, or epoch seconds."""
    text = str(value).lower()
    if "t" not in text and "-" not in text:
        return text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= MOST_EPOCH
    parts = ISO_DATE.fullmatch(text)
    if parts is None or len(parts["year"]) > 10:
        return False
    return all(
        low <= int(found) <= high
        for name, (low, high) in DATE_RANGES.items()
        if (found := parts[name]) is not None
    )
