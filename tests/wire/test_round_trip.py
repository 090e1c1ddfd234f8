"""The round trip laws: what botocore sends is what we read, what we write is what botocore reads.

For random parameters and answers of every operation of the services in SERVICES, through botocore's own
serializers, request preparation and parsers.
"""

from __future__ import annotations

from typing import Any, Final

from botocore.awsrequest import HeadersDict, create_request_object, prepare_request_dict
from botocore.model import StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rolecall.wire import models
from rolecall.wire.family import Family
from rolecall.wire.http import HttpResponse
from rolecall.wire.protocols import parse_request, serialize_response
from rolecall.wire.routing import ROUTES
from wire.requests import from_botocore
from wire.shape_values import any_text, structure, xml_text

SERVICES: Final = (
    "iam",
    "sts",
    "organizations",
    "sagemaker",
    *(name for name in ROUTES if name.startswith("sagemaker-")),
)
# Operations whose answer is not a document: a raw body, which botocore's parser alone does not give back as bytes,
# and an event stream.
# Of InvokeInferenceRouter botocore reads the body as a text, whatever bytes it has.
NO_DOCUMENT: Final = {"InvokeEndpoint", "InvokeEndpointWithResponseStream", "InvokeInferenceRouter"}

LAW: Final = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
every_operation: Final = st.sampled_from(SERVICES).flatmap(
    lambda service: st.tuples(st.just(service), st.sampled_from(sorted(models.operation_names(service))))
)


def without_empties(value: Any) -> Any:
    """The query protocol sends nothing for an empty structure or map, nor for a structure of such."""
    if isinstance(value, dict):
        kept = {key: without_empties(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item != {}}
    if isinstance(value, list):
        return [item for item in map(without_empties, value) if item != {}]
    return value


def without_empty_places(shape: StructureShape, parameters: dict[str, Any]) -> dict[str, Any]:
    """An empty list or map leaves no trace in headers and query string, nor an empty payload in the body."""
    payload = shape.serialization.get("payload")
    return {
        name: value
        for name, value in parameters.items()
        if value or not (name == payload or shape.members[name].serialization.get("location"))
        or isinstance(value, bool | int | float)
    }  # fmt: skip


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    service, name = draw(every_operation)
    model = models.operation(service, name)
    if model.input_shape is None:
        return service, name, {}
    parameters = structure(draw, model.input_shape, any_text)
    if ROUTES[service].protocol is Family.QUERY:
        parameters = without_empties(parameters)
    elif ROUTES[service].protocol is Family.REST_JSON:
        parameters = without_empty_places(model.input_shape, parameters)
    return service, name, parameters


@LAW
@given(calls())
@example(("sts", "AssumeRole", {"Tags": [], "TransitiveTagKeys": ["a b", "é~*+"], "DurationSeconds": 900}))
@example(("sagemaker", "CreateModel", {"PrimaryContainer": {"Environment": {"": "\x00"}}}))
def test_what_botocore_sends_is_what_we_read(call: tuple[str, str, dict[str, Any]]) -> None:
    service, name, parameters = call
    model = models.operation(service, name)
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    sent = serializer.serialize_to_request(parameters, model)
    prepare_request_dict(sent, "http://127.0.0.1:4750")
    parsed = parse_request(ROUTES[service], from_botocore(create_request_object(sent)))
    assert (parsed.service, parsed.operation) == (service, name)
    assert parsed.parameters == parameters


@st.composite
def answers(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    service, name = draw(every_operation.filter(lambda pair: pair[1] not in NO_DOCUMENT))
    shape = models.operation(service, name).output_shape
    text = xml_text if ROUTES[service].protocol is Family.QUERY else any_text
    return service, name, {} if shape is None else structure(draw, shape, text)


@LAW
@given(answers())
@example(("iam", "ListUsers", {"Users": [], "IsTruncated": False}))
@example(("iam", "GetRole", {"Role": {"RoleLastUsed": {}, "Description": "a < b & c\r\n"}}))
def test_what_we_write_is_what_botocore_reads(answer: tuple[str, str, dict[str, Any]]) -> None:
    service, name, output = answer
    response = serialize_response(ROUTES[service], name, output, "00000000-0000-4000-8000-000000000000")
    result = read_by_botocore(service, name, response)
    assert result.pop("ResponseMetadata")["RequestId"] == "00000000-0000-4000-8000-000000000000"
    assert result == output


def read_by_botocore(service: str, name: str, response: HttpResponse) -> dict[str, Any]:
    model = models.operation(service, name)
    given_ = {
        "status_code": response.status,
        "headers": HeadersDict(dict(response.headers)),
        "body": response.body,
        "context": {"operation_name": name},
    }
    shape: Any = model.output_shape  # None is a shape to the parser
    return dict(create_parser(model.metadata["protocol"]).parse(given_, shape))
