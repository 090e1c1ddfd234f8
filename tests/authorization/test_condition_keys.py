"""The values of SageMaker's condition keys (cases/authorization/condition_keys.yaml), and how they combine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from authorization.plain import call, ports, studio_caller
from rolecall import catalog
from rolecall.authorization.condition_keys import Seen, combinations
from rolecall.authorization.requirements import expand

CASES = Path(__file__).parent.parent / "cases" / "authorization" / "condition_keys.yaml"


def folded(context: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    return {key.lower(): tuple(value) if isinstance(value, list) else (value,) for key, value in context.items()}


@pytest.mark.parametrize("case", yaml.safe_load(CASES.read_text()), ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    caller = studio_caller(**case["studio"]) if "studio" in case else None
    asked = call("sagemaker", case["operation"], case["parameters"], caller)
    checks = expand(asked, ports(state=case.get("state")), catalog.load())
    action = f"sagemaker:{case['operation']}"
    first = checks[0].request.resource.arn
    contexts = [
        {key: value for key, value in check.request.context.values.items() if key.startswith("sagemaker:")}
        for check in checks
        if check.request.action == action and check.request.resource.arn == first
    ]
    assert contexts == [folded(context) for context in case["contexts"]]
    for context in case["contexts"]:
        lists = {key.lower() for key, value in context.items() if isinstance(value, list)}
        assert lists <= checks[0].request.context.multivalued


def test_a_value_of_the_request_meets_every_element_of_a_list() -> None:
    found = [
        Seen("k:Limit", (), "10"),
        Seen("k:Model", (("V[]", 0),), "a"),
        Seen("k:Model", (("V[]", 1),), "b"),
        Seen("k:Limit", (("V[]", 1),), "20"),
    ]
    assert combinations(found) == [
        {"k:Limit": "10", "k:Model": "a"},
        {"k:Limit": "10", "k:Model": "b"},
        {"k:Limit": "20", "k:Model": "b"},
    ]


def test_lists_that_have_nothing_in_common_meet_in_every_pair() -> None:
    found = [
        Seen("k:A", (("X[]", 0),), "1"),
        Seen("k:A", (("X[]", 1),), "2"),
        Seen("k:B", (("Y[]", 0),), "3"),
    ]
    assert combinations(found) == [{"k:A": "1", "k:B": "3"}, {"k:A": "2", "k:B": "3"}]


def test_nothing_found_is_one_context_without_keys() -> None:
    assert combinations([]) == [{}]


places = st.lists(st.tuples(st.sampled_from(["A[]", "B[]"]), st.integers(0, 2)), max_size=2).map(tuple)


@given(
    st.lists(st.builds(Seen, st.sampled_from(["k:a", "k:b", "k:c"]), places, st.sampled_from("xyz")), max_size=6)
)
def test_every_value_is_in_some_combination_and_no_other_value_is(found: list[Seen]) -> None:
    """A value that no context holds would be a condition that nobody checks."""
    made = combinations(found)
    held = {(key, text) for context in made for key, text in context.items()}
    assert held == {(one.key, one.text) for one in found}
    assert all(made.count(context) == 1 for context in made)
