"""What a condition operator says of one request value, with the policy's values read once (SEMANTICS 4.5 to 4.11).

One row per base operator, as `policy.operators` has them; here the policy's side is prepared when compiling, and
what a request repeats (numbers, dates, addresses) is read through a small cache.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import eq, ge, gt, le, lt
from typing import Final

from rolecall.decision.compiled.arns import value_expression
from rolecall.decision.compiled.patterns import LONGEST, Test, test_of, whole
from rolecall.policy.arn import fragments_match_arn
from rolecall.policy.dates import parse_date
from rolecall.policy.glob import Fragment
from rolecall.policy.operators import (
    Base,
    Family,
    Network,
    parse_binary,
    parse_bool,
    parse_network,
    parse_number,
)

Values = Sequence[tuple[Fragment, ...]]
Says = Callable[[str], object]

# Longer texts are read each time, so that the caches hold little.
_WORTH_KEEPING: Final = 64

_cached_number: Final = functools.lru_cache(4_096)(parse_number)
_cached_date: Final = functools.lru_cache(4_096)(parse_date)
_cached_network: Final = functools.lru_cache(4_096)(parse_network)


def _number(text: str) -> Decimal | None:
    return _cached_number(text) if len(text) <= _WORTH_KEEPING else parse_number(text)


def _date(text: str) -> Decimal | None:
    return _cached_date(text) if len(text) <= _WORTH_KEEPING else parse_date(text)


def text_of(value: Sequence[Fragment]) -> str:
    return "".join(fragment.text for fragment in value)


def _nothing(_: str) -> bool:
    return False


def _same_text(values: Values) -> Says:
    return frozenset(map(text_of, values)).__contains__


def _same_folded(values: Values) -> Says:
    wanted = frozenset(text_of(value).lower() for value in values)
    return lambda text: text.lower() in wanted


def _like(values: Values) -> Says:
    return test_of(values)


def _arn_like(values: Values) -> Says:
    short = [value for value in values if len(text_of(value)) <= LONGEST]
    long = [value for value in values if len(text_of(value)) > LONGEST]
    expressions = [found for value in short if (found := value_expression(value)) is not None]
    test: Test = whole(expressions) if expressions else _nothing
    if not long:
        return test
    return lambda text: test(text) or any(fragments_match_arn(value, text) for value in long)


def _ordered(
    read: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]
) -> Callable[[Values], Says]:
    def prepare(values: Values) -> Says:
        bounds = [bound for value in values if (bound := read(text_of(value))) is not None]
        if len(bounds) == 1:
            return functools.partial(_one_bound, read, compare, bounds[0])

        def says(text: str) -> bool:
            value = read(text)
            return value is not None and any(compare(value, bound) for bound in bounds)

        return says

    return prepare


def _one_bound(
    read: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool], bound: Decimal, text: str
) -> bool:
    value = read(text)
    return value is not None and compare(value, bound)


def _bool(values: Values) -> Says:
    wanted = frozenset(parse_bool(text_of(value)) for value in values) - {None}
    return lambda text: parse_bool(text) in wanted


def _binary(values: Values) -> Says:
    wanted = frozenset(parse_binary(text_of(value)) for value in values) - {None}
    return lambda text: parse_binary(text) in wanted


def _in_network(values: Values) -> Says:
    networks = [network for value in values if (network := parse_network(text_of(value))) is not None]
    ranges = [(each.version, int(each.network_address), int(each.broadcast_address)) for each in networks]

    def says(text: str) -> bool:
        address = None if "/" in text else _address(text)
        if address is None:
            return False
        version, number = address
        return any(version == each and low <= number <= high for each, low, high in ranges)

    return says


def _address(text: str) -> tuple[int, int] | None:
    network: Network | None = _cached_network(text) if len(text) <= _WORTH_KEEPING else None
    return None if network is None else (network.version, int(network.network_address))


PREPARE: Final[Mapping[str, Callable[[Values], Says]]] = {
    "StringEquals": _same_text,
    "StringNotEquals": _same_text,
    "StringEqualsIgnoreCase": _same_folded,
    "StringNotEqualsIgnoreCase": _same_folded,
    "StringLike": _like,
    "StringNotLike": _like,
    "NumericEquals": _ordered(_number, eq),
    "NumericNotEquals": _ordered(_number, eq),
    "NumericLessThan": _ordered(_number, lt),
    "NumericLessThanEquals": _ordered(_number, le),
    "NumericGreaterThan": _ordered(_number, gt),
    "NumericGreaterThanEquals": _ordered(_number, ge),
    "DateEquals": _ordered(_date, eq),
    "DateNotEquals": _ordered(_date, eq),
    "DateLessThan": _ordered(_date, lt),
    "DateLessThanEquals": _ordered(_date, le),
    "DateGreaterThan": _ordered(_date, gt),
    "DateGreaterThanEquals": _ordered(_date, ge),
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _in_network,
    "NotIpAddress": _in_network,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "ArnNotEquals": _arn_like,
    "ArnNotLike": _arn_like,
}

# What reads an operand, where one that cannot be read makes a negated operator say no (SEMANTICS 4.6, 4.7).
_READERS: Final[Mapping[Family, Callable[[str], object]]] = {Family.NUMERIC: _number, Family.DATE: _date}


def equal_to(base: Base, values: Values) -> Says:
    """Whether a request value equals one of the policy's, as this operator without its negation understands it."""
    return PREPARE[base.name](values) if values else _nothing


def says_of(base: Base, values: Values) -> Says:
    """What the operator says of one request value, negation included."""
    equal = equal_to(base, values)
    if not base.negated:
        return equal
    read = _READERS.get(base.family)
    if read is None or not values:
        return lambda text: not equal(text)
    if any(read(text_of(value)) is None for value in values):
        return _nothing
    return lambda text: read(text) is not None and not equal(text)


def every_value(says: Says, seen: str | tuple[str, ...]) -> bool:
    """ForAllValues: every value, and a set of nothing but empty strings is a null set (SEMANTICS 4.4)."""
    if isinstance(seen, str):
        return bool(says(seen)) or not seen
    return all(map(says, seen)) or is_blank(seen)


def some_value(says: Says, seen: str | tuple[str, ...]) -> bool:
    """ForAnyValue."""
    return bool(says(seen)) if isinstance(seen, str) else any(map(says, seen))


def is_blank(seen: str | tuple[str, ...]) -> bool:
    """Whether there is nothing but empty strings."""
    return not seen if isinstance(seen, str) else not any(seen)
