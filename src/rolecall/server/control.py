"""The server's own addresses under /_rolecall/: is it well, what does it enforce, why was that decided?

GET  /_rolecall/health            the process answers
GET  /_rolecall/ready             the store answers too, and what was written last was kept
GET  /_rolecall/info              version, profile, accounts, what is enforced, calls that are not served
GET  /_rolecall/issuers/<id>/…    configuration and keys of an account's issuer of web identity tokens
GET  /_rolecall/metrics           counters in Prometheus' text form
GET  /_rolecall/explain/<id>      signed; needs sts:DecodeAuthorizationMessage in the request's account
GET  /_rolecall/again/<id>        signed likewise: the same request, decided on the policies of now
POST /_rolecall/can-i             signed: may a principal do that? (asking)
POST /_rolecall/needs             signed likewise: what of an exact call does a principal lack? (needing)
POST /_rolecall/credentials       signed by an account's root: temporary credentials of one of its principals
POST /_rolecall/import            signed by a root user: a part of exported authorization details (importing)
POST /_rolecall/reset             only with --allow-reset: back to the day of the first start
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from rolecall import __version__
from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.caller import Caller
from rolecall.authorization.requirement import Requirement
from rolecall.policy.document import PolicyType
from rolecall.server import importing, issuers, needing, sessions
from rolecall.server.asking import answered, read_question
from rolecall.server.audit import Audit
from rolecall.server.dispatch import OPERATIONS, Dispatcher, denied
from rolecall.server.explaining import decided_now, explanation
from rolecall.server.gateway import Gateway, dated
from rolecall.server.judging import Judge
from rolecall.server.metrics import Counts, Metrics, exposition
from rolecall.server.platform import ServerPlatform
from rolecall.server.settings import Settings
from rolecall.services.iam.world import StoreWorld
from rolecall.store.ports import Reader, Store
from rolecall.store.records import AuditRecord
from rolecall.store.schema import HEAD
from rolecall.wire.errors import AwsError, fault
from rolecall.wire.errors import Fault as WireFault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpRequest, HttpResponse
from rolecall.wire.protocols import ParsedCall
from rolecall.wire.routing import ROUTES
from rolecall.wire.sigv4 import read_signature

PREFIX: Final = "/_rolecall/"
JSON: Final = "application/json"
REQUEST_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
# What can be attached here, and so is enforced. The engine knows more types; nothing is claimed of them until
# there is an operation that attaches one.
ENFORCED: Final = tuple(
    kind.value
    for kind in (
        PolicyType.IDENTITY,
        PolicyType.BOUNDARY,
        PolicyType.SESSION,
        PolicyType.TRUST,
        PolicyType.RESOURCE,
        PolicyType.SCP,
        PolicyType.RCP,
    )
)
EXPLAINING: Final = (Requirement(action="sts:DecodeAuthorizationMessage", source="STS API Reference"),)


class ControlledServer(Protocol):
    """What the control addresses need of the server; see assembly.Server."""

    settings: Settings
    clock: Callable[[], datetime]
    store: Store
    platform: ServerPlatform
    judge: Judge
    audit: Audit
    dispatcher: Dispatcher
    gateway: Gateway
    metrics: Metrics

    def all_counts(self) -> Counts: ...

    async def reset(self) -> None: ...


class Control:
    """Answers what starts with PREFIX."""

    def __init__(self, server: ControlledServer) -> None:
        self._server = server

    async def answer(self, request: HttpRequest) -> HttpResponse:
        name, _, rest = request.raw_path.removeprefix(PREFIX).partition("/")
        handler = HANDLERS.get((request.method, name))
        try:
            if handler is None:
                known = any(known == name for _, known in HANDLERS)
                raise AwsError("NotFound", f"nothing is served at {request.raw_path}", 405 if known else 404)
            response = await handler(self._server, request, rest)
        except AwsError as error:
            response = json_response({"__type": error.code, "message": error.message}, error.status)
        return dated(response, self._server.clock())


async def _health(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    return json_response({"status": "ok", "version": __version__})


async def _ready(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    try:
        with server.store.read() as reader:
            reader.version("organization")
    except Exception as problem:
        return json_response({"status": "not ready", "reason": type(problem).__name__}, 503)
    trouble = server.store.trouble()
    if trouble is not None:
        return json_response({"status": "not ready", "reason": trouble}, 503)
    return json_response({"status": "ready"})


async def _info(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    settings, counts = server.settings, server.all_counts()
    return json_response(
        {
            "version": __version__,
            "profile": settings.profile,
            "accounts": settings.accounts,
            "region": settings.region,
            "enforced_policy_types": ENFORCED,
            "served_operations": {service: len(known) for service, known in OPERATIONS.items()},
            "unimplemented_calls": dict(counts.unimplemented),
            "lost_audit_records": counts.lost,
            "process": os.getpid(),
            "database": "postgresql" if settings.database else "memory" if settings.ephemeral else "sqlite",
            "workers": settings.workers,
            "schema": HEAD,
        }
    )


async def _issuers(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    with server.store.read() as reader:
        found = issuers.page(rest, reader, server.platform)
    if found is None:
        raise AwsError("NotFound", f"nothing is served at {request.raw_path}", 404)
    return json_response(found)


async def _metrics(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    def jobs() -> dict[tuple[str, ...], float]:
        with server.store.read() as reader:
            return {
                (f'type="{kind}"', f'status="{status}"'): float(count)
                for kind, status, count in reader.census("sagemaker")
            }

    units, late = server.store.waiting()
    gauges: dict[str, tuple[str, Mapping[tuple[str, ...], float]]] = {
        "rolecall_sagemaker_resources": (
            "What there is of SageMaker, by type and status.",
            await asyncio.to_thread(jobs),
        ),
        "rolecall_waiting_units": ("Units of work that wait to be written, in this process.", {(): units}),
        "rolecall_waiting_records": ("Audit records that wait to be written, in this process.", {(): late}),
    }
    body = exposition(server.all_counts(), gauges).encode()
    return HttpResponse(200, (("Content-Type", "text/plain; version=0.0.4; charset=utf-8"),), body)


async def _explain(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    def tell(record: AuditRecord, reader: Reader) -> Mapping[str, Any]:
        return explanation(record, reader.document, server.platform)

    return await asyncio.to_thread(_of_record, server, request, rest, tell)


async def _again(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    def tell(record: AuditRecord, reader: Reader) -> Mapping[str, Any]:
        return decided_now(record, reader.document, StoreWorld(reader), server.platform)

    return await asyncio.to_thread(_of_record, server, request, rest, tell)


def _of_record(
    server: ControlledServer,
    request: HttpRequest,
    rest: str,
    tell: Callable[[AuditRecord, Reader], Mapping[str, Any]],
) -> HttpResponse:
    """What is to be told of a recorded request, to callers of its account who may know.

    Looking for repairs takes its time: it must not keep other calls waiting.
    """
    caller, call = _signed(server, request, "DecodeAuthorizationMessage")
    with server.store.read() as reader:
        judgement = server.judge.judge(call, reader, rows=EXPLAINING)
        if judgement.denial is not None:
            raise denied(call, judgement)
        record = reader.audit_by_request(rest) if REQUEST_ID.fullmatch(rest) else None
        if record is None or record.account != caller.principal.account:
            raise AwsError("NotFound", f"no request {rest} of account {caller.principal.account} is recorded", 404)
        try:
            return json_response(tell(record, reader))
        except ValueError as problem:
            raise AwsError("NothingDecided", str(problem), 409) from None
        except LookupError as problem:
            raise AwsError("NotReady", f"{problem}; ask again in a moment", 409) from None


async def _can_i(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    def answer() -> HttpResponse:
        _, call = _signed(server, request, "DecodeAuthorizationMessage")
        asked = read_question(request.body)
        with server.store.read() as reader:
            return json_response(answered(asked, call, reader, server.judge))

    return await asyncio.to_thread(answer)


async def _needs(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    def answer() -> HttpResponse:
        _, call = _signed(server, request, "DecodeAuthorizationMessage")
        asked = needing.read_question(request.body)
        with server.store.read() as reader:
            return json_response(needing.answered(asked, call, reader, server.judge, server.platform))

    return await asyncio.to_thread(answer)


async def _credentials(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    _, call = _signed(server, request, "GetSessionToken")
    try:
        asked = msgspec.json.decode(request.body, type=dict[str, Any])
    except msgspec.DecodeError as problem:
        raise AwsError("SerializationException", f"the body is not a JSON object: {problem}") from None
    await server.dispatcher.settle(call.now)  # settings of a domain that was just updated count
    with server.store.read() as reader:
        opening = sessions.Opening(call, reader, server.platform, server.judge)
        return json_response(sessions.credentials_for(asked, opening))


async def _import(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    caller, _ = _signed(server, request, "GetSessionToken")
    part, importer = importing.read_part(request.body, caller, server.settings.accounts[0])
    return json_response(await server.store.write(importing.work(part, importer)))


async def _reset(server: ControlledServer, request: HttpRequest, rest: str) -> HttpResponse:
    if not server.settings.allow_reset:
        raise AwsError("AccessDenied", "this server was not started with --allow-reset", 403)
    if request.header("origin") is not None:
        # A page in a browser on this machine can send this request; nobody wants it to.
        raise AwsError("AccessDenied", "a web page may not reset the server", 403)
    await server.reset()
    return json_response({"status": "reset"})


def _signed(server: ControlledServer, request: HttpRequest, operation: str) -> tuple[Caller, ApiCall]:
    """The caller of a signed control request, and the call that it counts as; signed for STS like any client's."""
    now = server.clock()
    signature = read_signature(request, ROUTES["sts"], now)
    if signature is None:
        raise fault(Family.QUERY, WireFault.UNSIGNED)
    caller = server.gateway.identify(request, signature, now)
    parsed = ParsedCall("sts", operation, {})
    return caller, server.gateway.api_call(request, parsed, caller, signature, now)


def json_response(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(status, (("Content-Type", JSON),), msgspec.json.encode(value))


Handler = Callable[[ControlledServer, HttpRequest, str], Awaitable[HttpResponse]]
HANDLERS: Final[Mapping[tuple[str, str], Handler]] = {
    ("GET", "health"): _health,
    ("GET", "ready"): _ready,
    ("GET", "info"): _info,
    ("GET", "issuers"): _issuers,
    ("GET", "metrics"): _metrics,
    ("GET", "explain"): _explain,
    ("GET", "again"): _again,
    ("POST", "can-i"): _can_i,
    ("POST", "needs"): _needs,
    ("POST", "credentials"): _credentials,
    ("POST", "import"): _import,
    ("POST", "reset"): _reset,
}
