"""None of the data scientist's permissions is idle, and the denial names the one that is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from rolecall.tour.play import play
from rolecall.tour.sections import OPENING
from rolecall.tour.sections.workday import DATA_SCIENTIST, SECTION
from rolecall.tour.stage import Stage


def permissions() -> Iterator[str]:
    assert DATA_SCIENTIST.policy is not None
    for statement in DATA_SCIENTIST.policy["Statement"]:
        actions = statement["Action"]
        yield from [actions] if isinstance(actions, str) else actions


def without(permission: str) -> dict[str, Any]:
    """The data scientist's policy with one permission taken away."""
    assert DATA_SCIENTIST.policy is not None
    kept = []
    for statement in DATA_SCIENTIST.policy["Statement"]:
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        rest = [action for action in actions if action != permission]
        if rest:
            kept.append({**statement, "Action": rest})
    return {**DATA_SCIENTIST.policy, "Statement": kept}


def test_each_permission_is_used_by_a_step() -> None:
    used = {permission for check in SECTION.checks for permission in check.uses}
    assert used == set(permissions())


@pytest.mark.slow
@pytest.mark.parametrize("permission", sorted(set(permissions())))
def test_without_one_permission_exactly_its_steps_fail(stage: Stage, permission: str) -> None:
    poorer = replace(DATA_SCIENTIST, policy=without(permission))
    section = replace(SECTION, checks=tuple(replace(check, who=poorer) for check in SECTION.checks))
    failed = {
        result.check.title: result.answer.message
        for result in play(section, stage, 1, OPENING)
        if result.wrong is not None
    }
    assert set(failed) == {check.title for check in SECTION.checks if permission in check.uses}
    for message in failed.values():
        assert f"is not authorized to perform: {permission}" in message
