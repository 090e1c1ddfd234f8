"""The requirement rows of IAM and STS as data: what they name exists."""

from __future__ import annotations

import re
from typing import Final

import botocore.session
import pytest

from rolecall import catalog
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.rows import iam as iam_rows
from rolecall.authorization.rows import sts as sts_rows
from rolecall.services import iam, sts

ROWS: Final = {"iam": iam_rows.ROWS, "sts": sts_rows.ROWS}
OPERATIONS: Final = {"iam": iam.OPERATIONS, "sts": sts.OPERATIONS}
SESSION = botocore.session.get_session()
MODELS: Final = {service: SESSION.get_service_model(service) for service in ROWS}
EVERY: Final = [
    pytest.param(service, operation, row, id=f"{operation}: {row.action} {row.when}".strip())
    for service, rows in ROWS.items()
    for operation, requirements in rows.items()
    for row in requirements
]

# What the Service Authorization Reference does not list for the action, and why the row has it.
UNLISTED_KEYS: Final = {
    "sts:TagSession": {"sts:externalid", "sts:rolesessionname", "sts:sourceidentity"},
    "sts:SetSourceIdentity": {"sts:externalid", "sts:rolesessionname", "sts:transitivetagkeys"},
    "sts:SetContext": {"sts:externalid", "sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys"},
}

# Operations so new that the Service Authorization Reference has no action for them yet: their own name is taken.
NO_ACTION_YET: Final = frozenset({"iam:AcquireRole", "iam:UpdateDelegationRequest"})


@pytest.mark.parametrize("service", ROWS)
def test_every_operation_that_is_served_has_rows(service: str) -> None:
    assert OPERATIONS[service].keys() <= ROWS[service].keys()


@pytest.mark.parametrize(("service", "operation", "row"), EVERY)
def test_operations_and_actions_exist(service: str, operation: str, row: Requirement) -> None:
    assert operation in MODELS[service].operation_names
    assert (catalog.load().action(row.action) is None) == (row.action in NO_ACTION_YET)


@pytest.mark.parametrize(("service", "operation", "row"), EVERY)
def test_members_are_members_of_the_request(service: str, operation: str, row: Requirement) -> None:
    shape = MODELS[service].operation_model(operation).input_shape
    members = set() if shape is None else set(shape.members)
    named = re.findall(r"\{(\w+)\}", f"{row.on} {row.printed or ''}")
    named += [path for _, path in row.keys if not path.startswith(("$", "'"))]
    named += [row.when.removeprefix("!")] if row.when and not row.when.startswith("$") else []
    # Of a path into a structure its first member.
    named = [path.partition(".")[0] for path in named]
    assert set(named) <= members


@pytest.mark.parametrize(("service", "operation", "row"), EVERY)
def test_condition_keys_are_listed_for_the_action(service: str, operation: str, row: Requirement) -> None:
    if row.action == "iam:PassRole":
        return
    action = catalog.load().action(row.action)
    if row.action in NO_ACTION_YET:
        assert row.keys == ()
        return
    assert action is not None
    listed = {key.lower() for key in action.condition_keys}
    listed |= {key.lower() for resource in action.resources for key in resource.condition_keys}
    own = {key.lower() for key, _ in row.keys}
    assert own <= listed | UNLISTED_KEYS.get(row.action, set())


def test_listed_keys_of_requests_are_in_the_rows() -> None:
    """The other way round: a boundary or policy ARN that AWS lists for an action has a row."""
    lacking = set()
    for operation, rows in ROWS["iam"].items():
        action = catalog.load().action(f"iam:{operation}")
        if f"iam:{operation}" in NO_ACTION_YET:
            continue
        assert action is not None
        listed = {key.lower() for key in action.condition_keys} & {
            "iam:permissionsboundary",
            "iam:policyarn",
            "iam:awsservicename",
        }
        if not listed <= {key.lower() for row in rows for key, _ in row.keys}:
            lacking.add(operation)
    assert lacking == set()
