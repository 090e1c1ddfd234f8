"""Condition operators against the tables of cases, and the laws that join them."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from rolecall.policy.glob import Fragment
from rolecall.policy.operators import BASES, Family, Operator, Quantifier, holds, parse_operator
from rolecall.policy.truth import Truth
from rolecall.policy.variables import Resolution

CASES = Path(__file__).parents[1] / "cases"
TOPICS = ("operators", "missing-keys", "set-operators")


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    operator: str
    wanted: list[str]
    seen: list[str] | None
    holds: bool


def cases(topic: str) -> list[Case]:
    paths = sorted((CASES / topic).glob("*.yaml"))
    assert paths
    return [case for path in paths for case in msgspec.yaml.decode(path.read_bytes(), type=list[Case])]


def operator(name: str) -> Operator:
    found = parse_operator(name)
    assert found is not None, name
    return found


def plain(*values: str) -> tuple[Resolution, ...]:
    return tuple(Resolution((Fragment(value),)) for value in values)


@pytest.mark.parametrize("topic", TOPICS)
def test_cases(topic: str) -> None:
    for case in cases(topic):
        seen = None if case.seen is None else tuple(case.seen)
        assert holds(operator(case.operator), plain(*case.wanted), seen) is Truth.of(case.holds), case.name


def test_every_operator_has_a_case_with_its_key_and_without() -> None:
    shown = {
        operator(case.operator).base.name for case in cases("operators") + cases("set-operators") if case.seen
    }
    missing = {operator(case.operator).base.name for case in cases("missing-keys") if case.seen is None}
    names = {base.name for base in BASES.values()}
    assert shown == names
    assert missing == names


NOT_OPERATORS = (
    "",
    "StringMatches",
    "NullIfExists",
    "ForSomeValues:StringEquals",
    ":StringEquals",
    "ForAllValues:",
    "IfExists",
    "StringEqualsIfExistsIfExists",
    "ForAllValues:ForAnyValue:StringEquals",
    "NumericLike",
)


@pytest.mark.parametrize("name", NOT_OPERATORS)
def test_a_name_that_no_operator_has(name: str) -> None:
    assert parse_operator(name) is None


def test_names_are_read_and_written() -> None:
    for base in BASES.values():
        for quantifier in Quantifier:
            for if_exists in (False, True) if base.family is not Family.NULL else (False,):
                made = Operator(base, quantifier, if_exists)
                assert parse_operator(made.name) == made
                assert parse_operator(made.name.upper()) == made


texts = st.text("ab*", max_size=2)
present = st.lists(st.text("ab*", min_size=1, max_size=2), min_size=1).map(tuple)
sets = st.one_of(st.none(), st.lists(texts, max_size=3).map(tuple))


@given(
    st.lists(texts, max_size=3).map(tuple), st.lists(st.text("ab*", min_size=1, max_size=2), min_size=1).map(tuple)
)
def test_all_and_any_are_duals(wanted: tuple[str, ...], seen: tuple[str, ...]) -> None:
    """No value differs exactly when every value is equal."""
    every = holds(operator("ForAllValues:StringEquals"), plain(*wanted), seen)
    some_differs = holds(operator("ForAnyValue:StringNotEquals"), plain(*wanted), seen)
    assert every is ~some_differs


@given(st.sampled_from(sorted(BASES)), st.lists(texts, max_size=3), sets)
def test_if_exists_only_adds_absence(name: str, wanted: list[str], seen: tuple[str, ...] | None) -> None:
    base = BASES[name]
    if base.family is Family.NULL:
        return
    with_key = holds(Operator(base), plain(*wanted), seen)
    if_exists = holds(Operator(base, if_exists=True), plain(*wanted), seen)
    assert if_exists is (with_key if seen else Truth.YES)


odd = st.one_of(
    st.text(), st.sampled_from(["0x10", "1e9", "-0", "arn:", "::", "T", "-", "2020-02-30", "9" * 5000])
)


@given(st.sampled_from(sorted(BASES)), st.sampled_from(list(Quantifier)), st.lists(odd, max_size=3),
       st.lists(odd, max_size=3).map(tuple))  # fmt: skip
def test_no_value_is_too_odd(name: str, quantifier: Quantifier, wanted: list[str], seen: tuple[str, ...]) -> None:
    """Whatever the values, an operator answers yes or no."""
    assert holds(Operator(BASES[name], quantifier), plain(*wanted), seen) in (Truth.YES, Truth.NO)
