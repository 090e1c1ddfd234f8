"""What management policies say together: the examples of the User Guide, and laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.services.organizations.inheritance import effective


def tag(**operators: Any) -> dict[str, Any]:
    return {"tags": {"CostCenter": {"tag_value": {f"@@{name}": value for name, value in operators.items()}}}}


def values(*levels: dict[str, Any]) -> Any:
    return effective([[level] for level in levels]).get("tags", {}).get("CostCenter", {}).get("tag_value")


# Organizations User Guide, "Inheritance operators" and "Inheritance examples".
@pytest.mark.parametrize(
    ("levels", "seen"),
    [
        ([tag(assign=["1"]), tag(assign=["2"])], ["2"]),
        ([tag(assign=["1"]), tag(append=["2"])], ["1", "2"]),
        ([tag(assign=["1", "2"]), tag(remove=["1"])], ["2"]),
        ([tag(assign=["1"], operators_allowed_for_child_policies=["@@none"]), tag(assign=["2"])], ["1"]),
        ([tag(assign=["1"], operators_allowed_for_child_policies=["@@append"]), tag(assign=["2"])], ["1"]),
        ([tag(assign=["1"], operators_allowed_for_child_policies=["@@append"]), tag(append=["2"])], ["1", "2"]),
        ([tag(append=["1"])], ["1"]),
    ],
)
def test_operators(levels: list[dict[str, Any]], seen: list[str]) -> None:
    assert values(*levels) == seen


def test_what_is_forbidden_above_stays_forbidden_below() -> None:
    closed = {
        "services": {
            "@@operators_allowed_for_child_policies": ["@@none"],
            "default": {"opt_out_policy": {"@@assign": "optOut"}},
        }
    }
    opened = {
        "services": {
            "@@operators_allowed_for_child_policies": ["@@all"],
            "default": {"opt_out_policy": {"@@assign": "optIn"}},
        }
    }
    assert effective([[closed], [opened], [opened]]) == {"services": {"default": {"opt_out_policy": "optOut"}}}


def test_keys_compare_without_case_and_keep_their_first_spelling() -> None:
    low = {"tags": {"costcenter": {"tag_value": {"@@append": ["2"]}}}}
    assert effective([[tag(assign=["1"])], [low]]) == {"tags": {"CostCenter": {"tag_value": ["1", "2"]}}}


def test_without_policies_there_is_nothing() -> None:
    assert effective([[], [], []]) == {}


texts = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, unique=True)
policies = st.sampled_from(["assign", "append", "remove"]).flatmap(
    lambda name: texts.map(lambda each: tag(**{name: each}))
)


@given(st.lists(policies, max_size=5), texts)
def test_the_last_assignment_counts_alone(above: list[dict[str, Any]], last: list[str]) -> None:
    assert values(*above, tag(assign=last)) == last


@given(st.lists(policies, max_size=5))
def test_empty_levels_say_nothing(levels: list[dict[str, Any]]) -> None:
    spread: list[list[dict[str, Any]]] = [held for level in levels for held in ([level], [])]
    assert effective(spread) == effective([[level] for level in levels])
