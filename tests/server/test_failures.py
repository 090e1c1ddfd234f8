"""What a client reads when the server itself fails: AWS's shape, a request id, and nothing of the inside."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rolecall.errors import StartError
from rolecall.server import Settings, running, serve
from rolecall.server.assembly import Server
from rolecall.wire.http import HttpRequest, HttpResponse

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


def test_a_port_that_is_taken_is_said_in_one_line() -> None:
    with running() as up:
        port = int(up.endpoint.rpartition(":")[2])
        with pytest.raises(StartError, match=f"port {port}.*--port") as caught:
            serve(Settings(port=port, ephemeral=True))
    assert "\n" not in str(caught.value)
