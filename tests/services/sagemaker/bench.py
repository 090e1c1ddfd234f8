"""SageMaker's handlers over a real in-memory store, called as the server calls them.

Parameters go through the model's constraints; answers are written by the wire and read back by botocore, which
also tells what a required member is. Time is a value: it moves when a test says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.parsers

from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims
from rolecall.decision.request import Principal, PrincipalType
from rolecall.services.call import Call
from rolecall.services.sagemaker import OPERATIONS, lifecycle, references
from rolecall.store.ports import Reader, Store, Unit
from rolecall.store.records import Item
from rolecall.wire import constraints, models
from rolecall.wire.protocols import serialize_response
from rolecall.wire.routing import ROUTES

ACCOUNT = "123456789012"
REGION = "us-east-1"
START = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
SERVICE_LINKED = {
    "sagemaker.amazonaws.com": "AWSServiceRoleForAmazonSageMakerNotebooks",
    "hyperpod.sagemaker.amazonaws.com": "AWSServiceRoleForSageMakerHyperPod",
}
SERVICE_LINKED_ROLES = tuple(
    Item(
        account=ACCOUNT,
        service="iam",
        type="role",
        name=name,
        arn=f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{name}",
        created=START,
        modified=START,
    )
    for service, name in SERVICE_LINKED.items()
)


class Counter:
    """A platform whose identifiers are numbered, so that a story can be told in advance."""

    def __init__(self, time_scale: float) -> None:
        self.time_scale = time_scale
        self.default_account = ACCOUNT
        self.accounts: tuple[str, ...] = (ACCOUNT,)
        self._made = 0

    def new_id(self, prefix: str, length: int = 21, alphabet: str | None = None) -> str:
        self._made += 1
        return prefix + str(self._made).rjust(length - len(prefix), "0")

    def new_secret(self) -> str:
        return "s" * 40

    def seal_secret(self, access_key_id: str, secret: str) -> bytes:
        raise NotImplementedError("SageMaker seals nothing")

    def seal_session(self, claims: SessionClaims) -> tuple[str, int]:
        raise NotImplementedError("SageMaker seals nothing")

    def call(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        unit: Unit,
        *,
        as_principal: Caller,
    ) -> Mapping[str, Any]:
        raise NotImplementedError("stories have their service-linked roles; test_service_roles.py makes them")

    def may(self, call: Call, reader: Reader, action: str, resource: str) -> bool:
        """A story's caller may do everything within the account, and nothing elsewhere."""
        return f":{ACCOUNT}:" in resource


class Bench:
    """An account, a clock and the handlers."""

    def __init__(self, store: Store, time_scale: float) -> None:
        self.store = store
        self.now = START
        self.region = REGION
        self.platform = Counter(time_scale)
        arn = f"arn:aws:iam::{ACCOUNT}:user/ana"
        principal = Principal(arn, ACCOUNT, PrincipalType.USER, user_id="AIDAANA")
        self.caller = Caller(principal=principal, access_key_id="AKIAANA")
        store.write_sync(lambda unit: [unit.add_item(role) for role in SERVICE_LINKED_ROLES])

    def call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        """The answer as a client reads it; raises AwsError."""
        shape: Any = models.operation("sagemaker", operation).output_shape
        constraints.check("sagemaker", operation, parameters)
        row = OPERATIONS[operation]
        with self.store.read() as reader:
            resolved = references.resolved(operation, parameters, ACCOUNT, self.region, self.now, reader)
        call = Call(
            service="sagemaker",
            operation=operation,
            parameters=resolved,
            caller=self.caller,
            account=ACCOUNT,
            region=self.region,
            now=self.now,
            request_id="r",
            platform=self.platform,
        )
        if row.writes:
            output = self.store.write_sync(lambda unit: row.handler(call, unit))
        else:
            with self.store.read() as reader:
                output = row.handler(call, reader)
        answer = serialize_response(ROUTES["sagemaker"], operation, output, "r")
        parser = botocore.parsers.create_parser("json")
        read: dict[str, Any] = parser.parse(
            {"status_code": answer.status, "headers": dict(answer.headers), "body": answer.body},
            shape,
        )
        read.pop("ResponseMetadata", None)
        lacking(shape, read, operation)
        return read

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def settle(self) -> int:
        return self.store.write_sync(lambda unit: lifecycle.settle(self.now, unit))


def lacking(shape: Any, value: Any, path: str) -> None:
    """Fails when an answer lacks what the model requires, at any depth."""
    if shape is None:
        return
    match shape.type_name:
        case "structure":
            missing = [name for name in shape.required_members if name not in value]
            assert not missing, f"{path} lacks {missing}"
            for name, one in value.items():
                lacking(shape.members[name], one, f"{path}.{name}")
        case "list":
            for one in value:
                lacking(shape.member, one, f"{path}[]")
        case "map":
            for one in value.values():
                lacking(shape.value, one, f"{path}.*")
