"""What a client reads when the server itself fails: AWS's shape, a request id, and nothing of the inside."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rolecall.errors import StartError
from rolecall.server import Settings, running, serve
from rolecall.server.assembly import Server
from rolecall.store.ports import Unit
from rolecall.store.records import AuditRecord
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols import ParsedCall
from rolecall.wire.protocols.json_values import UnmodelledMember
from rolecall.wire.routing import ROUTES
from rolecall.wire.sigv4 import read_signature

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TARGET = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "SageMaker.ListModels"}


def signed(server: Server, service: str, headers: dict[str, str], body: bytes) -> HttpRequest:
    request = AWSRequest("POST", "http://127.0.0.1/", headers, body)
    key = server.root_keys[0]
    signer = SigV4Auth(Credentials(key.access_key_id, key.secret_access_key), service, "us-east-1")
    signer.add_auth(request)
    sent = {"host": "127.0.0.1", **{name.lower(): value for name, value in request.headers.items()}}
    return HttpRequest("POST", "/", "", tuple(sent.items()), body)


@pytest.mark.parametrize(
    ("service", "headers", "body"),
    [("sts", FORM, b"Action=GetCallerIdentity&Version=2011-06-15"), ("sagemaker", TARGET, b"{}")],
)
def test_a_store_that_is_gone(service: str, headers: dict[str, str], body: bytes) -> None:
    async def play() -> tuple[HttpResponse, HttpResponse]:
        server = Server(Settings(ephemeral=True))
        request = signed(server, service, headers, body)
        before = await server.answer(request)
        await server.close()
        return before, await server.answer(request)

    before, after = asyncio.run(play())
    assert before.status == 200
    assert after.status == 500
    assert b"InternalFailure" in after.body
    assert b"store" not in after.body.lower()
    found = dict(after.headers)
    uuid.UUID(found["x-amzn-RequestId"])
    assert "Date" in found
    if service == "sagemaker":
        assert json.loads(after.body)["__type"].endswith("InternalFailure")


TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}'
)


def form(**parameters: str) -> bytes:
    return urlencode({"Version": "2010-05-08", **parameters}).encode()


def test_a_call_that_fails_unexpectedly_is_recorded() -> None:
    """What somebody tried stands in the trail, whatever became of it."""

    async def play() -> tuple[HttpResponse, AuditRecord]:
        server = Server(Settings(ephemeral=True))
        make = form(Action="CreateRole", RoleName="r", AssumeRolePolicyDocument=TRUST)
        assert (await server.answer(signed(server, "iam", FORM, make))).status == 200

        def damage(unit: Unit) -> None:
            role = unit.item_by_arn("arn:aws:iam::123456789012:role/r")
            assert role is not None
            unit.unlink(role.id, "trust")

        await server.store.write(damage)
        answer = await server.answer(signed(server, "iam", FORM, form(Action="GetRole", RoleName="r")))
        record = None
        while record is None:  # records of failures are written a moment later
            await asyncio.sleep(0.01)
            with server.store.read() as reader:
                record = reader.audit_by_request(dict(answer.headers)["x-amzn-RequestId"])
        await server.close()
        return answer, record

    answer, record = asyncio.run(play())
    assert answer.status == 500
    assert b"<Code>InternalFailure</Code>" in answer.body
    assert (record.name, record.error_code) == ("GetRole", "InternalFailure")


def test_nothing_changes_when_the_answer_cannot_be_written() -> None:
    async def play() -> tuple[str | None, bool]:
        server = Server(Settings(ephemeral=True))
        request = signed(server, "iam", FORM, b"")
        signature = read_signature(request, ROUTES["iam"], server.clock())
        caller = server.gateway.identify(request, signature, server.clock())
        parsed = ParsedCall("iam", "CreateUser", {"UserName": "bob"})
        call = server.gateway.api_call(request, parsed, caller, signature, server.clock())

        def refuse(answer: Mapping[str, Any]) -> HttpResponse:
            raise UnmodelledMember(f"no room for {answer}")

        done = await server.dispatcher.perform(call, str(uuid.uuid4()), refuse)
        with server.store.read() as reader:
            made = reader.item_by_arn("arn:aws:iam::123456789012:user/bob") is not None
        await server.close()
        return done.error.code if done.error else None, made

    assert asyncio.run(play()) == ("InternalFailure", False)


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with running() as up:
        port = int(up.endpoint.rpartition(":")[2])
        with pytest.raises(StartError, match=f"port {port}.*--port") as caught:
            serve(Settings(port=port, ephemeral=True))
    assert "\n" not in str(caught.value)
