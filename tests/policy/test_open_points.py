"""Open points: each has its case, and each switch turns exactly what its row says."""

from __future__ import annotations

import json

from msgspec.structs import fields, replace

from case_files import DecisionCase, decision_cases, neutral
from rolecall import catalog
from rolecall.decision import Decision, decide
from rolecall.decision.neutral import read_request
from rolecall.policy.open_points import OPEN_POINTS, OURS, Choices

CASES = {case.point: case for case in decision_cases("open-points")}


def decided(case: DecisionCase, choices: Choices) -> Decision:
    asked = read_request(json.dumps(neutral(case)), catalog.load().multivalued)
    return decide(asked.request, asked.policies, choices=choices)


def test_every_point_has_its_case() -> None:
    assert {point.id: point.case for point in OPEN_POINTS} == {point: case.name for point, case in CASES.items()}


def test_every_switch_belongs_to_a_point() -> None:
    assert sorted(point.switch for point in OPEN_POINTS if point.switch) == sorted(
        each.name for each in fields(Choices)
    )


def test_a_turned_switch_turns_its_case() -> None:
    for point in OPEN_POINTS:
        case = CASES[point.id]
        if point.switch is None:
            assert case.otherwise is None, point.id
            continue
        ours, other = decided(case, OURS), decided(case, replace(OURS, **{point.switch: False}))
        assert ours.outcome.value == case.want, point.id
        assert other.outcome.value == case.otherwise, point.id
        assert ours != other, point.id
