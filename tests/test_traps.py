"""Every trap is shown by something that runs: none of the 117 is missing, and none points nowhere."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from case_files import decision_cases

TESTS = Path(__file__).parent
NUMBERS = range(1, 118)
ELSEWHERE = msgspec.yaml.decode((TESTS / "traps.yaml").read_bytes(), type=dict[int, tuple[str, str]])
DECIDED = Counter(case.trap for case in decision_cases("traps") if case.trap is not None)


def test_every_trap_is_shown_and_shown_in_one_place() -> None:
    assert sorted({*DECIDED, *ELSEWHERE}) == list(NUMBERS)
    assert not DECIDED.keys() & ELSEWHERE.keys()
    assert set(DECIDED.values()) == {1}


@pytest.mark.parametrize("number", ELSEWHERE)
def test_what_shows_a_trap_is_there(number: int) -> None:
    file, name = ELSEWHERE[number]
    path = TESTS / file
    if path.suffix == ".py":
        functions = (
            node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)
        )
        assert name in functions
    else:
        cases = msgspec.yaml.decode(path.read_bytes(), type=list[dict[str, object]])
        assert name in [case["name"] for case in cases]
