"""Rows of SageMaker's runtime clients as data: complete, resolved by botocore's shapes, known to the catalogue."""

from __future__ import annotations

import re

import pytest
from botocore.loaders import Loader

from rolecall import catalog
from rolecall.authorization.rows.sagemaker_runtimes import ROWS
from rolecall.wire import models
from rolecall.wire.services import SERVICES

FIELD = re.compile(r"\{([^}|]+)(?:\|[^}]*)?\}")
OPERATIONS = [(client, name) for client in ROWS for name in sorted(models.operation_names(client))]
# The rule for what the reference does not list yet: an action of the operation's name.
NEWER = {"sagemaker:InvokeInferenceRouter", "sagemaker:InvokeInferenceRouterAsync"}


def test_every_client_that_signs_as_sagemaker_is_there() -> None:
    signing = {
        name
        for name in Loader().list_available_services("service-2")
        if name.startswith("sagemaker") and models.service_model(name).signing_name == "sagemaker"
    }
    assert signing - {"sagemaker"} == set(ROWS)
    assert set(ROWS) < set(SERVICES)


@pytest.mark.parametrize("client", ROWS)
def test_every_operation_has_rows_and_nothing_else_has(client: str) -> None:
    assert set(ROWS[client]) == models.operation_names(client)


@pytest.mark.parametrize(("client", "operation"), OPERATIONS)
def test_paths_resolve_in_the_input_shape(client: str, operation: str) -> None:
    for row in ROWS[client][operation]:
        paths = [*FIELD.findall(row.on), *([] if row.when.startswith("$") or not row.when else [row.when])]
        for path in paths:
            shape = models.operation(client, operation).input_shape
            for step in path.split("."):
                shape = shape.members[step.removesuffix("[]")]
                if step.endswith("[]"):
                    shape = shape.member
            assert shape.type_name == "string", f"{row.on}: {path} names nothing"


@pytest.mark.parametrize(("client", "operation"), OPERATIONS)
def test_actions_and_resources_are_those_of_the_reference(client: str, operation: str) -> None:
    known = catalog.load()
    for row in ROWS[client][operation]:
        action = known.action(row.action)
        if action is None:
            assert row.action in NEWER
            continue
        types = {one.type.name for one in action.resources}
        word = re.match(r"\{[^|}]*\|([a-z-]+)/\}|([a-z-]+)/|\{", row.on)
        if row.on == "*":
            assert not types
        elif word is not None and (word[1] or word[2]):
            named = word[1] or word[2]
            assert ("device" if named == "device-fleet" else named) in types


@pytest.mark.parametrize(
    ("client", "operation", "actions"),
    [
        ("sagemaker-featurestore-runtime", "UpdateRecord", ["sagemaker:PutRecord"]),
        (
            "sagemaker-featurestore-runtime",
            "BatchWriteRecord",
            ["sagemaker:BatchWriteRecord", "sagemaker:PutRecord"],
        ),
        ("sagemaker-a2i-runtime", "StartHumanLoop", ["sagemaker:StartHumanLoop"]),
        (
            "sagemakerjobruntime",
            "Sample",
            ["sagemaker:Sample", "sagemaker:CallWithBearerToken"],
        ),
    ],
)
def test_what_operations_are_authorized_as(client: str, operation: str, actions: list[str]) -> None:
    assert [row.action for row in ROWS[client][operation]] == actions
