"""What the lint's tests share: one catalogue, and the examples of all findings."""

from __future__ import annotations

from importlib.resources import files

import pytest

from rolecall import catalog
from rolecall.analysis.lint import Knowledge
from rolecall.analysis.lint.example import FILES, Example, decode, findings_in
from rolecall.analysis.lint.fixing import is_safe


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return Knowledge(catalog.load())


def examples() -> tuple[Example, ...]:
    folder = files("rolecall.analysis.lint") / "examples"
    return decode((folder / name).read_bytes() for name in FILES)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`example`: every example of a policy. `repairable`: those whose finding can be repaired safely."""
    found = [each for each in examples() if each.type != "suppressions"]
    if "repairable" in metafunc.fixturenames:
        known = Knowledge(catalog.load())
        safe = [
            each
            for each in found
            if any(each.code in finding.codes and is_safe(finding) for finding in findings_in(each, known))
        ]
        metafunc.parametrize("repairable", safe, ids=[each.code for each in safe])
    if "example" in metafunc.fixturenames:
        names = [f"{each.code}-{number}" for number, each in enumerate(found)]
        metafunc.parametrize("example", found, ids=names)
