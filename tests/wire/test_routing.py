"""Which service a request is for, by everything that can say so."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.loaders import Loader

from rolecall.wire import models
from rolecall.wire.errors import AwsError
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest
from rolecall.wire.protocols import parse_request
from rolecall.wire.routing import LARGEST_UNSIGNED, ROUTES, UNSIGNED_OPERATIONS, route
from rolecall.wire.services import SERVICES, by_host
from rolecall.wire.sigv4 import read_signature
from wire.requests import NOW

FORM = {"content-type": "application/x-www-form-urlencoded"}


def request(path: str = "/", query: str = "", body: bytes = b"", **headers: str) -> HttpRequest:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpRequest("POST", path, query, named, body)


def scoped(service: str, path: str = "/", **headers: str) -> HttpRequest:
    scope = f"AKID/20261123/eu-west-1/{service}/aws4_request"
    authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    return request(path, "", b"", authorization=authorization, **headers)


@pytest.mark.parametrize(
    ("request_", "service"),
    [
        (scoped("iam"), "iam"),
        (scoped("sts"), "sts"),
        (scoped("sts", x_amz_target="SageMaker.ListModels"), "sts"),
        (scoped("sagemaker", x_amz_target="SageMaker.ListModels"), "sagemaker"),
        (scoped("sagemaker", "/endpoints/my%20ep/invocations"), "sagemaker-runtime"),
        (scoped("sagemaker", "/endpoints/e/async-invocations"), "sagemaker-runtime"),
        (scoped("sagemaker", "/endpoints/e/invocations-response-stream"), "sagemaker-runtime"),
        (scoped("sagemaker", "/human-loops/x"), "sagemaker-a2i-runtime"),
        (scoped("sagemaker", "/FeatureGroup/f"), "sagemaker-featurestore-runtime"),
        (scoped("sagemaker", "/BatchGetRecord"), "sagemaker-featurestore-runtime"),
        (scoped("sagemaker", "/BatchPutMetrics"), "sagemaker-metrics"),
        (scoped("sagemaker", "/SendHeartbeat"), "sagemaker-edge"),
        (scoped("sagemaker", "/x", host="runtime.sagemaker.eu-west-1.amazonaws.com"), "sagemaker-runtime"),
        (request(query="X-Amz-Credential=A%2F20261123%2Fus-east-1%2Fiam%2Faws4_request"), "iam"),
        (request(x_amz_target="SageMaker.ListModels"), "sagemaker"),
        (request(host="iam.amazonaws.com"), "iam"),
        (request(query="Action=ListUsers&Version=2010-05-08"), "iam"),
        (request(body=b"Action=ListUsers&Version=2010-05-08", **FORM), "iam"),
        (request("/endpoints/e/invocations"), "sagemaker-runtime"),
        (request(), "sts"),
    ],
)
def test_service_of_a_request(request_: HttpRequest, service: str) -> None:
    assert route(request_) == ROUTES[service]


@pytest.mark.parametrize("method", ["PUT", "HEAD", "DELETE"])
def test_a_client_of_a_service_that_is_not_served_is_not_redirected(method: str) -> None:
    """botocore's clients of rest services follow redirects until their stack is full."""
    asked = scoped("s3tables", "/bucket")
    with pytest.raises(AwsError, match="scoped to correct service") as refusal:
        route(HttpRequest(method, asked.raw_path, "", asked.headers, b""))
    assert refusal.value.status == 403


@pytest.mark.parametrize("action", sorted(UNSIGNED_OPERATIONS))
def test_federation_may_come_unsigned(action: str) -> None:
    unsigned = route(request(body=f"Action={action}&Version=2011-06-15".encode(), **FORM))
    assert (unsigned.service, unsigned.unsigned) == ("sts", True)


def test_a_body_larger_than_any_such_call_is_not_read_unsigned() -> None:
    start = b"Action=AssumeRoleWithSAML&Version=2011-06-15&SAMLAssertion="
    assert route(request(body=start.ljust(LARGEST_UNSIGNED, b"A"), **FORM)).unsigned
    assert not route(request(body=start.ljust(LARGEST_UNSIGNED + 1, b"A"), **FORM)).unsigned


def test_two_actions_do_not_smuggle_an_unsigned_call() -> None:
    """The Action that routing saw is the one that is parsed, wherever the second one stands."""
    smuggled = request(
        query="Action=AssumeRoleWithSAML", body=b"Action=GetSessionToken&Version=2011-06-15", **FORM
    )
    assert parse_request(route(smuggled), smuggled).operation == "AssumeRoleWithSAML"
    reverse = request(query="Action=GetSessionToken", body=b"Action=AssumeRoleWithSAML&Version=2011-06-15", **FORM)
    assert not route(reverse).unsigned


@pytest.mark.parametrize("action", ["GetCallerIdentity", "assumerolewithsaml", ""])
def test_no_other_call_may_come_unsigned(action: str) -> None:
    plain = request(body=f"Action={action}&Version=2011-06-15".encode(), **FORM)
    with pytest.raises(AwsError, match="MissingAuthenticationToken"):
        read_signature(plain, route(plain), NOW)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (scoped("ec2"), "SignatureDoesNotMatch"),
        (scoped("ec2", x_amz_target="SageMaker.ListModels"), "InvalidSignatureException"),
    ],
)
def test_scope_of_a_service_that_is_not_served_is_refused(request_: HttpRequest, code: str) -> None:
    dated = HttpRequest("POST", "/", "", (*request_.headers, ("x-amz-date", "20261123T213050Z")), b"")
    signed_target = tuple((name, value.replace("=host,", "=host;x-amz-target,")) for name, value in dated.headers)
    dated = HttpRequest("POST", "/", "", signed_target, b"")
    with pytest.raises(AwsError, match="Credential should be scoped to correct service") as refusal:
        read_signature(dated, route(dated), NOW)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("host", "service"),
    [
        ("sts.us-east-1.amazonaws.com", "sts"),
        ("sts.amazonaws.com", "sts"),
        ("sts-fips.us-east-1.amazonaws.com", "sts"),
        ("iam.cn-north-1.amazonaws.com.cn", "iam"),
        ("api.sagemaker.us-east-1.amazonaws.com:443", "sagemaker"),
        ("api-fips.sagemaker.us-east-1.amazonaws.com", "sagemaker"),
        ("featurestore-runtime.sagemaker.us-east-1.amazonaws.com", "sagemaker-featurestore-runtime"),
        ("sagemaker.us-east-1.api.aws", None),
        ("127.0.0.1:4750", None),
        ("sts.example.com", None),
    ],
)
def test_service_of_a_host(host: str, service: str | None) -> None:
    found = by_host(host)
    assert (found and found.name) == service


@pytest.mark.parametrize("name", SERVICES)
def test_table_of_services_is_botocores(name: str) -> None:
    row = SERVICES[name]
    metadata: dict[str, Any] = Loader().load_service_model(name, "service-2")["metadata"]
    assert row.signing_name == metadata.get("signingName", metadata["endpointPrefix"])
    assert row.family.value == metadata["protocol"]
    assert row.host == metadata["endpointPrefix"]
    assert row.target == metadata.get("targetPrefix", "")
    if row.family is Family.QUERY:
        assert row.version == metadata["apiVersion"]


@pytest.mark.parametrize("name", [row.name for row in SERVICES.values() if row.paths is not None])
def test_every_path_of_a_rest_service_is_recognised(name: str) -> None:
    """With the signing name alone: a custom endpoint says nothing by its host."""
    for operation_name in sorted(models.operation_names(name)):
        uri = models.operation(name, operation_name).http["requestUri"]
        path = uri.replace("{", "").replace("}", "")
        assert route(scoped("sagemaker", path)).service == name, uri
