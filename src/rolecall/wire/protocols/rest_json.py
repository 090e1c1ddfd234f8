"""The rest-json protocol, server's side: SageMaker Runtime and its like.

The method and the raw path say the operation; members come from labels, query string, headers and body.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

import msgspec
from botocore.model import OperationModel, Shape, StructureShape
from msgspec import Struct

from rolecall.wire import models
from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols import event_stream, json
from rolecall.wire.protocols.calls import Examined, ParsedCall
from rolecall.wire.protocols.header_values import header_reader, header_writer, text_reader
from rolecall.wire.protocols.json_values import JsonReaders, JsonWriters
from rolecall.wire.protocols.scalars import ShapeError
from rolecall.wire.routing import Route

_encode = msgspec.json.Encoder().encode
_LABEL: Final = re.compile(r"\{([^}+]+)(\+?)\}")


class Template(Struct, frozen=True):
    """The request line of an operation: `/endpoints/{EndpointName}/invocations`, perhaps with fixed queries."""

    operation: str
    method: str
    path: re.Pattern[str]
    names: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    weight: tuple[int, int, int]

    def labels(self, request: HttpRequest) -> Mapping[str, str] | None:
        """The decoded labels where the request is for this operation."""
        if request.method != self.method:
            return None
        found = self.path.fullmatch(request.raw_path)
        if found is None:
            return None
        if self.query and not set(self.query) <= set(query_pairs(request)):
            return None
        return dict(zip(self.names, map(unquote, found.groups()), strict=True))


def template(model: OperationModel) -> Template:
    path, _, fixed = str(model.http["requestUri"]).partition("?")
    labels = list(_LABEL.finditer(path))
    pattern, position = "", 0
    for label in labels:
        pattern += re.escape(path[position : label.start()]) + ("(.+)" if label[2] else "([^/]+)")
        position = label.end()
    pattern += re.escape(path[position:])
    return Template(
        operation=model.name,
        method=str(model.http.get("method", "POST")),
        path=re.compile(pattern, re.DOTALL),
        names=tuple(label[1] for label in labels),
        query=tuple(parse_qsl(fixed, keep_blank_values=True)),
        weight=(sum(1 for label in labels if label[2]), len(labels), -len(path) - len(fixed)),
    )


@cache
def templates(service: str) -> tuple[Template, ...]:
    """All request lines of a service, the most specific first."""
    made = [template(models.operation(service, name)) for name in sorted(models.operation_names(service))]
    return tuple(sorted(made, key=lambda one: one.weight))


def examine(route: Route, request: HttpRequest) -> Examined:
    """The operation is part of the routing, so an unknown one is refused before the signature."""
    for candidate in templates(route.service):
        labels = candidate.labels(request)
        if labels is not None:
            return Examined(candidate.operation, None, labels)
    raise fault(Family.REST_JSON, Fault.UNKNOWN_OPERATION)


def parse(route: Route, request: HttpRequest, examined: Examined) -> ParsedCall:
    if examined.operation is None:
        raise fault(Family.REST_JSON, Fault.UNKNOWN_OPERATION)
    parameters = _request_reader(route.service, examined.operation)(request, examined.labels)
    return ParsedCall(route.service, examined.operation, parameters)


# --- requests --------------------------------------------------------------------------------------------------

RequestReader = Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]
Source = Callable[[HttpRequest, Mapping[str, str]], Any]


def request_reader(model: OperationModel, readers: JsonReaders) -> RequestReader:
    """A function from a request to the parameters of one operation."""
    shape = model.input_shape
    if shape is None:
        return lambda request, labels: {}
    fixed = frozenset(name for name, _ in template(model).query)
    sources = {name: source(member, name, fixed) for name, member in shape.members.items()}
    located = {name: source for name, source in sources.items() if source is not None}
    body = _body_reader(shape, frozenset(located), readers)

    def read(request: HttpRequest, labels: Mapping[str, str]) -> dict[str, Any]:
        try:
            parameters = body(request)
            for name, source in located.items():
                value = source(request, labels)
                if value is not None:
                    parameters[name] = value
        except (ShapeError, RecursionError) as error:
            raise fault(Family.REST_JSON, Fault.UNPARSEABLE, str(error)) from error
        return parameters

    return read


def source(member: Shape, name: str, fixed: frozenset[str]) -> Source | None:
    """Where a member outside the body comes from; None for a member of the body."""
    wire = models.wire_name(member, name)
    match member.serialization.get("location"):
        case "uri":
            read_label = text_reader(member, "iso8601")
            return lambda request, labels: read_label(labels[wire]) if wire in labels else None
        case "querystring":
            return _query_source(member, wire, fixed)
        case "header":
            header, read_header = wire.lower(), header_reader(member)

            def from_header(request: HttpRequest, labels: Mapping[str, str]) -> Any:
                values = [value for key, value in request.headers if key == header]
                return read_header(", ".join(values)) if values else None

            return from_header
        case "headers":
            prefix = wire.lower()
            return lambda request, labels: (
                {key[len(prefix) :]: value for key, value in request.headers if key.startswith(prefix)} or None
            )
    return None


def _query_source(member: Shape, wire: str, fixed: frozenset[str]) -> Source:
    if member.type_name == "map":
        # A map of the query string holds all of it but the fixed parts, also what other members are bound to.
        lists = member.value.type_name == "list"  # type: ignore[attr-defined]

        def read_map(request: HttpRequest, labels: Mapping[str, str]) -> Any:
            found: dict[str, list[str]] = {}
            for key, value in query_pairs(request):
                if key not in fixed:
                    found.setdefault(key, []).append(value)
            return {key: values if lists else values[0] for key, values in found.items()} or None

        return read_map
    if member.type_name == "list":
        read_item = text_reader(member.member, "iso8601")  # type: ignore[attr-defined]
        return lambda request, labels: (
            [read_item(value) for key, value in query_pairs(request) if key == wire] or None
        )
    read_one = text_reader(member, "iso8601")

    def read_scalar(request: HttpRequest, labels: Mapping[str, str]) -> Any:
        return next((read_one(value) for key, value in query_pairs(request) if key == wire), None)

    return read_scalar


def query_pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """A plus sign is a plus sign, as for the signature."""
    if not request.raw_query:
        return []
    parts = (part.partition("=") for part in request.raw_query.split("&") if part)
    return [(unquote(name), unquote(value)) for name, _, value in parts]


def _body_reader(
    shape: StructureShape, located: frozenset[str], readers: JsonReaders
) -> Callable[[HttpRequest], dict[str, Any]]:
    payload = shape.serialization.get("payload")
    if payload is None:
        if located >= shape.members.keys():
            return lambda request: {}
        read = readers.of(shape)

        def from_document(request: HttpRequest) -> dict[str, Any]:
            document = json.decode(request.body, Family.REST_JSON)
            return {name: value for name, value in read(document).items() if name not in located}

        return from_document
    member = shape.members[payload]
    if member.type_name == "blob":
        return lambda request: {payload: request.body} if request.body else {}
    if member.type_name == "string":

        def from_text(request: HttpRequest) -> dict[str, Any]:
            try:
                return {payload: request.body.decode()} if request.body else {}
            except UnicodeDecodeError as error:
                raise ShapeError("the body is not UTF-8 text") from error

        return from_text
    read_payload = readers.of(member)
    decode = json.decode_any if getattr(member, "is_document_type", False) else json.decode
    return lambda request: {payload: read_payload(decode(request.body, Family.REST_JSON))} if request.body else {}


@cache
def _request_reader(service: str, operation: str) -> RequestReader:
    return request_reader(models.operation(service, operation), json.readers(service))


# --- answers ---------------------------------------------------------------------------------------------------


def serialize(service: str, operation: str, output: Mapping[str, Any], request_id: str) -> HttpResponse:
    return _response_writer(service, operation)(output, request_id)


ResponseWriter = Callable[[Mapping[str, Any], str], HttpResponse]


def response_writer(model: OperationModel, writers: JsonWriters) -> ResponseWriter:
    """A function from a handler's answer to the response of one operation."""
    shape = model.output_shape
    usual_status = int(model.http.get("responseCode", 200))
    if shape is None:
        return lambda output, request_id: HttpResponse(usual_status, (("x-amzn-RequestId", request_id),), b"")
    members = shape.members
    payload = shape.serialization.get("payload")
    status_member = next(
        (name for name, member in members.items() if member.serialization.get("location") == "statusCode"), None
    )
    head = {
        name: (models.wire_name(member, name), header_writer(member))
        for name, member in members.items()
        if member.serialization.get("location") in ("header", "headers")
    }
    write_body = _body_writer(shape, payload, writers)

    def write(output: Mapping[str, Any], request_id: str) -> HttpResponse:
        status = usual_status
        if status_member is not None and output.get(status_member) is not None:
            status = int(output[status_member])
        headers = [("x-amzn-RequestId", request_id)]
        for name, (wire, writer) in head.items():
            value = output.get(name)
            if value is not None:
                headers += writer(wire, value)
        outside = head.keys() | {status_member}
        content_type, body = write_body({name: value for name, value in output.items() if name not in outside})
        if content_type and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", content_type))
        return HttpResponse(status, tuple(headers), body)

    return write


def _body_writer(
    shape: StructureShape, payload: str | None, writers: JsonWriters
) -> Callable[[Mapping[str, Any]], tuple[str, bytes]]:
    """The content type that goes with the body, where the operation does not say its own, and the body."""
    if payload is None:
        write_document = writers.of(shape)
        return lambda output: ("application/json", _encode(write_document(output)))
    member = shape.members[payload]
    if member.serialization.get("eventstream"):
        assert isinstance(member, StructureShape), "a stream is a union of its events"
        write_stream = event_stream.stream_writer(member, writers)
        return lambda output: (event_stream.CONTENT_TYPE, write_stream(output.get(payload) or ()))
    if member.type_name in ("blob", "string"):
        usual = "application/octet-stream" if member.type_name == "blob" else "text/plain"

        def write_raw(output: Mapping[str, Any]) -> tuple[str, bytes]:
            value = output.get(payload) or b""
            return (usual if value else "", value.encode() if isinstance(value, str) else bytes(value))

        return write_raw
    write_payload = writers.of(member)

    def write_member(output: Mapping[str, Any]) -> tuple[str, bytes]:
        value = output.get(payload)
        return ("application/json", b"{}" if value is None else _encode(write_payload(value)))

    return write_member


def serialize_error(service: str, error: AwsError, request_id: str) -> HttpResponse:
    shape = models.error_shapes(service).get(error.code)
    return error_response(shape, error, request_id, json.writers(service))


def error_response(
    shape: StructureShape | None, error: AwsError, request_id: str, writers: JsonWriters
) -> HttpResponse:
    """The code goes into a header, the message into the body."""
    headers = [("x-amzn-RequestId", request_id), *error.headers.items()]
    if error.body is not None:
        return HttpResponse(error.status, tuple(headers), error.body)
    headers += [("x-amzn-ErrorType", error.code), ("Content-Type", "application/json")]
    members = dict(error.members)
    if shape is not None:
        for name, member in shape.members.items():
            if member.serialization.get("location") == "header" and members.get(name) is not None:
                headers += header_writer(member)(models.wire_name(member, name), members.pop(name))
    bodily = AwsError(error.code, error.message, error.status, members=members)
    document = json.error_members(shape, bodily, "Message", writers)
    return HttpResponse(error.status, tuple(headers), _encode(document))


@cache
def _response_writer(service: str, operation: str) -> ResponseWriter:
    return response_writer(models.operation(service, operation), json.writers(service))
