"""Policy variables: the table of cases, and that text put in is never read again."""

from __future__ import annotations

from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, field

from rolecall.decision.request import Context
from rolecall.policy.glob import compile_fragments
from rolecall.policy.variables import Resolution, Variable, parse_template, resolve

CASES = Path(__file__).parents[1] / "cases" / "variables"


class Case(Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    source: str
    value: str
    gives: str | None
    context: dict[str, str | list[str]] = field(default_factory=dict)
    multivalued: list[str] = field(default_factory=list)
    version: str = "2012-10-17"


def test_cases() -> None:
    for case in msgspec.yaml.decode((CASES / "variables.yaml").read_bytes(), type=list[Case]):
        context = Context(case.context, multivalued=case.multivalued)
        filled = resolve(parse_template(case.value, live=case.version == "2012-10-17"), context)
        assert filled.text == case.gives, case.name


@given(st.text())
def test_every_text_is_a_template(text: str) -> None:
    """Nothing is refused, and what is not live stays as it is."""
    parse_template(text)
    assert resolve(parse_template(text, live=False), Context({})).text == text


@given(st.text("a*?${}:", min_size=1), st.text("a*?${}:"))
def test_a_value_matches_itself_and_nothing_else(value: str, other: str) -> None:
    filled = resolve((Variable("aws:PrincipalTag/t"),), Context({"aws:PrincipalTag/t": value}))
    assert filled.fragments is not None
    assert compile_fragments(filled.fragments).matches(other) is (value == other)


def test_an_unknown_key_is_named_unless_another_variable_has_no_value() -> None:
    context = Context({}, unknown=["aws:PrincipalTag/*"])
    assert resolve(parse_template("${aws:PrincipalTag/t}"), context) == Resolution(None, ("aws:PrincipalTag/t",))
    assert resolve(parse_template("${aws:PrincipalTag/t}${aws:username}"), context) == Resolution(None)


def test_a_storm_of_beginnings_ends() -> None:
    assert len(parse_template("${" * 100_000)) == 1
    assert len(parse_template("${a" * 100_000)) == 1
