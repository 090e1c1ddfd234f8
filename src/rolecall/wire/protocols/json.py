"""The json protocol, server's side: SageMaker's control plane."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import msgspec
from botocore.model import StructureShape

from rolecall.wire import models
from rolecall.wire.errors import AwsError, Fault, bare, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols.calls import Examined, ParsedCall
from rolecall.wire.protocols.json_values import NESTED_LIST, NO_FIELD, JsonReaders, JsonWriters, Reader, Writer
from rolecall.wire.protocols.scalars import ShapeError
from rolecall.wire.routing import Route

CONTENT_TYPES: Final = frozenset({"application/x-amz-json-1.1", "application/x-amz-json-1.0", "application/json"})
_NO_SUCH_OPERATION: Final = b"<UnknownOperationException/>\n"

# What lies deeper is refused here, where nothing was decided and nothing is to be recorded yet: parameters are
# walked many times, and whoever walks them needs a stack.
DEEPEST: Final = 200

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def examine(route: Route, request: HttpRequest) -> Examined:
    """Method and content type, then the body as JSON, then the target: all before the signature."""
    content_type = (request.header("content-type") or "").partition(";")[0].strip().lower()
    if request.method != "POST" or content_type not in CONTENT_TYPES:
        raise bare(404, _NO_SUCH_OPERATION)
    document = decode(request.body, Family.JSON)
    prefix, _, name = (request.header("x-amz-target") or "").rpartition(".")
    if prefix != _target_prefix(route.service) or name not in models.operation_names(route.service):
        raise fault(Family.JSON, Fault.UNKNOWN_OPERATION)
    return Examined(name, document)


def decode(body: bytes, family: Family) -> Any:
    """The JSON object of a body; an empty body is an empty object."""
    document = decode_any(body, family)
    if not isinstance(document, dict):
        raise fault(family, Fault.UNPARSEABLE, NESTED_LIST if isinstance(document, list) else NO_FIELD)
    return document


def decode_any(body: bytes, family: Family) -> Any:
    if not body or body.isspace():
        return {}
    try:
        document = _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise fault(family, Fault.UNPARSEABLE) from error
    if body.count(b"{") + body.count(b"[") > DEEPEST and _deeper_than(DEEPEST, document):
        raise fault(family, Fault.UNPARSEABLE)
    return document


def _deeper_than(depth: int, document: Any) -> bool:
    """Whether objects and lists lie in each other more than so many deep."""
    level = [document]
    for _ in range(depth):
        inside = (inner for one in level for inner in (one.values() if isinstance(one, dict) else one))
        level = [inner for inner in inside if isinstance(inner, dict | list)]
        if not level:
            return False
    return True


def parse(route: Route, request: HttpRequest, examined: Examined) -> ParsedCall:
    if examined.operation is None:
        raise fault(Family.JSON, Fault.UNKNOWN_OPERATION)
    reader = _reader(route.service, examined.operation)
    try:
        parameters = {} if reader is None else reader(examined.document)
    except (ShapeError, RecursionError) as error:
        raise fault(Family.JSON, Fault.UNPARSEABLE, str(error)) from error
    return ParsedCall(route.service, examined.operation, parameters)


def serialize(service: str, operation: str, output: Mapping[str, Any], request_id: str) -> HttpResponse:
    """An operation without output answers with an empty body."""
    writer = _writer(service, operation)
    body = b"" if writer is None else _encode(writer(output))
    return HttpResponse(200, _headers(service, request_id), body)


def serialize_error(service: str, error: AwsError, request_id: str) -> HttpResponse:
    if error.body is not None:
        return HttpResponse(error.status, (("x-amzn-RequestId", request_id), *error.headers.items()), error.body)
    document = error_document(models.error_shapes(service).get(error.code), error, writers(service))
    return HttpResponse(error.status, (*_headers(service, request_id), *error.headers.items()), _encode(document))


def error_document(shape: StructureShape | None, error: AwsError, compiled: JsonWriters) -> dict[str, Any]:
    code = f"{error.namespace}#{error.code}" if error.namespace else error.code
    return {"__type": code} | error_members(shape, error, "message", compiled)


def error_members(
    shape: StructureShape | None, error: AwsError, message_name: str, compiled: JsonWriters
) -> dict[str, Any]:
    """The message under the name that the error's shape gives it (SageMaker's: `Message`), and other members."""
    document: dict[str, Any] = {}
    if shape is not None:
        message_name = next((name for name in shape.members if name.lower() == "message"), message_name)
        document.update(compiled.of(shape)(error.members))
    if error.message:
        document.setdefault(message_name, error.message)
    return document


def _headers(service: str, request_id: str) -> tuple[tuple[str, str], ...]:
    return (("x-amzn-RequestId", request_id), ("Content-Type", _content_type(service)))


@cache
def _content_type(service: str) -> str:
    return f"application/x-amz-json-{models.service_model(service).metadata['jsonVersion']}"


@cache
def _target_prefix(service: str) -> str:
    return str(models.service_model(service).metadata["targetPrefix"])


@cache
def readers(service: str) -> JsonReaders:
    return JsonReaders()


@cache
def writers(service: str) -> JsonWriters:
    return JsonWriters()


@cache
def _reader(service: str, operation: str) -> Reader | None:
    shape = models.operation(service, operation).input_shape
    return None if shape is None else readers(service).of(shape)


@cache
def _writer(service: str, operation: str) -> Writer | None:
    shape = models.operation(service, operation).output_shape
    return None if shape is None else writers(service).of(shape)
