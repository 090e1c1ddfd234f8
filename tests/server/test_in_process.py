"""A server is called without sockets, as over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError

from rolecall.server.assembly import Server
from rolecall.server.in_process import InProcess, http_request
from rolecall.server.settings import Settings
from rolecall.wire.http import HttpRequest, HttpResponse


@pytest.fixture(scope="module")
def server() -> Server:
    return Server(Settings(ephemeral=True))


@pytest.fixture(scope="module")
def way(server: Server) -> Iterator[InProcess]:
    made = InProcess(server.answer)
    yield made
    made.wait_for(server.close())
    made.close()


def client(server: Server, way: InProcess, service: str, **keys: str) -> Any:
    root = server.root_keys[0]
    given = {"aws_access_key_id": root.access_key_id, "aws_secret_access_key": root.secret_access_key, **keys}
    made = boto3.session.Session().client(service, region_name="us-east-1", **given)
    made.meta.events.register("before-send", way.hook)
    return made


@pytest.mark.parametrize(
    ("service", "operation", "member"),
    [
        ("sts", "get_caller_identity", "Account"),
        ("iam", "list_users", "Users"),
        ("sagemaker", "list_models", "Models"),
    ],
)
def test_every_protocol_is_answered(
    server: Server, way: InProcess, service: str, operation: str, member: str
) -> None:
    """At AWS's own host names: no request leaves the process."""
    assert member in getattr(client(server, way, service), operation)()


def test_signatures_are_checked(server: Server, way: InProcess) -> None:
    with pytest.raises(ClientError) as refused:
        client(server, way, "sts", aws_secret_access_key="wrong").get_caller_identity()
    assert refused.value.response["Error"]["Code"] == "SignatureDoesNotMatch"


def test_code_inside_a_running_loop_may_call(server: Server, way: InProcess) -> None:
    async def caller() -> str:
        return str(client(server, way, "sts").get_caller_identity()["Account"])

    assert asyncio.run(caller()) == "123456789012"


def test_a_request_arrives_as_it_was_sent() -> None:
    seen: list[HttpRequest] = []

    async def answer(request: HttpRequest) -> HttpResponse:
        seen.append(request)
        return HttpResponse(200, (("X-A", "b"),), b"body")

    way = InProcess(answer)
    try:
        url = "https://host.example:444/a%20b/c?x=%2F&y"
        sent = AWSRequest("POST", url, {"X-Amz-Target": "T"}, b"\x00\xff").prepare()
        response = way.hook(sent)
    finally:
        way.close()
    assert (response.status_code, response.headers["x-a"], response.content) == (200, "b", b"body")
    (got,) = seen
    assert (got.method, got.raw_path, got.raw_query, got.body, got.secure) == (
        "POST",
        "/a%20b/c",
        "x=%2F&y",
        b"\x00\xff",
        True,
    )
    assert got.header("host") == "host.example:444"
    assert got.header("x-amz-target") == "T"


def test_a_body_that_is_a_file_is_read() -> None:
    import io

    request = AWSRequest("PUT", "http://h/", {}, io.BytesIO(b"abc")).prepare()
    assert http_request(request).body == b"abc"
