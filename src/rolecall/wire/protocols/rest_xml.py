"""The rest-xml protocol, server's side: S3.

Method, address and query string say the operation: of those whose fixed and required parts are all there, the one
with most of them (`PUT key?partNumber&uploadId` is UploadPart, with a copy source UploadPartCopy). Bodies of
objects are not read here: the parameters say nothing of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl

from botocore.model import OperationModel, StructureShape
from msgspec import Struct

from rolecall.wire import models
from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols.calls import Examined, ParsedCall
from rolecall.wire.protocols.header_values import header_writer
from rolecall.wire.protocols.rest_json import query_pairs, source
from rolecall.wire.protocols.scalars import ShapeError
from rolecall.wire.protocols.xml_trees import XmlReaders
from rolecall.wire.protocols.xml_trees import parse as parse_xml
from rolecall.wire.protocols.xml_values import XmlWriters, text
from rolecall.wire.routing import Route
from rolecall.wire.s3_addresses import Address, address_of

NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
MALFORMED: Final = "The XML you provided was not well-formed or did not validate against our published schema"
# Of these and another with the same request line, the other is meant: directory buckets, and names of long ago.
SET_ASIDE: Final = frozenset({"ListDirectoryBuckets", "WriteGetObjectResponse", "CreateSession"})
# Operations whose body is the object's, which goes past the parameters.
OBJECT_BODIES: Final = frozenset({"PutObject", "UploadPart"})


class Line(Struct, frozen=True):
    """The request line of an operation: `level` 0 is the service, 1 a bucket, 2 a key."""

    operation: str
    method: str
    level: int
    queries: frozenset[str]
    values: tuple[tuple[str, str], ...]  # fixed queries with a value
    headers: frozenset[str]

    @property
    def weight(self) -> int:
        return len(self.queries) + len(self.headers)

    def fits(self, method: str, level: int, queries: Mapping[str, str], headers: frozenset[str]) -> bool:
        return (
            self.method == method
            and self.level == level
            and self.queries <= queries.keys()
            and self.headers <= headers
            and all(queries[name] == value for name, value in self.values)
        )


@cache
def lines(service: str) -> tuple[Line, ...]:
    """All request lines of a service, those that ask for most first."""
    made = [
        _line(models.operation(service, name))
        for name in sorted(models.operation_names(service))
        if name not in SET_ASIDE
    ]
    return tuple(sorted(made, key=lambda one: -one.weight))


def _line(model: OperationModel) -> Line:
    path, _, fixed = str(model.http["requestUri"]).partition("?")
    pairs = parse_qsl(fixed, keep_blank_values=True)
    members = model.input_shape.members if model.input_shape is not None else {}
    required = [members[name] for name in (model.input_shape.required_members if model.input_shape else ())]
    named = {
        place: frozenset(
            str(member.serialization["name"]).lower() if place == "header" else str(member.serialization["name"])
            for member in required
            if member.serialization.get("location") == place
        )
        for place in ("querystring", "header")
    }
    return Line(
        operation=model.name,
        method=str(model.http["method"]),
        level=path.count("{"),
        queries=frozenset(name for name, _ in pairs) | named["querystring"],
        values=tuple((name, value) for name, value in pairs if value),
        headers=named["header"],
    )


def examine(route: Route, request: HttpRequest) -> Examined:
    """The operation and the address of a request; an unknown one is refused before the signature."""
    address = address_of(request)
    level = 2 if address.key else 1 if address.bucket else 0
    queries = dict(reversed(query_pairs(request)))
    headers = frozenset(name for name, _ in request.headers)
    for line in lines(route.service):
        if line.fits(request.method, level, queries, headers) and not _superseded(line.operation, route.service):
            return Examined(line.operation, None, _labels(address))
    raise fault(Family.REST_XML, Fault.UNKNOWN_OPERATION, Method=request.method, ResourceType=_kind(level))


def _labels(address: Address) -> dict[str, str]:
    return {name: value for name, value in (("Bucket", address.bucket), ("Key", address.key)) if value}


def _kind(level: int) -> str:
    return ("SERVICE", "BUCKET", "OBJECT")[level]


@cache
def _superseded(operation: str, service: str) -> bool:
    """Whether the model has a newer operation of the same request line."""
    return models.operation(service, operation).deprecated


def parse(route: Route, request: HttpRequest, examined: Examined) -> ParsedCall:
    if examined.operation is None:
        raise fault(Family.REST_XML, Fault.UNKNOWN_OPERATION)
    parameters = _request_reader(route.service, examined.operation)(request, examined.labels)
    return ParsedCall(route.service, examined.operation, parameters)


RequestReader = Callable[[HttpRequest, Mapping[str, str]], dict[str, Any]]


@cache
def _request_reader(service: str, operation: str) -> RequestReader:
    model = models.operation(service, operation)
    shape = model.input_shape
    if shape is None:
        return lambda request, labels: {}
    sources = {name: source(member, name, frozenset()) for name, member in shape.members.items()}
    located = {name: one for name, one in sources.items() if one is not None}
    body = _body_reader(operation, shape, _readers(service))

    def read(request: HttpRequest, labels: Mapping[str, str]) -> dict[str, Any]:
        try:
            parameters = body(request)
            for name, one in located.items():
                value = one(request, labels)
                if value is not None:
                    parameters[name] = value
        except ShapeError as error:
            raise AwsError("InvalidArgument", str(error), 400) from error
        return parameters

    return read


def _body_reader(
    operation: str, shape: StructureShape, readers: XmlReaders
) -> Callable[[HttpRequest], dict[str, Any]]:
    payload = shape.serialization.get("payload")
    if payload is None or operation in OBJECT_BODIES:
        return lambda request: {}
    member = shape.members[payload]
    if not isinstance(member, StructureShape):
        return lambda request: {payload: request.body.decode("utf-8", "replace")} if request.body else {}
    read = readers.of(member)

    def from_document(request: HttpRequest) -> dict[str, Any]:
        if not request.body.strip():
            return {}
        try:
            return {payload: read(parse_xml(request.body))}
        except ShapeError:
            raise AwsError("MalformedXML", MALFORMED, 400) from None

    return from_document


@cache
def _readers(service: str) -> XmlReaders:
    return XmlReaders()


@cache
def _writers(service: str) -> XmlWriters:
    return XmlWriters()


# --- answers ---------------------------------------------------------------------------------------------------

ResponseWriter = Callable[[Mapping[str, Any], str], HttpResponse]


def serialize(service: str, operation: str, output: Mapping[str, Any], request_id: str) -> HttpResponse:
    return _response_writer(service, operation)(output, request_id)


@cache
def _response_writer(service: str, operation: str) -> ResponseWriter:
    model = models.operation(service, operation)
    shape = model.output_shape
    usual = int(model.http.get("responseCode", 200))
    members = {} if shape is None else shape.members
    head = {
        name: (models.wire_name(member, name), header_writer(member))
        for name, member in members.items()
        if member.serialization.get("location") in ("header", "headers")
    }
    write_body = _body_writer(operation, shape, head.keys(), _writers(service))

    def write(output: Mapping[str, Any], request_id: str) -> HttpResponse:
        headers = [("x-amz-request-id", request_id), ("x-amz-id-2", request_id), ("Server", "AmazonS3")]
        for name, (wire, writer) in head.items():
            value = output.get(name)
            if value is not None:
                headers += writer(wire, value)
        body = write_body({name: value for name, value in output.items() if name not in head})
        if body and not any(name.lower() == "content-type" for name, _ in headers):
            headers.append(("Content-Type", "application/xml"))
        return HttpResponse(int(output.get("_status") or usual), tuple(headers), body)

    return write


def _body_writer(
    operation: str, shape: StructureShape | None, outside: Any, writers: XmlWriters
) -> Callable[[Mapping[str, Any]], bytes]:
    if shape is None:
        return lambda output: b""
    payload = shape.serialization.get("payload")
    if payload is not None:
        member = shape.members[payload]
        if not isinstance(member, StructureShape):
            return lambda output: _bytes(output.get(payload))
        return _document_writer(models.wire_name(member, payload), member, writers, payload)
    if outside >= shape.members.keys():
        return lambda output: b""
    return _document_writer(_root(operation, shape), shape, writers, None)


def _root(operation: str, shape: StructureShape) -> str:
    """The name of an answer's root element, where the model does not say it."""
    return ROOTS.get(operation) or str(
        shape.serialization.get("locationName") or shape.name.replace("Output", "Result")
    )


# S3 API Reference, "Response Syntax" of each.
ROOTS: Final[Mapping[str, str]] = {
    "ListBuckets": "ListAllMyBucketsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListParts": "ListPartsResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAcl": "AccessControlPolicy",
    "GetObjectAcl": "AccessControlPolicy",
    "GetBucketTagging": "Tagging",
    "GetObjectTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketLocation": "LocationConstraint",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetObjectAttributes": "GetObjectAttributesResponse",
}


def _document_writer(
    root: str, shape: StructureShape, writers: XmlWriters, payload: str | None
) -> Callable[[Mapping[str, Any]], bytes]:
    write = writers.of(shape)
    body_members = {name for name, member in shape.members.items() if not member.serialization.get("location")}

    def document(output: Mapping[str, Any]) -> bytes:
        value = output if payload is None else output.get(payload)
        if value is None:
            return b""
        if root == "LocationConstraint":
            constraint = text(str(value.get("LocationConstraint") or ""))
            return f'{DECLARATION}<{root} xmlns="{NAMESPACE}">{constraint}</{root}>'.encode()
        pieces: list[str] = []
        write(pieces, root, {name: one for name, one in value.items() if name in body_members})
        pieces[0] = pieces[0].replace(f"<{root}", f'<{root} xmlns="{NAMESPACE}"', 1)
        return (DECLARATION + "".join(pieces)).encode("utf-8", "surrogatepass")

    return document


def _bytes(value: Any) -> bytes:
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else bytes(value)


def serialize_error(service: str, error: AwsError, request_id: str) -> HttpResponse:
    """Code, message and further elements; nothing at all where the status has no body."""
    headers = [("x-amz-request-id", request_id), ("x-amz-id-2", request_id), ("Server", "AmazonS3")]
    headers += error.headers.items()
    if error.body is not None or error.status == 304:
        return HttpResponse(error.status, tuple(headers), error.body or b"")
    further = "".join(
        f"<{name}>{text(str(value))}</{name}>" for name, value in error.members.items() if value is not None
    )
    body = (
        f"{DECLARATION}<Error><Code>{text(error.code)}</Code><Message>{text(error.message)}</Message>{further}"
        f"<RequestId>{request_id}</RequestId><HostId>{request_id}</HostId></Error>"
    )
    headers.append(("Content-Type", "application/xml"))
    return HttpResponse(error.status, tuple(headers), body.encode("utf-8", "replace"))
