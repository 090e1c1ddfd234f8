"""Organizations' operations and what its policies do, one case a row, by boto3: tests/cases/organizations_api."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import pytest
import yaml

from services.organizations.stage import Case, Stage

CASES: Final = Path(__file__).parents[2] / "cases" / "organizations_api"


def cases() -> list[Case]:
    return [
        case
        for path in sorted(CASES.glob("*.yaml"))
        for case in msgspec.convert(yaml.safe_load(path.read_text()), list[Case])
    ]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_case(case: Case, stage: Stage) -> None:
    stage.check(case)
