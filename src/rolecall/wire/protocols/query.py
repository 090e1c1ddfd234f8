"""The query protocol, server's side: STS and IAM."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel, ServiceModel, StructureShape

from rolecall.wire import models
from rolecall.wire.errors import AwsError, Fault, bare, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols.calls import Examined, ParsedCall
from rolecall.wire.protocols.form_values import FormReaders, Reader, grow
from rolecall.wire.protocols.scalars import ShapeError
from rolecall.wire.protocols.xml_values import Pieces, Writer, XmlWriters, text
from rolecall.wire.routing import FORM, Route
from rolecall.wire.services import SERVICES

CONTENT_TYPE: Final = "text/xml"
NO_VERSION: Final = "NO_VERSION_SPECIFIED"

_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})(.{0,2})", re.DOTALL)
_FORBIDDEN_PAGE: Final = b"<html><body><h1>403 Forbidden</h1></body></html>\n"


def examine(route: Route, request: HttpRequest) -> Examined:
    """The checks that come before the signature; each answers without or before an error envelope."""
    if _BAD_ESCAPE.search(request.raw_path) or not _inside_root(request.raw_path):
        raise bare(400)
    if request.method not in ("GET", "POST"):
        raise bare(302, headers={"Location": SERVICES[route.service].home})
    content_type = (request.header("content-type") or FORM).partition(";")[0].strip().lower()
    if request.method == "POST" and content_type != FORM:
        raise bare(403, _FORBIDDEN_PAGE, {"Content-Type": "text/html"})
    bad = _BAD_ESCAPE.search(request.raw_query)
    if bad and len(bad[1]) < 2:
        raise fault(Family.QUERY, Fault.BAD_QUERY_STRING, "Incomplete trailing escape % sequence")
    if bad:
        raise fault(Family.QUERY, Fault.BAD_QUERY_STRING, f"Illegal hex character in escape % pattern: {bad[0]}")
    return Examined()


def _inside_root(path: str) -> bool:
    """The path is absolute and does not climb above its root."""
    depth = 0
    for segment in path.split("/")[1:]:
        depth += -1 if segment == ".." else 0 if segment in ("", ".") else 1
        if depth < 0:
            return False
    return path.startswith("/")


def parse(route: Route, request: HttpRequest, examined: Examined) -> ParsedCall:
    tree = grow(_pairs(request))
    action = _own(tree, "Action")
    version = _own(tree, "Version")
    if not action:
        raise AwsError("MissingAction", "The request is missing an action or a required parameter.", 400)
    model = models.service_model(route.service)
    if action not in models.operation_names(route.service) or version not in (None, model.api_version):
        raise fault(
            Family.QUERY,
            Fault.UNKNOWN_OPERATION,
            f"Could not find operation {action} for version {version or NO_VERSION}",
        )
    reader = _reader(route.service, action)
    try:
        parameters = {} if reader is None else reader(tree)
    except (ShapeError, RecursionError) as error:
        raise fault(Family.QUERY, Fault.UNPARSEABLE) from error
    return ParsedCall(route.service, action, parameters)


def _pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """The parameters of query string and body.

    In the query string a plus sign is a plus sign, as it is for the signature; if it were read as a space,
    somebody on the way could turn a signed %2B into one. In the body it is a space: there each byte is signed.
    """
    pairs = []
    for part in request.raw_query.split("&") if request.raw_query else ():
        name, _, value = part.partition("=")
        pairs.append((unquote(name), unquote(value)))
    try:
        pairs += parse_qsl(request.body.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise fault(Family.QUERY, Fault.UNPARSEABLE) from error
    return pairs


def _own(tree: Mapping[str, Any], name: str) -> str | None:
    value = tree.get(name, {}).get("")
    return value if isinstance(value, str) else None


@cache
def _readers(service: str) -> FormReaders:
    return FormReaders()


@cache
def _reader(service: str, operation: str) -> Reader | None:
    shape = models.operation(service, operation).input_shape
    return None if shape is None else _readers(service).of(shape)


# --- answers ---------------------------------------------------------------------------------------------------


def serialize(service: str, operation: str, output: Mapping[str, Any], request_id: str) -> HttpResponse:
    return respond(_answer(service, operation), output, request_id)


class Answer:
    """What surrounds the output of one operation, and the writer of its members."""

    def __init__(self, model: OperationModel, writers: XmlWriters) -> None:
        shape = model.output_shape
        self.writer: Writer | None = None if shape is None else writers.of(shape)
        self.wrapper = None if shape is None else shape.serialization.get("resultWrapper")
        name = f"{model.name}Response"
        self.open = f"<{name}{_xmlns(namespace(model.service_model))}>"
        self.close = f"</{name}>"


def respond(answer: Answer, output: Mapping[str, Any], request_id: str) -> HttpResponse:
    pieces: Pieces = [answer.open]
    if answer.writer is not None and answer.wrapper is not None:
        answer.writer(pieces, answer.wrapper, output)
    elif answer.writer is not None:
        unwrapped: Pieces = []
        answer.writer(unwrapped, "-", output)
        pieces.extend(unwrapped[1:-1])
    pieces.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>{answer.close}")
    return _http(200, pieces, request_id)


def serialize_error(service: str, error: AwsError, request_id: str) -> HttpResponse:
    """`<ErrorResponse>` with the code as it is; a modelled error carries its own members beside the message."""
    if error.body is not None:
        return bare_response(error, {"x-amzn-RequestId": request_id})
    model = models.service_model(service)
    shape = models.error_shapes(service).get(error.code)
    return error_response(model, shape, error, request_id, _writers(service))


def error_response(
    model: ServiceModel, shape: StructureShape | None, error: AwsError, request_id: str, writers: XmlWriters
) -> HttpResponse:
    pieces: Pieces = [
        f"<ErrorResponse{_xmlns(error.namespace or namespace(model))}><Error>",
        f"<Type>{'Sender' if error.sender else 'Receiver'}</Type><Code>{text(error.code)}</Code>",
    ]
    if error.message:
        pieces.append(f"<Message>{text(error.message)}</Message>")
    if shape is not None and error.members:
        members: Pieces = []
        others = {name: value for name, value in error.members.items() if name.lower() != "message"}
        writers.of(shape)(members, "-", others)
        pieces.extend(members[1:-1])
    pieces.append(f"</Error><RequestId>{request_id}</RequestId></ErrorResponse>")
    return _http(error.status, pieces, request_id, error.headers)


def bare_response(error: AwsError, headers: Mapping[str, str]) -> HttpResponse:
    """An answer without an envelope."""
    return HttpResponse(error.status, (*headers.items(), *error.headers.items()), error.body or b"")


def namespace(model: ServiceModel) -> str:
    return str(model.metadata.get("xmlNamespace", ""))


def _xmlns(uri: str) -> str:
    return f' xmlns="{uri}"' if uri else ""


def _http(status: int, pieces: Pieces, request_id: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    head = (("x-amzn-RequestId", request_id), ("Content-Type", CONTENT_TYPE))
    return HttpResponse(status, head + tuple((headers or {}).items()), "".join(pieces).encode())


@cache
def _writers(service: str) -> XmlWriters:
    return XmlWriters()


@cache
def _answer(service: str, operation: str) -> Answer:
    return Answer(models.operation(service, operation), _writers(service))
