"""An account in an in-memory store whose operations are called as the dispatcher calls them, without the wire.

Every answer is held against the output shape of botocore's model, so a misspelt member fails any test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.authorization.caller import Caller
from rolecall.credentials.keyring import Keyring
from rolecall.server.platform import ServerPlatform
from rolecall.server.settings import Settings
from rolecall.services import iam, sts
from rolecall.services.call import Call
from rolecall.services.iam import bootstrap
from rolecall.services.iam.authenticate import caller_for
from rolecall.store import open_store

ACCOUNT: Final = "123456789012"
OTHER_ACCOUNT: Final = "210987654321"
NOW: Final = datetime(2026, 11, 23, 21, 30, 50, tzinfo=UTC)
OPERATIONS: Final = {"iam": iam.OPERATIONS, "sts": sts.OPERATIONS}

_session = botocore.session.get_session()
MODELS: Final = {service: _session.get_service_model(service) for service in OPERATIONS}


class Accounts:
    """Two accounts in one store, and a clock that only moves when told."""

    def __init__(self) -> None:
        self.store = open_store(None)
        self.keyring = Keyring.ephemeral()
        self.platform = ServerPlatform(Settings(accounts=(ACCOUNT, OTHER_ACCOUNT)), self.keyring)
        self.now = NOW
        self.root = self._root(ACCOUNT)
        self.other_root = self._root(OTHER_ACCOUNT)

    def _root(self, account: str) -> Caller:
        key_id, _ = self.store.write_sync(
            lambda unit: bootstrap.create_account(unit, self.platform, account, self.now)
        )
        return self.caller(key_id)

    def caller(self, access_key_id: str) -> Caller:
        """Who holds a long-term key."""
        with self.store.read() as reader:
            return caller_for(reader, reader.access_key(access_key_id), None)

    def session(self, credentials: Mapping[str, Any]) -> Caller:
        """Who holds temporary credentials."""
        with self.store.read() as reader:
            return caller_for(reader, None, self.keyring.unseal_session(credentials["SessionToken"]))

    def user(self, name: str) -> Caller:
        """A live user, by a new access key that is deleted again at once."""
        key = self.iam("CreateAccessKey", UserName=name)["AccessKey"]["AccessKeyId"]
        caller = self.caller(key)
        self.iam("DeleteAccessKey", UserName=name, AccessKeyId=key)
        return caller

    def iam(self, operation: str, _as: Caller | None = None, **parameters: Any) -> Mapping[str, Any]:
        return self.call("iam", operation, parameters, _as)

    def sts(self, operation: str, _as: Caller | None = None, **parameters: Any) -> Mapping[str, Any]:
        return self.call("sts", operation, parameters, _as)

    def call(
        self, service: str, operation: str, parameters: Mapping[str, Any], caller: Caller | None = None
    ) -> Mapping[str, Any]:
        caller = caller or self.root
        call = Call(
            service=service,
            operation=operation,
            parameters=parameters,
            caller=caller,
            account=caller.principal.account,
            region="us-east-1",
            now=self.now,
            request_id="0",
            platform=self.platform,
        )
        row = OPERATIONS[service][operation]
        if row.writes:
            answer = self.store.write_sync(lambda unit: row.handler(call, unit))
        else:
            with self.store.read() as reader:
                answer = row.handler(call, reader)
        check_output(service, operation, answer)
        return answer

    def wait(self, **by: float) -> None:
        self.now += timedelta(**by)


@contextmanager
def accounts() -> Iterator[Accounts]:
    made = Accounts()
    try:
        yield made
    finally:
        made.store.close()


def check_output(service: str, operation: str, answer: Mapping[str, Any]) -> None:
    shape = MODELS[service].operation_model(operation).output_shape
    if shape is None:
        assert answer == {}, f"{operation} has no output, but answers {answer}"
    else:
        _check(shape, answer, operation)


def _check(shape: Shape, value: Any, where: str) -> None:
    match shape:
        case StructureShape():
            assert isinstance(value, Mapping), f"{where} is no structure: {value!r}"
            unknown = value.keys() - shape.members.keys()
            assert not unknown, f"{where} has no members {unknown}"
            missing = set(shape.required_members) - value.keys()
            # Users that are root have no name: the one exception that AWS itself makes.
            assert not missing or where in ("GetUser.User",), f"{where} lacks {missing}"
            for name, member in value.items():
                _check(shape.members[name], member, f"{where}.{name}")
        case ListShape():
            assert isinstance(value, list | tuple), f"{where} is no list: {value!r}"
            for one in value:
                _check(shape.member, one, f"{where}[]")
        case MapShape():
            for one in value.values():
                _check(shape.value, one, f"{where}{{}}")
        case _:
            kind = {
                "string": str,
                "boolean": bool,
                "integer": int,
                "long": int,
                "timestamp": datetime,
                "blob": bytes,
            }
            assert isinstance(value, kind[shape.type_name]), f"{where} is no {shape.type_name}: {value!r}"


def fits(want: Any, got: Any, where: str = "answer") -> None:
    """Whether an answer has what is wanted. `~…` is a pattern; null: absent; structures may have more members."""
    if isinstance(want, dict):
        assert isinstance(got, Mapping), f"{where} is {got!r}"
        for name, member in want.items():
            if member is None:
                assert name not in got, f"{where}.{name} is there: {got[name]!r}"
            else:
                assert name in got, f"{where} has no {name}: {got!r}"
                fits(member, got[name], f"{where}.{name}")
    elif isinstance(want, list):
        assert len(got) == len(want), f"{where} has {len(got)} elements, not {len(want)}: {got!r}"
        for index, (one, other) in enumerate(zip(want, got, strict=True)):
            fits(one, other, f"{where}[{index}]")
    elif isinstance(want, str) and want.startswith("~"):
        assert re.fullmatch(want[1:], got), f"{where} is {got!r}, not {want[1:]}"
    else:
        assert want == got, f"{where} is {got!r}, not {want!r}"
