"""The table of front-end errors: every family has every condition, and says it as AWS does."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from rolecall.wire.errors import FAULTS, Fault, fault
from rolecall.wire.family import Family

ROWS: Final = yaml.safe_load((Path(__file__).parents[1] / "cases" / "wire" / "front_end_errors.yaml").read_text())


@pytest.mark.parametrize(
    ("row", "family"),
    [pytest.param(row, family, id=f"{row['name']}, {family.value}") for row in ROWS for family in Family],
)
def test_condition_is_told_as_the_family_tells_it(row: dict[str, Any], family: Family) -> None:
    error = fault(family, Fault[row["fault"]])
    assert [error.code, error.status, error.message][: len(row[family.value])] == row[family.value]
    assert error.sender is (error.status < 500)


@pytest.mark.parametrize("family", Family)
def test_every_family_has_every_condition(family: Family) -> None:
    assert FAULTS[family].keys() == set(Fault)
