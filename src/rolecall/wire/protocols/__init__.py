"""From bytes to an API call and back, by the protocol of the route.

The order of a request: `examine` (what AWS refuses before it looks at the signature), then sigv4, then
`parse_request` (unknown action, wrong types). Answers and errors are written by `serialize_response` and
`serialize_error`. botocore's models say everything about shapes; compiled once per operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final

from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols import json, query, rest_json, rest_xml
from rolecall.wire.protocols.calls import Examined, ParsedCall
from rolecall.wire.routing import UNSIGNED_OPERATIONS, Route

__all__ = ["Examined", "ParsedCall", "examine", "parse_request", "serialize_error", "serialize_response"]

PROTOCOLS: Final[Mapping[Family, ModuleType]] = {
    Family.QUERY: query,
    Family.JSON: json,
    Family.REST_JSON: rest_json,
    Family.REST_XML: rest_xml,
}


def examine(route: Route, request: HttpRequest) -> Examined:
    """Everything that is refused before the signature counts; raises AwsError."""
    examined: Examined = PROTOCOLS[route.protocol].examine(route, request)
    return examined


def parse_request(route: Route, request: HttpRequest, examined: Examined | None = None) -> ParsedCall:
    """The call that a request makes; raises AwsError for what does not parse or does not exist."""
    module = PROTOCOLS[route.protocol]
    call: ParsedCall = module.parse(route, request, examined or module.examine(route, request))
    if route.unsigned and route.service != "s3" and call.operation not in UNSIGNED_OPERATIONS:
        # Routing let the request come without a signature for the sake of its Action: hold it to that.
        raise fault(route.protocol, Fault.UNSIGNED)
    return call


def serialize_response(route: Route, operation: str, output: Mapping[str, Any], request_id: str) -> HttpResponse:
    """The answer of an operation; `output` as the handler gave it, members named as in botocore's model."""
    response: HttpResponse = PROTOCOLS[route.protocol].serialize(route.service, operation, output, request_id)
    return response


def serialize_error(route: Route, error: AwsError, request_id: str) -> HttpResponse:
    """An error in the envelope of the route's protocol."""
    response: HttpResponse = PROTOCOLS[route.protocol].serialize_error(route.service, error, request_id)
    return response
