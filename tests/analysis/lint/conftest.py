"""What the lint's tests share: one catalogue, and the examples of all findings."""

from __future__ import annotations

from importlib.resources import files

import pytest

from rolecall import catalog
from rolecall.analysis.lint import Knowledge
from rolecall.analysis.lint.example import FILES, Example, decode


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge(catalog.load())


def examples() -> tuple[Example, ...]:
    folder = files("rolecall.analysis.lint") / "examples"
    return decode((folder / name).read_bytes() for name in FILES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`example`: every example of a policy; numbered where a code has several."""
    if "example" in metafunc.fixturenames:
        found = [each for each in examples() if each.type != "suppressions"]
        names = [f"{each.code}-{number}" for number, each in enumerate(found)]
        metafunc.parametrize("example", found, ids=names)
