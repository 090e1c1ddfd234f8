"""Which values of its key would make a condition hold, or stop holding?

Candidates come from what the condition wants (its values, their neighbours, something else altogether); whether
one does it is for the reference evaluator to say, so a wrong guess costs a look and is never an answer.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from rolecall.decision.reference.conditions import evaluate_condition, template_of
from rolecall.decision.reference.result import ElementResult, Setting
from rolecall.decision.repairs.changes import Kind, RequestChange, with_key
from rolecall.decision.repairs.keys import is_changeable
from rolecall.decision.request import Request
from rolecall.policy.arn import PARTS
from rolecall.policy.dates import parse_date
from rolecall.policy.document import Condition, Effect
from rolecall.policy.operators import (
    Base,
    Family,
    Operator,
    Quantifier,
    parse_network,
    parse_number,
    parse_operator,
)
from rolecall.policy.truth import Truth
from rolecall.policy.variables import resolve

MOST: Final = 3
FILLING: Final = "x"


def key_changes(
    condition: Condition, effect: Effect, request: Request, variables: bool, setting: Setting, want: Truth
) -> Iterator[RequestChange]:
    """Changes of the condition's key after which it answers `want`; at most a few, the likeliest first."""
    operator = parse_operator(condition.operator)
    if operator is None or not is_changeable(condition.key):
        return
    seen = request.context.get(condition.key)
    tried: set[tuple[str, ...] | None] = {seen}
    found = 0
    for values in _candidates(condition, operator, request, variables, setting, want):
        if values in tried or values == ():
            continue
        tried.add(values)
        changed = with_key(request, condition.key, values)
        result = evaluate_condition(condition, effect, changed.context, variables, setting)
        if result.truth is want:
            yield RequestChange(Kind.REMOVE_KEY if values is None else Kind.SET_KEY, condition.key, values)
            found += 1
            if found == MOST:
                return


def _candidates(
    condition: Condition,
    operator: Operator,
    request: Request,
    variables: bool,
    setting: Setting,
    want: Truth,
) -> Iterator[tuple[str, ...] | None]:
    context = request.context
    resolved = [
        resolve(template_of(value, operator, variables, setting.choices), context) for value in condition.values
    ]
    wanted = [each.text for each in resolved if each.text is not None]
    seen = context.get(condition.key) or ()
    singles = list(dict.fromkeys(near_values(operator.base, wanted, seen)))
    if operator.base.negated is (want is Truth.YES):
        # What is forbidden is best left out, where its absence is enough.
        yield None
    if operator.quantifier is not Quantifier.ONE or condition.key.lower() in context.multivalued:
        kept = tuple(value for value in seen if _alone(condition, request, variables, setting, value) is want)
        yield kept or None
        for value in singles:
            yield (*seen, value)
    for value in singles:
        yield (value,)
    yield None


def _alone(condition: Condition, request: Request, variables: bool, setting: Setting, value: str) -> Truth:
    changed = with_key(request, condition.key, (value,))
    result: ElementResult = evaluate_condition(condition, Effect.ALLOW, changed.context, variables, setting)
    return result.truth


def near_values(base: Base, wanted: Iterable[str], seen: Iterable[str]) -> Iterator[str]:
    """Single values that may be equal, near or different to what is wanted."""
    like = next(iter(seen), "")
    for text in wanted:
        yield from NEAR[base.family](text, like)
    yield from OTHERS[base.family]


def instance(pattern: str, like: str = "") -> str:
    """A text that the pattern matches: wildcards filled, by the end of `like` where there is only one."""
    if pattern.count("*") == 1 and like:
        head, _, tail = pattern.partition("*")
        filling = like.removeprefix(head)
        filling = filling.removesuffix(tail) if tail else filling
        return f"{head}{filling}{tail}".replace("?", FILLING)
    return pattern.replace("*", FILLING).replace("?", FILLING)


def arn_instance(pattern: str, like: str) -> str:
    """An ARN that the pattern matches, part by part as near to another one as it can be."""
    wanted, given = pattern.split(":", PARTS - 1), like.split(":", PARTS - 1)
    if len(wanted) != PARTS or len(given) != PARTS:
        return instance(pattern)
    return ":".join(
        theirs if part == "*" else part if "*" not in part and "?" not in part else instance(part, theirs)
        for part, theirs in zip(wanted, given, strict=True)
    )


def _strings(text: str, like: str) -> Iterator[str]:
    yield text
    if "*" in text or "?" in text:
        yield instance(text)
        yield instance(text, like)


def _numbers(text: str, like: str) -> Iterator[str]:
    bound = parse_number(text)
    for step in (0, -1, 1) if bound is not None else ():
        assert bound is not None
        yield _plain(bound + step)


def _plain(number: Decimal) -> str:
    return format(number.normalize(), "f")


def _dates(text: str, like: str) -> Iterator[str]:
    bound = parse_date(text)
    for step in (0, -1, 1) if bound is not None else ():
        assert bound is not None
        try:
            yield datetime.fromtimestamp(int(bound) + step, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError, OSError):
            yield _plain(bound + step)


def _addresses(text: str, like: str) -> Iterator[str]:
    network = parse_network(text)
    if network is None:
        return
    address = network.network_address
    yield str(address if network.num_addresses == 1 else address + 1)
    yield str(address)


def _arns(text: str, like: str) -> Iterator[str]:
    yield arn_instance(text, like)
    yield instance(text)


def _as_is(text: str, like: str) -> Iterator[str]:
    yield text


NEAR: Final[Mapping[Family, Callable[[str, str], Iterator[str]]]] = {
    Family.STRING: _strings,
    Family.NUMERIC: _numbers,
    Family.DATE: _dates,
    Family.BOOL: _as_is,
    Family.BINARY: _as_is,
    Family.IP: _addresses,
    Family.ARN: _arns,
    Family.NULL: _as_is,
}
# Something else altogether, readable as the type of the operator.
OTHERS: Final[Mapping[Family, tuple[str, ...]]] = {
    Family.STRING: ("another-value",),
    Family.NUMERIC: ("0", "1"),
    Family.DATE: ("2000-01-01T00:00:00Z", "2100-01-01T00:00:00Z"),
    Family.BOOL: ("true", "false"),
    Family.BINARY: (base64.b64encode(b"other").decode(),),
    Family.IP: (
        str(ipaddress.ip_address("192.0.2.1")),
        str(ipaddress.ip_address("198.51.100.1")),
        str(ipaddress.ip_address("2001:db8::1")),
    ),
    Family.ARN: ("arn:aws:iam::000000000000:role/another",),
    Family.NULL: ("any-value",),
}
