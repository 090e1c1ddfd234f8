"""The requirement rows of Organizations as data: what they name exists, and all that AWS lists is in them."""

from __future__ import annotations

import re
from typing import Final

import botocore.session
import pytest

from rolecall import catalog
from rolecall.authorization.delegation import ABOUT_POLICIES, OF_EVERY_ACCOUNT
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.rows.organizations import ROWS
from rolecall.services import organizations

MODEL: Final = botocore.session.get_session().get_service_model("organizations")
EVERY: Final = [
    pytest.param(operation, row, id=f"{operation}: {row.action} on {row.on}")
    for operation, requirements in ROWS.items()
    for row in requirements
]
# What is asked on the management account's behalf although AWS lists no resource for it: an account about to be.
MADE: Final = {"CreateAccount", "CreateGovCloudAccount"}
# Keys of billing transfers hang on a transfer, of which there is none here.
WITHOUT_TRANSFERS: Final = {"organizations:transferdirection", "organizations:transfertype"}


def test_every_operation_of_the_model_is_served_and_has_rows() -> None:
    assert organizations.OPERATIONS.keys() == set(MODEL.operation_names) == ROWS.keys()


def test_reading_operations_write_nothing() -> None:
    for name, operation in organizations.OPERATIONS.items():
        if name.startswith(("Describe", "List")):
            assert not operation.writes, name


@pytest.mark.parametrize("operation", sorted(OF_EVERY_ACCOUNT | ABOUT_POLICIES))
def test_who_may_call_what_names_operations(operation: str) -> None:
    assert operation in MODEL.operation_names


@pytest.mark.parametrize(("operation", "row"), EVERY)
def test_actions_exist(operation: str, row: Requirement) -> None:
    assert catalog.load().action(row.action) is not None


@pytest.mark.parametrize(("operation", "row"), EVERY)
def test_members_are_members_of_the_request(operation: str, row: Requirement) -> None:
    shape = MODEL.operation_model(operation).input_shape
    members = set() if shape is None else set(shape.members)
    named = re.findall(r"\{(\w+)\}", row.on)
    named += [path for _, path in row.keys if not path.startswith(("$", "'"))]
    named += [path.partition(".")[2] for _, path in row.keys if path.startswith("$policy-type")]
    named += [row.when] if row.when else []
    assert set(named) <= members


@pytest.mark.parametrize(("operation", "row"), EVERY)
def test_actions_that_are_on_something_are_asked_on_it(operation: str, row: Requirement) -> None:
    action = catalog.load().action(row.action)
    assert action is not None
    assert (row.on != "*") is bool(action.resources)


def test_condition_keys_are_those_that_are_listed() -> None:
    for operation, rows in ROWS.items():
        action = catalog.load().action(f"organizations:{operation}")
        assert action is not None
        listed = {key.lower() for key in action.condition_keys if key.startswith("organizations:")}
        own = {key.lower() for row in rows if row.action.endswith(f":{operation}") for key, _ in row.keys}
        if "Transfer" in operation and not own:
            listed -= WITHOUT_TRANSFERS
        assert own == listed, operation


def test_what_may_bring_tags_is_asked_for_tagging() -> None:
    for operation, rows in ROWS.items():
        shape = MODEL.operation_model(operation).input_shape
        brings = shape is not None and "Tags" in shape.members and operation != "TagResource"
        assert brings is any(row.action == "organizations:TagResource" and row.when for row in rows), operation
