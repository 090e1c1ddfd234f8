"""The tables of refusals: one name, one situation."""

from __future__ import annotations

from collections import Counter

from rolecall.services.sagemaker import errors
from rolecall.services.sagemaker.errors import general, jobs, lineage, platform


def test_no_two_tables_name_the_same_situation() -> None:
    tables = (general.REFUSALS, jobs.REFUSALS, lineage.REFUSALS, platform.REFUSALS)
    named = Counter(name for table in tables for name in table)
    assert {name for name, times in named.items() if times > 1} == set()
    assert set(named) == set(errors.REFUSALS)
