"""The tour's checks are consistent data: unique, of the right shape, and about things that exist."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from botocore.session import Session as BotocoreSession
from botocore.validate import ParamValidator

from rolecall import catalog
from rolecall.tour.check import Check, Denied, Do, Root, Section, User
from rolecall.tour.sections import OPENING, SECTIONS

CHECKS = [(section, check) for section in SECTIONS for check in section.checks]
BY_TITLE = [pytest.param(section, check, id=f"{section.name}-{check.title}") for section, check in CHECKS]


@cache
def model_of(service: str) -> Any:
    return BotocoreSession().get_service_model(service)


def operation_of(call: Do) -> Any:
    model = model_of(call.service)
    wanted = call.operation.replace("_", "")
    return next(model.operation_model(name) for name in model.operation_names if name.lower() == wanted)


def test_the_whole_tour_has_at_least_sixty_checks() -> None:
    assert len(CHECKS) >= 60


def test_section_names_are_unique() -> None:
    names = [section.name for section in SECTIONS]
    assert len(set(names)) == len(names)


def test_a_name_stands_for_one_principal_in_all_sections_of_a_server() -> None:
    known: dict[tuple[str, str], Any] = {}
    for section, check in CHECKS:
        if isinstance(check.who, Root):
            continue
        name = check.who.name if isinstance(check.who, User) else f"{check.who.role}/{check.who.name}"
        assert known.setdefault((section.profile, name), check.who) == check.who, name


@pytest.mark.parametrize(("section", "check"), BY_TITLE)
def test_every_call_has_the_shape_of_its_operation(section: Section, check: Check) -> None:
    for call in (*OPENING, *section.before, *check.before, check.call, *check.after):
        shape = operation_of(call).input_shape
        if shape is None:
            assert not call.parameters, f"{call.operation} takes no parameters"
            continue
        report = ParamValidator().validate(call.parameters, shape)
        assert not report.has_errors(), f"{call.operation}: {report.generate_report()}"


@pytest.mark.parametrize(("section", "check"), BY_TITLE)
def test_every_denial_names_an_action_that_exists(section: Section, check: Check) -> None:
    if isinstance(check.outcome, Denied):
        assert catalog.load().action(check.outcome.action) is not None


@pytest.mark.parametrize(("section", "check"), BY_TITLE)
def test_every_check_says_what_it_rests_on(section: Section, check: Check) -> None:
    assert check.reference
    assert check.title
