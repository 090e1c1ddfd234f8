"""Would IAM's older parser take it? The stage that answers "The policy failed legacy parsing" (SEMANTICS 1.2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rolecall.policy import resource_rules
from rolecall.policy.dates import fraction_digits, is_epoch, parse_date
from rolecall.policy.operators import Family, parse_operator
from rolecall.policy.syntax_rules import EFFECTS, Statement, listed

LONGEST_FRACTION: Final = 9
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
    """Whether IAM stores the value as a date: ISO 8601 in its loose reading, or whole epoch seconds."""
    text = str(value)
    if is_epoch(text):
        return text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= MOST_EPOCH
    return parse_date(text) is not None and fraction_digits(text) <= LONGEST_FRACTION
