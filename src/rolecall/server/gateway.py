"""The way of a request: HTTP in, AWS's answer out. Knows the order of the steps and nothing of what they do.

route, examine, signature, caller, parse, then `dispatch` (authorization, constraints, trust, handler, record),
then the answer in the request's protocol. Every answer has a request id, a Date and, once something was decided,
`x-rolecall-decision`.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final

import msgspec

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.caller import Caller
from rolecall.credentials.keyring import Keyring
from rolecall.decision.request import Principal, PrincipalType
from rolecall.server import logs, object_calls
from rolecall.server.authenticate import authenticate, chunk_key
from rolecall.server.dispatch import Dispatcher, Performed
from rolecall.server.judging import compact
from rolecall.server.metrics import Metrics
from rolecall.server.settings import Settings
from rolecall.services import role_use
from rolecall.services.s3.receiving import Arriving
from rolecall.store.ports import Reader, Store
from rolecall.wire import sigv2
from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols import ParsedCall, examine, parse_request, serialize_error, serialize_response
from rolecall.wire.protocols.rest_xml import OBJECT_BODIES
from rolecall.wire.request_ids import Randomness, request_id
from rolecall.wire.routing import UNSIGNED_STS, Route, route
from rolecall.wire.sigv4 import Signature, read_signature

_log = logging.getLogger(__name__)

NO_V2_HEADERS: Final = (
    "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
)
DECISION: Final = "x-rolecall-decision"
NOBODY: Final = Caller(Principal(arn="*", account="anonymous", type=PrincipalType.ANONYMOUS), access_key_id="")


class Gateway:
    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        dispatcher: Dispatcher,
        settings: Settings,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._store = store
        self._keyring = keyring
        self._dispatcher = dispatcher
        self._settings = settings
        self._clock = clock
        self._random = Randomness()

    async def answer(self, request: HttpRequest) -> HttpResponse:
        """The answer to any request. What goes wrong unexpectedly is logged and told as an internal failure."""
        began = time.perf_counter()
        to = UNSIGNED_STS
        random = self._random.take()
        identifier = request_id(to.protocol, random)
        try:
            to = route(request)
            if to.protocol is not UNSIGNED_STS.protocol:
                identifier = request_id(to.protocol, random)
            response = await self._served(request, to, identifier)
        except AwsError as error:
            response = serialize_error(to, error, identifier)
            self._metrics.refused[(str(error.status),)] += 1
            logs.request(
                request_id=identifier,
                service=to.service,
                outcome=error.code,
                status=error.status,
                source_ip=request.client,
            )
        except Exception:
            # The request itself is not logged: it may hold secrets.
            _log.exception("request %s to %s failed unexpectedly", identifier, to.service)
            response = serialize_error(to, fault(to.protocol, Fault.INTERNAL), identifier)
        self._metrics.answered(to.service, time.perf_counter() - began)
        return dated(response, self._clock())

    async def _served(self, request: HttpRequest, to: Route, identifier: str) -> HttpResponse:
        began = time.perf_counter()
        examined = examine(to, request)
        now = self._clock()
        signature = self.signature(request, to, now)
        with self._store.read() as reader:
            caller = self._identify(request, signature, now, reader)
            parsed = parse_request(to, request, examined)
            call = self.api_call(request, parsed, caller, signature, now)
            body = self._object_body(request, parsed, signature, now, reader) if to.service == "s3" else None

            def write_out(answer: Mapping[str, Any]) -> HttpResponse:
                response = serialize_response(to, parsed.operation, answer, identifier)
                file = answer.get("_file")
                return response if file is None else msgspec.structs.replace(response, file=file)

            started = self._dispatcher.start(call, reader, identifier, write_out)
        done = await self._dispatcher.perform(call, identifier, write_out, request.header("host"), started, body)
        if signature is not None:
            self._note_use(signature, caller, call, to)
        response = done.response or serialize_error(to, _error_of(done), identifier)
        logs.request(
            request_id=identifier,
            service=call.service,
            operation=call.operation,
            principal=done.call.caller.principal.arn,
            account=done.call.account,
            outcome="allow" if done.error is None else done.error.code,
            status=response.status,
            milliseconds=round((time.perf_counter() - began) * 1000, 2),
            source_ip=request.client,
        )
        if done.judgement is not None:
            response = _with(response, (DECISION, compact(done.judgement)))
        return response

    def streams(self, request: HttpRequest) -> bool:
        """Whether the body of a request is to be handed on as it arrives: those of objects are."""
        if request.method != "PUT":
            return False
        try:
            to = route(request)
            return to.service == "s3" and examine(to, request).operation in OBJECT_BODIES
        except AwsError:
            return False

    def signature(self, request: HttpRequest, to: Route, now: datetime) -> Signature | None:
        """The signature of a request, of either version where the service is S3."""
        if to.service == "s3":
            if (request.header("authorization") or "").startswith("AWS "):
                raise AwsError("InvalidRequest", NO_V2_HEADERS, 400)
            older = sigv2.read_signature(request, now, self._settings.region)
            if older is not None:
                return older
        return read_signature(request, to, now)

    def _object_body(
        self, request: HttpRequest, parsed: ParsedCall, signature: Signature | None, now: datetime, reader: Reader
    ) -> Arriving | None:
        chunked = request.header("x-amz-content-sha256") in object_calls.SIGNED_SCHEMES
        key = chunk_key(signature, reader, self._keyring, now) if chunked and signature is not None else None
        return object_calls.arriving(request, parsed.operation, key, signature)

    def _note_use(self, signature: Signature, caller: Caller, call: ApiCall, to: Route) -> None:
        """Keys and roles remember when they were last used; a role by the calls of its sessions."""
        if signature.token is None:
            self._store.note_key_use(signature.access_key_id, call.now, to.signing_name, call.region)
        elif caller.principal.role_arn is not None and caller.principal.unique_id is not None:
            role_use.note(self._store, caller.principal.unique_id, call.now, call.region)

    def identify(self, request: HttpRequest, signature: Signature | None, now: datetime) -> Caller:
        """Whoever signed; nobody for the few requests that come with a token in place of a signature."""
        with self._store.read() as reader:
            return self._identify(request, signature, now, reader)

    def _identify(
        self, request: HttpRequest, signature: Signature | None, now: datetime, reader: Reader
    ) -> Caller:
        if signature is None:
            return NOBODY
        return authenticate(
            request, signature, reader, self._keyring, now, explain=self._settings.explain_signatures
        )

    def api_call(
        self,
        request: HttpRequest,
        parsed: ParsedCall,
        caller: Caller,
        signature: Signature | None,
        now: datetime,
    ) -> ApiCall:
        region = signature.region if signature is not None else self._settings.region
        return ApiCall(
            service=parsed.service,
            operation=parsed.operation,
            parameters=parsed.parameters,
            caller=caller,
            account=caller.principal.account,
            region=region,
            now=now,
            source_ip=request.client,
            user_agent=request.header("user-agent") or "",
            referer=request.header("referer"),
            secure=request.secure,
            found=object_calls.surroundings(request, parsed, signature, now) if parsed.service == "s3" else {},
        )


def _error_of(done: Performed) -> AwsError:
    assert done.error is not None, "a call ends with an answer or an error"
    return done.error


def dated(response: HttpResponse, now: datetime) -> HttpResponse:
    """Clients correct their clocks by the Date of an answer."""
    return _with(response, ("Date", _http_date(now.replace(microsecond=0))))


@functools.lru_cache(maxsize=8)
def _http_date(second: datetime) -> str:
    return format_datetime(second, usegmt=True)


def _with(response: HttpResponse, header: tuple[str, str]) -> HttpResponse:
    return msgspec.structs.replace(response, headers=(*response.headers, header))
