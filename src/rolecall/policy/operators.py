"""Condition operators: what each compares, and what it says of a key that is absent, single or many.

SEMANTICS 4. An operator is a product: base x set operator x IfExists. The bases are a table; the answers for an
absent key are a table; the rest is three short functions. Values arrive with their variables filled in.
"""

from __future__ import annotations

import base64
import binascii
import enum
import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from rolecall.policy.arn import fragments_match_arn
from rolecall.policy.dates import parse_date
from rolecall.policy.glob import Fragment, compile_fragments
from rolecall.policy.open_points import OURS, Choices
from rolecall.policy.truth import Truth, every, some
from rolecall.policy.variables import Resolution

Wanted = tuple[Fragment, ...]


class Same(enum.Enum):
    """What comparing one policy value with one request value says; INVALID: an operand cannot be read."""

    YES = "yes"
    NO = "no"
    INVALID = "invalid"

    @staticmethod
    def of(value: bool) -> Same:
        return Same.YES if value else Same.NO


class Quantifier(enum.Enum):
    ONE = ""
    ALL = "ForAllValues"
    ANY = "ForAnyValue"


class Family(enum.Enum):
    """The type an operator reads its operands as."""

    STRING = "string"
    NUMERIC = "numeric"
    DATE = "date"
    BOOL = "bool"
    BINARY = "binary"
    IP = "ip"
    ARN = "arn"
    NULL = "null"


class Base(Struct, frozen=True):
    """An operator without its set operator and IfExists. same: policy value, request value, choices."""

    name: str
    family: Family
    same: Callable[[Wanted, str, Choices], Same]
    negated: bool = False


class Operator(Struct, frozen=True):
    base: Base
    quantifier: Quantifier = Quantifier.ONE
    if_exists: bool = False

    @property
    def name(self) -> str:
        """As AWS writes it."""
        prefix = f"{self.quantifier.value}:" if self.quantifier is not Quantifier.ONE else ""
        return f"{prefix}{self.base.name}{'IfExists' if self.if_exists else ''}"


def _text(wanted: Wanted) -> str:
    return "".join(fragment.text for fragment in wanted)


def _equal(wanted: Wanted, seen: str, _: Choices) -> Same:
    return Same.of(_text(wanted) == seen)


def _equal_folded(wanted: Wanted, seen: str, _: Choices) -> Same:
    return Same.of(_text(wanted).lower() == seen.lower())


def _like(wanted: Wanted, seen: str, _: Choices) -> Same:
    return Same.of(compile_fragments(wanted).matches(seen))


def _arn_like(wanted: Wanted, seen: str, choices: Choices) -> Same:
    return Same.of(fragments_match_arn(wanted, seen, pad=not choices.short_arn_in_condition_is_unequal))


# Integers or decimals and nothing behind them; exact, so that 0.1 is 0.1.
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def parse_number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _numeric(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[Wanted, str, Choices], Same]:
    def same(wanted: Wanted, seen: str, _: Choices) -> Same:
        bound, value = parse_number(_text(wanted)), parse_number(seen)
        return Same.INVALID if bound is None or value is None else Same.of(compare(value, bound))

    return same


def _date(compare: Callable[[Decimal, Decimal], bool]) -> Callable[[Wanted, str, Choices], Same]:
    def same(wanted: Wanted, seen: str, choices: Choices) -> Same:
        epoch = choices.epoch_wins_over_year
        bound, value = parse_date(_text(wanted), bare_is_epoch=epoch), parse_date(seen, bare_is_epoch=epoch)
        return Same.INVALID if bound is None or value is None else Same.of(compare(value, bound))

    return same


def parse_bool(text: str) -> bool | None:
    return {"true": True, "false": False}.get(text.lower())


def _bool(wanted: Wanted, seen: str, _: Choices) -> Same:
    bound, value = parse_bool(_text(wanted)), parse_bool(seen)
    return Same.INVALID if bound is None or value is None else Same.of(bound is value)


def parse_binary(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        return None


def _binary(wanted: Wanted, seen: str, _: Choices) -> Same:
    bound, value = parse_binary(_text(wanted)), parse_binary(seen)
    return Same.INVALID if bound is None or value is None else Same.of(bound == value)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NETWORK: Final = re.compile(r"[0-9A-Fa-f.:]{2,45}(?:/[0-9]{1,3})?")
_MAPPED: Final = ipaddress.IPv6Network("::ffff:0:0/96")


def parse_network(text: str, mapped_is_ipv4: bool = True) -> Network | None:
    """An address or range; one without a prefix holds one address, host bits are masked."""
    if not _NETWORK.fullmatch(text):
        return None
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None
    if mapped_is_ipv4 and isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        return ipaddress.IPv4Network((int(network.network_address) & 0xFFFFFFFF, network.prefixlen - 96))
    return network


def _in_network(wanted: Wanted, seen: str, choices: Choices) -> Same:
    bound = parse_network(_text(wanted), choices.mapped_ipv6_is_ipv4)
    value = parse_network(seen, choices.mapped_ipv6_is_ipv4) if "/" not in seen else None
    if bound is None or value is None or bound.version != value.version:
        return Same.NO
    return Same.of(value.network_address in bound)


def _says_absent(wanted: Wanted, _seen: str, _: Choices) -> Same:
    """Null: a value `false` is met by every key that is there."""
    said = parse_bool(_text(wanted))
    return Same.INVALID if said is None else Same.of(said is False)


BASES: Final = {
    base.name.lower(): base
    for base in (
        #    name                         family           same value?                         negated
        Base("StringEquals",              Family.STRING,   _equal),
        Base("StringNotEquals",           Family.STRING,   _equal,                             True),
        Base("StringEqualsIgnoreCase",    Family.STRING,   _equal_folded),
        Base("StringNotEqualsIgnoreCase", Family.STRING,   _equal_folded,                      True),
        Base("StringLike",                Family.STRING,   _like),
        Base("StringNotLike",             Family.STRING,   _like,                              True),
        Base("NumericEquals",             Family.NUMERIC,  _numeric(Decimal.__eq__)),
        Base("NumericNotEquals",          Family.NUMERIC,  _numeric(Decimal.__eq__),           True),
        Base("NumericLessThan",           Family.NUMERIC,  _numeric(Decimal.__lt__)),
        Base("NumericLessThanEquals",     Family.NUMERIC,  _numeric(Decimal.__le__)),
        Base("NumericGreaterThan",        Family.NUMERIC,  _numeric(Decimal.__gt__)),
        Base("NumericGreaterThanEquals",  Family.NUMERIC,  _numeric(Decimal.__ge__)),
        Base("DateEquals",                Family.DATE,     _date(Decimal.__eq__)),
        Base("DateNotEquals",             Family.DATE,     _date(Decimal.__eq__),              True),
        Base("DateLessThan",              Family.DATE,     _date(Decimal.__lt__)),
        Base("DateLessThanEquals",        Family.DATE,     _date(Decimal.__le__)),
        Base("DateGreaterThan",           Family.DATE,     _date(Decimal.__gt__)),
        Base("DateGreaterThanEquals",     Family.DATE,     _date(Decimal.__ge__)),
        Base("Bool",                      Family.BOOL,     _bool),
        Base("BinaryEquals",              Family.BINARY,   _binary),
        Base("IpAddress",                 Family.IP,       _in_network),
        Base("NotIpAddress",              Family.IP,       _in_network,                        True),
        Base("ArnEquals",                 Family.ARN,      _arn_like),
        Base("ArnLike",                   Family.ARN,      _arn_like),
        Base("ArnNotEquals",              Family.ARN,      _arn_like,                          True),
        Base("ArnNotLike",                Family.ARN,      _arn_like,                          True),
        Base("Null",                      Family.NULL,     _says_absent),
    )
}  # fmt: skip

# What a condition says when the request lacks its key (SEMANTICS 4.2).
ABSENT: Final = {
    (quantifier, if_exists, negated): quantifier is Quantifier.ALL
    or if_exists
    or (quantifier is Quantifier.ONE and negated)
    for quantifier in Quantifier
    for if_exists in (False, True)
    for negated in (False, True)
}

_QUANTIFIERS: Final = {each.value.lower(): each for each in Quantifier if each.value}


def parse_operator(name: str) -> Operator | None:
    """The operator of this name in any case; None for a name that no operator has."""
    prefix, colon, rest = name.lower().rpartition(":")
    quantifier = _QUANTIFIERS.get(prefix) if colon else Quantifier.ONE
    if quantifier is None:
        return None
    if_exists = rest.endswith("ifexists")
    base = BASES.get(rest.removesuffix("ifexists"))
    # IfExists cannot be combined with Null: asking whether a key exists, if it exists, asks nothing.
    if base is None or (if_exists and base.family is Family.NULL):
        return None
    return Operator(base, quantifier, if_exists)


def takes_variables(operator: Operator, choices: Choices = OURS) -> bool:
    """Whether `${…}` is live in this operator's values."""
    match operator.base.family:
        case Family.STRING | Family.ARN:
            return True
        case Family.BOOL:
            return choices.bool_takes_variables
    return False


def holds(
    operator: Operator,
    wanted: Sequence[Resolution],
    seen: tuple[str, ...] | None,
    choices: Choices = OURS,
) -> Truth:
    """Whether a condition holds for the values `seen` under its key (None or empty: the key is absent)."""
    if not seen:
        return _when_absent(operator, wanted, choices)

    def one(value: str) -> Truth:
        return _one(operator.base, wanted, value, choices)

    match operator.quantifier:
        case Quantifier.ALL:
            if choices.all_empty_strings_are_a_null_set and not any(seen):
                return Truth.YES
            return every(map(one, seen))
        case Quantifier.ANY:
            return some(map(one, seen))
        case Quantifier.ONE:
            if len(seen) == 1 or operator.base.family is Family.NULL:
                return one(seen[0])
            return Truth.NO if choices.plain_operator_needs_one_value else some(map(one, seen))


def _when_absent(operator: Operator, wanted: Sequence[Resolution], choices: Choices) -> Truth:
    if operator.base.family is Family.NULL and operator.quantifier is Quantifier.ONE:
        return Truth.of(any(parse_bool(each.text or "") is True for each in wanted))
    if operator.quantifier is Quantifier.ANY and operator.if_exists:
        return Truth.of(choices.any_value_if_exists_holds_when_absent)
    return Truth.of(ABSENT[operator.quantifier, operator.if_exists, operator.base.negated])


def _one(base: Base, wanted: Sequence[Resolution], value: str, choices: Choices) -> Truth:
    """One request value against all policy values: OR of them, NOR for a negated operator.

    The negation belongs to each value: ForAllValues:StringNotEquals asks "is every value different", not "is it
    untrue that every value is equal". A value with a variable that has no value equals nothing.
    """
    answers = list(_compare(base, wanted, value, choices))
    if base.negated and Same.INVALID in answers and choices.invalid_operand_never_matches:
        return Truth.NO
    equal = some(answer if isinstance(answer, Truth) else Truth.of(answer is Same.YES) for answer in answers)
    return ~equal if base.negated else equal


def _compare(base: Base, wanted: Sequence[Resolution], value: str, choices: Choices) -> Iterator[Same | Truth]:
    for each in wanted:
        if each.fragments is not None:
            yield base.same(each.fragments, value, choices)
        elif each.unknown:
            yield Truth.UNKNOWN
