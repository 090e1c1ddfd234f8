"""TLS on the main port, and the proxy that stands in for AWS's host names; with clients as they are."""

from __future__ import annotations

import json
import os
import socket
import ssl
import stat
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, SSLError

from rolecall.errors import InputError, StartError
from rolecall.server import Running, running
from rolecall.server.certificates import CERTIFICATE, KEY, Authority
from rolecall.server.settings import Settings, checked

ROLECALL = str(Path(sys.executable).with_name("rolecall"))


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(data=tmp_path_factory.mktemp("state"), tls=True, proxy=0) as server:
        yield server


def through_proxy(up: Running, service: str, **more: Any) -> Any:
    """A client that knows nothing of the server but its proxy."""
    return boto3.session.Session().client(
        service,
        region_name="us-east-1",
        aws_access_key_id=more.pop("key", up.access_key_id),
        aws_secret_access_key=more.pop("secret", up.secret_access_key),
        config=Config(proxies={"https": up.proxy}, retries={"total_max_attempts": 1}),
        verify=up.ca,
        **more,
    )


def test_the_main_port_speaks_tls_to_those_who_trust_our_authority(up: Running) -> None:
    assert up.endpoint.startswith("https://")
    assert up.client("sts").get_caller_identity()["Account"] == up.account
    with pytest.raises(SSLError):
        up.client("sts", verify=True).get_caller_identity()


@pytest.mark.parametrize("service", ["sts", "iam", "sagemaker", "kms", "logs"])
def test_clients_reach_every_service_under_its_own_name(up: Running, service: str) -> None:
    call = {
        "sts": "get_caller_identity",
        "iam": "list_users",
        "sagemaker": "list_models",
        "kms": "list_keys",
        "logs": "describe_log_groups",
    }[service]
    client = through_proxy(up, service)
    assert client.meta.endpoint_url.endswith(".amazonaws.com")
    assert getattr(client, call)()["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_request_through_the_proxy_is_secure_and_has_its_clients_address(up: Running) -> None:
    iam = up.client("iam")
    iam.create_user(UserName="careful")
    condition = {"Bool": {"aws:SecureTransport": "true"}, "IpAddress": {"aws:SourceIp": "127.0.0.1/32"}}
    statement = {"Effect": "Allow", "Action": "sagemaker:ListModels", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName="careful", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="careful")["AccessKey"]
    client = through_proxy(up, "sagemaker", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    assert client.list_models()["Models"] == []
    with pytest.raises(ClientError, match="AccessDenied"):
        client.list_endpoints()


def proxied(up: Running, request: bytes) -> bytes:
    host, port = str(up.proxy).removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(4096):
            answer += part
        return answer


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"CONNECT example.com:443 HTTP/1.1\r\n\r\n", b"403"),
        (b"CONNECT sts.amazonaws.com.example.com:443 HTTP/1.1\r\n\r\n", b"403"),
        (b"CONNECT sts.amazonaws.com:22 HTTP/1.1\r\n\r\n", b"403"),
        (b"CONNECT 127.0.0.1:443 HTTP/1.1\r\n\r\n", b"403"),
        (b"GET http://sts.amazonaws.com/ HTTP/1.1\r\n\r\n", b"405"),
        (b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n\r\nmore", b"400"),
        (b"CONNECT sts.amazonaws.com:443 HTTP/1.1\r\n" + b"x" * 20_000, b"431"),
        (b"\x16\x03\x01 no HTTP at all\r\n\r\n", b"405"),
    ],
)
def test_the_proxy_connects_to_nothing_else(up: Running, request_bytes: bytes, status: bytes) -> None:
    assert proxied(up, request_bytes).startswith(b"HTTP/1.1 " + status)


def test_reports_of_the_sdk_are_answered_with_nothing(up: Running) -> None:
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({"https": str(up.proxy)}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=up.ca)),
    )
    url = "https://sm-pysdk-t-us-west-2.s3.us-west-2.amazonaws.com/telemetry?x-accountId=1"
    with opener.open(url, timeout=10) as answer:
        assert (answer.status, answer.read()) == (200, b"")


def test_the_key_of_the_authority_is_for_its_owner_only(tmp_path: Path) -> None:
    first = Authority.in_directory(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY).stat().st_mode) == 0o600
    made = (tmp_path / CERTIFICATE).read_bytes()
    assert Authority.in_directory(tmp_path).path == first.path
    assert (tmp_path / CERTIFICATE).read_bytes() == made


def test_a_key_of_another_authority_is_refused(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        Authority.in_directory(tmp_path / name)
    os.replace(tmp_path / "other" / KEY, tmp_path / "one" / KEY)
    with pytest.raises(StartError, match="remove both"):
        Authority.in_directory(tmp_path / "one")


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--tls-key"):
        checked(Settings(tls_certificate=tmp_path / "c.pem"))


@pytest.mark.clients
def test_a_shell_gets_what_leads_through_the_proxy(tmp_path: Path) -> None:
    """`rolecall env --proxy`, and a program that calls AWS's hosts in that environment."""
    with running(data=tmp_path, tls=True, proxy=0) as up:
        from rolecall.server.run import RUN_FILE, write_run_file

        write_run_file(tmp_path / RUN_FILE, up)
        command = [ROLECALL, "env", "--data", str(tmp_path), "--proxy", "--format", "json"]
        variables = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        program = "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables}
        told = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, check=True, text=True
        )
    assert "AWS_ENDPOINT_URL" not in variables
    assert told.stdout.strip() == f"arn:aws:iam::{up.account}:root"
