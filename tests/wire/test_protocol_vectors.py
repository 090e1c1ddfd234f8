"""botocore's protocol vectors (generated from Smithy's), turned round for a server.

Input vectors: a client's request must give back the parameters. Output vectors: botocore must parse what we write
for a result to that result, and an error to that error. IGNORED names what does not apply, each with its reason;
the list may only become shorter.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import create_parser

from rolecall.wire.errors import AwsError
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols import query, rest_json
from rolecall.wire.protocols.form_values import FormReaders, grow
from rolecall.wire.protocols.json import error_document
from rolecall.wire.protocols.json_values import JsonReaders, JsonWriters
from rolecall.wire.protocols.xml_values import XmlWriters
from wire.botocore_archive import missing, unit_tests

PROTOCOLS: Final = ("query", "json", "json_1_0", "rest-json")
NO_BODY: Final = "the vector leaves out the compressed body"
CLIENT: Final = "the client fills in the token, it is not among the parameters"
NO_TRACE: Final = "an empty list or map leaves no trace in the request"
BOTOCORE: Final = "botocore skips it too: its own parser does not read this form"
IGNORED: Final[Mapping[str, str]] = {
    "SDKAppliedContentEncoding_awsQuery": NO_BODY,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery": NO_BODY,
    "SDKAppliedContentEncoding_awsJson1_1": NO_BODY,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1": NO_BODY,
    "SDKAppliedContentEncoding_awsJson1_0": NO_BODY,
    "SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0": NO_BODY,
    "SDKAppliedContentEncoding_restJson1": NO_BODY,
    "SDKAppendedGzipAfterProvidedEncoding_restJson1": NO_BODY,
    "QueryProtocolIdempotencyTokenAutoFill": CLIENT,
    "RestJsonQueryIdempotencyTokenAutoFill": CLIENT,
    "QueryEmptyQueryMaps": NO_TRACE,
    "RestJsonHttpPrefixHeadersAreNotPresent": NO_TRACE,
    "RestJsonOmitsEmptyListQueryValues": NO_TRACE,
    "RestJsonHttpWithEmptyStructurePayload": "a client sends {} for an absent payload and for an empty one",
    "RestJsonHttpWithHeadersButNoPayload": "a client sends {} for an absent payload and for an empty one",
    "RestJsonHostWithPath": "the path in front belongs to the client's endpoint",
    "RestJsonQueryParamsStringListMap": "at a server the map holds the whole query string, also what is bound",
    "RestJsonQueryPrecedence": "which of two values the client sends; the other one is lost",
    "MediaTypeHeaderInputBase64": "botocore's value of such a header is the document, the vector's its text",
    "AwsQueryDateTimeWithFractionalSeconds": "IAM and STS write whole seconds",
    "QueryXmlLists": BOTOCORE,
    "RestJsonHttpPayloadTraitsWithNoBlobBody": BOTOCORE,
    "RestJsonHttpPayloadWithUnsetUnion": BOTOCORE,
    "RestJsonInputAndOutputWithQuotedStringHeaders": BOTOCORE,
    "RestJsonInputAndOutputWithTimestampHeaders": BOTOCORE,
    "HttpPrefixHeadersResponse": "its prefix is empty, so it collects the request id as well",
}


class Vector:
    def __init__(self, suite: Mapping[str, Any], case: Mapping[str, Any]) -> None:
        self.case = case
        name = case["given"]["name"]
        given = {**case["given"], "http": {"method": "POST", "requestUri": "/", **case["given"].get("http", {})}}
        self.service = ServiceModel({**suite, "operations": {name: given}}, "vectors")
        self.operation = OperationModel(given, self.service, name)
        self.protocol = self.service.metadata["protocol"]


def vectors(direction: str, wanted: str) -> list[object]:
    unit = unit_tests()
    if unit is None:
        return missing("the protocol vectors")
    return [
        pytest.param(Vector(suite, case), id=f"{protocol}: {case['id']}")
        for protocol in PROTOCOLS
        for suite in json.loads((Path(unit) / "protocols" / direction / f"{protocol}.json").read_text())
        for case in suite["cases"]
        if wanted in case and case["id"] not in IGNORED and (wanted == "error" or "error" not in case)
    ]


def plain(value: Any) -> Any:
    """Our values as the vectors write them: seconds, text for bytes, names for what is no number."""
    match value:
        case dict():
            return {key: plain(item) for key, item in value.items() if item is not None}
        case list():
            return [plain(item) for item in value]
        case datetime():
            return value.timestamp()
        case bytes():
            return value.decode()
        case float() if math.isnan(value):
            return "NaN"
        case float() if math.isinf(value):
            return "Infinity" if value > 0 else "-Infinity"
    return value


def typed(shape: Any, value: Any) -> Any:
    """A vector's result as a handler would give it."""
    if value is None or shape is None:
        return value
    match shape.type_name:
        case "structure" if not shape.is_document_type:
            return {name: typed(shape.members[name], item) for name, item in value.items()}
        case "list":
            return [typed(shape.member, item) for item in value]
        case "map":
            return {key: typed(shape.value, item) for key, item in value.items()}
        case "timestamp":
            return datetime.fromtimestamp(value, UTC)
        case "blob":
            return value.encode()
        case "float" | "double":
            return float(value)
    return value


def request_of(serialized: Mapping[str, Any]) -> HttpRequest:
    uri = urlsplit(serialized["uri"])
    headers = tuple((name.lower(), str(value)) for name, value in serialized.get("headers", {}).items())
    return HttpRequest(
        serialized.get("method", "POST"), uri.path, uri.query, headers, serialized.get("body", "").encode()
    )


def parsed(vector: Vector, request: HttpRequest) -> Mapping[str, Any]:
    shape = vector.operation.input_shape
    match vector.protocol:
        case "query":
            tree = grow(parse_qsl(request.body.decode(), keep_blank_values=True))
            assert tree["Action"][""] == vector.operation.name
            return {} if shape is None else FormReaders().of(shape)(tree)
        case "json":
            document = json.loads(request.body or b"{}")
            return {} if shape is None else JsonReaders().of(shape)(document)
    labels = rest_json.template(vector.operation).labels(request)
    assert labels is not None
    return rest_json.request_reader(vector.operation, JsonReaders())(request, labels)


@pytest.mark.parametrize("vector", vectors("input", "params"))
def test_request_gives_back_the_parameters(vector: Vector) -> None:
    request = request_of(vector.case["serialized"])
    assert plain(parsed(vector, request)) == plain(vector.case["params"])


def botocore_reads(vector: Vector, response: HttpResponse, shape: Any) -> dict[str, Any]:
    parser = create_parser(vector.protocol)
    given = {"status_code": response.status, "headers": headers_of(response), "body": response.body}
    given["context"] = {"operation_name": vector.operation.name}
    result = parser.parse(given, shape)
    result.pop("ResponseMetadata", None)
    return dict(result)


def headers_of(response: HttpResponse) -> Any:
    return HeadersDict({name.lower(): value for name, value in response.headers})


def written(vector: Vector, output: Mapping[str, Any]) -> HttpResponse:
    shape = vector.operation.output_shape
    match vector.protocol:
        case "query":
            return query.respond(query.Answer(vector.operation, XmlWriters()), output, "id")
        case "json":
            body = b"" if shape is None else json.dumps(JsonWriters().of(shape)(output)).encode()
            return HttpResponse(200, (), body)
    return rest_json.response_writer(vector.operation, JsonWriters())(output, "id")


@pytest.mark.parametrize("vector", vectors("output", "result"))
def test_botocore_reads_the_result_that_was_written(vector: Vector) -> None:
    shape = vector.operation.output_shape
    if vector.protocol == "query" and shape is not None and shape.members:
        shape.serialization["resultWrapper"] = f"{vector.operation.name}Result"
    response = written(vector, typed(shape, vector.case["result"]))
    assert plain(botocore_reads(vector, response, shape)) == plain(vector.case["result"])


@pytest.mark.parametrize("vector", vectors("output", "error"))
def test_botocore_reads_the_error_that_was_written(vector: Vector) -> None:
    shapes: dict[str, Any] = {shape.name: shape for shape in vector.service.error_shapes}
    code = vector.case["errorCode"]
    shape = next((one for one in shapes.values() if code in (one.name, one.error_code)), None)
    members = (
        {name: typed(shape.members[name], item) for name, item in vector.case["error"].items()} if shape else {}
    )
    message = vector.case.get("errorMessage", "")
    error = AwsError(code, message, vector.case["response"]["status_code"], members=members)
    match vector.protocol:
        case "query":
            response = query.error_response(vector.service, shape, error, "id", XmlWriters())
        case "json":
            document = error_document(shape, error, JsonWriters())
            response = HttpResponse(error.status, (), json.dumps(document).encode())
        case _:
            response = rest_json.error_response(shape, error, "id", JsonWriters())
    found = botocore_reads(vector, response, vector.operation.output_shape)
    assert found["Error"]["Code"] == code
    assert found["Error"].get("Message", "") == message
    if shape is not None:
        modelled = botocore_reads(vector, response, shape)
        assert {name: plain(modelled.get(name)) for name in members} == plain(vector.case["error"])


def test_nothing_is_ignored_that_does_not_exist() -> None:
    unit = unit_tests()
    if unit is None:
        pytest.skip("the protocol vectors: botocore's source archive cannot be had from the package index")
    known = {
        case["id"]
        for direction in ("input", "output")
        for protocol in PROTOCOLS
        for suite in json.loads((unit / "protocols" / direction / f"{protocol}.json").read_text())
        for case in suite["cases"]
    }
    assert set(IGNORED) <= known
