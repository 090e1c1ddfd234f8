"""From an authenticated, parsed call to its answer: judge, check constraints and trust, run the handler, record.

Reads run in the snapshot they were judged in, which is the one that their signature was checked in. Writes run in
a unit of work that first asks again what their judgement looked at and judges anew when an answer is another; the
record of a state change is in the same commit.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.caller import Caller
from rolecall.authorization.condition_keys import catalog_prefix
from rolecall.authorization.delegation import REFUSAL
from rolecall.authorization.requirement import Requirement
from rolecall.authorization.requirements import ROWS
from rolecall.authorization.studio import with_automatic_tags, with_propagated_tags
from rolecall.authorization.trust_texts import CODE as NOT_ASSUMABLE
from rolecall.decision.request import PrincipalType
from rolecall.server import object_calls
from rolecall.server.audit import Answered, Audit
from rolecall.server.judging import Judge, Judgement, denial_text
from rolecall.server.metrics import Metrics
from rolecall.server.noting import NotingReader
from rolecall.services import (
    ecr,
    iam,
    kms,
    logs,
    organizations,
    s3,
    sagemaker,
    sagemaker_a2i_runtime,
    sagemaker_edge,
    sagemaker_featurestore_runtime,
    sagemaker_inference_router_runtime,
    sagemaker_metrics,
    sagemaker_runtime,
    sagemakerjobruntime,
    sagemakertrainingsessionruntime,
    sts,
)
from rolecall.services.call import NO_KEYS, Call, Operation, Platform
from rolecall.services.ecr import preparation as repository_preparation
from rolecall.services.facts import StoreFacts
from rolecall.services.iam.authenticate import caller_for, may_not_call
from rolecall.services.kms import managed_keys
from rolecall.services.kms import preparation as key_preparation
from rolecall.services.s3.receiving import Arriving
from rolecall.services.sagemaker import lifecycle, references
from rolecall.services.sts import preparation
from rolecall.store.ports import Reader, Store, Unit
from rolecall.wire import constraints
from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.family import Family
from rolecall.wire.http import HttpResponse
from rolecall.wire.services import SERVICES

_log = logging.getLogger(__name__)

OPERATIONS: Final[Mapping[str, Mapping[str, Operation]]] = {
    "iam": iam.OPERATIONS,
    "sts": sts.OPERATIONS,
    "ecr": ecr.OPERATIONS,
    "kms": kms.OPERATIONS,
    "logs": logs.OPERATIONS,
    "organizations": organizations.OPERATIONS,
    "s3": s3.OPERATIONS,
    "sagemaker": sagemaker.OPERATIONS,
    "sagemaker-a2i-runtime": sagemaker_a2i_runtime.OPERATIONS,
    "sagemaker-edge": sagemaker_edge.OPERATIONS,
    "sagemaker-featurestore-runtime": sagemaker_featurestore_runtime.OPERATIONS,
    "sagemaker-inference-router-runtime": sagemaker_inference_router_runtime.OPERATIONS,
    "sagemaker-metrics": sagemaker_metrics.OPERATIONS,
    "sagemaker-runtime": sagemaker_runtime.OPERATIONS,
    "sagemakerjobruntime": sagemakerjobruntime.OPERATIONS,
    "sagemakertrainingsessionruntime": sagemakertrainingsessionruntime.OPERATIONS,
}
# Services that name a denial otherwise than their protocol does.
DENIAL_CODES: Final[Mapping[str, str]] = {"sagemaker-featurestore-runtime": "AccessForbidden"}


# The answer of a call as it will be sent; raises where the operation cannot have such an answer.
WriteOut = Callable[[Mapping[str, Any]], HttpResponse]


class Performed(Struct, frozen=True):
    """How a call ended. call: as it was decided; judgement: None when it ended before anything was."""

    call: ApiCall
    answer: Mapping[str, Any] | None = None
    error: AwsError | None = None
    judgement: Judgement | None = None
    response: HttpResponse | None = None


class Started(Struct, frozen=True):
    """How far a call came in the snapshot in which its signature was checked. done: None where it is to write."""

    api: ApiCall
    operation: Operation
    judgement: Judgement | None
    done: Performed | None


class Denied(Exception):
    """A unit of work was given up because its call is denied or cannot go on; nothing of it is kept."""

    def __init__(self, error: AwsError, judgement: Judgement) -> None:
        super().__init__(error.message)
        self.error = error
        self.judgement = judgement


class Dispatcher:
    """Performs calls on one store. Also the forwarder of calls that services make to each other."""

    def __init__(
        self,
        store: Store,
        judge: Judge,
        audit: Audit,
        make_call: Callable[[ApiCall, str], Call],
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._store = store
        self._judge = judge
        self._audit = audit
        self._make_call = make_call
        self._clock = clock

    def start(self, asked: ApiCall, reader: Reader, request_id: str, write_out: WriteOut) -> Started | None:
        """Go as far as the snapshot goes in which the caller was found: to the answer of a read, or to the
        judgement of a write. None where something has to be written first (`perform` sees to it)."""
        operation = OPERATIONS.get(asked.service, {}).get(asked.operation)
        if operation is None or asked.service == "kms" or self._is_due(asked, operation, reader):
            return None
        api = _asked(asked)
        judgement: Judgement | None = None
        try:
            seen = NotingReader(reader) if operation.writes else reader
            call = self._make_call(api, request_id)
            api = prepared(api, seen, call.platform)
            api, judgement = object_calls.judged(self._judge, api, seen)
            stop(api, judgement)
            if object_calls.needs_unit(api):
                operation = msgspec.structs.replace(operation, writes=True)
            if operation.writes:
                return Started(api, operation, judgement, None)
            if api is not asked:
                call = self._make_call(api, request_id)
            answer = operation.handler(call, reader)
            done = Performed(api, answer, None, judgement, write_out(answer))
        except Denied as denied:
            done = Performed(api, None, denied.error, denied.judgement)
        except AwsError as error:
            done = Performed(api, None, error, judgement)
        except Exception:
            done = _failed(api, request_id)
        return Started(api, operation, judgement, done)

    async def perform(
        self,
        asked: ApiCall,
        request_id: str,
        write_out: WriteOut,
        host: str | None = None,
        started: Started | None = None,
        body: Arriving | None = None,
    ) -> Performed:
        """The answer or the error of a call; never raises AwsError. What fails unexpectedly is recorded too."""
        api = started.api if started is not None else _asked(asked)
        served = OPERATIONS.get(api.service, {}).get(api.operation)
        operation = started.operation if started is not None else served
        try:
            if started is None:
                await self._move_on(api, operation)
            if started is not None and started.done is not None:
                done = started.done
            elif operation is None:
                done = self._refuse_unimplemented(api)
            elif operation.writes:
                done = await self._write(api, operation, request_id, write_out, host, started, body)
            else:
                done = self._read(api, operation, request_id, write_out)
        except Exception:
            done = _failed(api, request_id)
        recorded = operation is not None and operation.writes and done.error is None
        if not recorded and is_known(done.call.caller):
            self._audit.later(done.call, _answered(done, request_id, self._clock(), host))
        outcome = "allow" if done.error is None else done.error.code
        self._metrics.calls[api.service, api.operation, outcome] += 1
        if done.judgement is not None:
            self._metrics.decided(done.judgement)
        return done

    def _read(self, api: ApiCall, operation: Operation, request_id: str, write_out: WriteOut) -> Performed:
        judgement: Judgement | None = None
        try:
            with self._store.read() as reader:
                api = prepared(renewed(api, reader), reader, self._make_call(api, request_id).platform)
                judgement = self._judge.judge(api, reader)
                stop(api, judgement)
                answer = operation.handler(self._make_call(api, request_id), reader)
                return Performed(api, answer, None, judgement, write_out(answer))
        except Denied as denied:
            return Performed(api, None, denied.error, denied.judgement)
        except AwsError as error:
            return Performed(api, None, error, judgement)

    async def _write(
        self,
        api: ApiCall,
        operation: Operation,
        request_id: str,
        write_out: WriteOut,
        host: str | None,
        started: Started | None,
        body: Arriving | None,
    ) -> Performed:
        received = None
        judgement = started.judgement if started is not None else None
        try:
            if judgement is None:
                with self._store.read() as reader:
                    seen = NotingReader(reader)
                    api = prepared(renewed(api, seen), seen, self._make_call(api, request_id).platform)
                    api, judgement = object_calls.judged(self._judge, api, seen)
                stop(api, judgement)
            ready, first = api, judgement
            call = self._make_call(ready, request_id)
            if object_calls.takes_bytes(ready):
                received = await object_calls.take_in(ready, call, self._store, body)

            def work(unit: Unit) -> Performed:
                now, holding = ready, first
                if not first.holds(unit):
                    now = renewed(ready, unit)
                    if now.service == "s3":
                        now = object_calls.prepared(now, unit)
                    now, holding = object_calls.judged(self._judge, now, unit, committed=False)
                    stop(now, holding)
                made = self._make_call(now, request_id)
                answer = operation.handler(msgspec.structs.replace(made, received=received), unit)
                # Before the commit: nothing changes where the caller cannot be told what did.
                done = Performed(now, answer, None, holding, write_out(answer))
                self._audit.in_unit(unit, now, _answered(done, request_id, self._clock(), host))
                return done

            done = await self._store.write(work)
            received = None
            object_calls.let_go(call, (done.answer or {}).get("_gone"))
            return done
        except Denied as denied:
            return Performed(api, None, denied.error, denied.judgement)
        except AwsError as error:
            return Performed(api, None, error, judgement)
        finally:
            if received is not None:
                object_calls.let_go(self._make_call(api, request_id), (received.blob,))

    def forward(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        unit: Unit,
        as_principal: Caller,
        keys: Mapping[str, str] = NO_KEYS,
        at: tuple[str, str] | None = None,
    ) -> Mapping[str, Any]:
        """A call of a service on somebody's behalf, authorized like any other, in the same unit of work."""
        principal = f"{call.service}.amazonaws.com"
        account, region = at or (as_principal.principal.account, call.region)
        api = ApiCall(
            service=service,
            operation=operation,
            parameters=parameters,
            caller=as_principal,
            account=account,
            region=region,
            now=call.now,
            partition=call.partition,
            source_ip=principal,
            user_agent=principal,
            secure=True,
            called_via=(principal,) if as_principal.via_service else (),
            token_keys=keys,
        )
        row = OPERATIONS.get(service, {}).get(operation)
        if row is None:
            raise unimplemented(service, operation)
        if service == "kms":
            managed_keys.ensure(self._make_call(api, call.request_id), unit)
            api = with_keys_named(api, unit)
        judgement = self._judge.judge(api, unit, committed=False)
        try:
            stop(api, judgement)
        except Denied as refused:
            # What the service answers to its own caller is the service's affair.
            raise refused.error from None
        request_id = str(uuid.uuid4())
        answer = row.handler(self._make_call(api, request_id), unit)
        ended = Answered(request_id, self._clock(), answer=answer, judgement=judgement, invoked_by=principal)
        self._audit.in_unit(unit, api, ended)
        return answer

    def may(self, call: Call, reader: Reader, action: str, resource: str) -> bool:
        """Whether the caller of a call may also do something to a resource, as things stand."""
        asked = ApiCall(
            service=call.service,
            operation=action.partition(":")[2],
            parameters={"ResourceArn": resource},
            caller=call.caller,
            account=call.account,
            region=call.region,
            now=call.now,
            partition=call.partition,
            source_ip=call.source_ip,
            user_agent=call.user_agent,
            secure=True,
        )
        row = Requirement(action=action, on="{ResourceArn}")
        return self._judge.judge(asked, reader, committed=False, rows=(row,)).denial is None

    def _refuse_unimplemented(self, api: ApiCall) -> Performed:
        """Authorized first, where its requirements are known: a stranger learns nothing of what we lack."""
        self._metrics.unimplemented[f"{api.service}:{api.operation}"] += 1
        error = unimplemented(api.service, api.operation)
        if api.service != "s3" and api.operation not in ROWS.get(api.service, {}):
            return Performed(api, None, error)
        with self._store.read() as reader:
            api = renewed(api, reader)
            try:
                api = object_calls.prepared(api, reader) if api.service == "s3" else api
            except AwsError as refused:
                return Performed(api, None, refused)
            judgement = self._judge.judge(api, reader)
        if judgement.denial is not None:
            error = denied(api, judgement)
        return Performed(api, None, error, judgement)

    async def _move_on(self, api: ApiCall, operation: Operation | None) -> None:
        """Bring life cycles up to now, so that nobody sees a state that is past.

        Changes of IAM wait for it too: what fell due before a role was edited went on under the role as it was.
        """
        if api.service == "kms":
            await self._make_managed_key(api)
        if _waits_for_life(api, operation):
            await self.settle(api.now)

    def _is_due(self, api: ApiCall, operation: Operation, reader: Reader) -> bool:
        if not _waits_for_life(api, operation):
            return False
        due = reader.next_due()
        return due is not None and due <= api.now

    async def _make_managed_key(self, api: ApiCall) -> None:
        """A key that AWS manages comes into being when somebody names it."""
        with self._store.read() as reader:
            if not managed_keys.missing(reader, api.parameters, api.account, api.region, api.partition):
                return
        await self._store.write(lambda unit: managed_keys.ensure(self._make_call(api, str(uuid.uuid4())), unit))

    async def settle(self, now: datetime) -> None:
        """Move everything on that fell due; where a role is needed for it, it must be assumable now."""
        with self._store.read() as reader:
            due = bool(reader.due(now, 1))
        while due:
            due = await self._store.write(
                lambda unit: lifecycle.settle(now, unit, self._judge.assumable(now, unit)) >= lifecycle.BATCH
            )


def _failed(api: ApiCall, request_id: str) -> Performed:
    """What is told of the exception that is being handled; called in its handler."""
    # The parameters are not logged: they may hold secrets.
    _log.exception("request %s, %s:%s, failed unexpectedly", request_id, api.service, api.operation)
    return Performed(api, None, fault(family_of(api.service), Fault.INTERNAL))


def _asked(api: ApiCall) -> ApiCall:
    """The call with the tags that Studio adds."""
    parameters = with_automatic_tags(api)
    return api if parameters is api.parameters else msgspec.structs.replace(api, parameters=parameters)


def _waits_for_life(api: ApiCall, operation: Operation | None) -> bool:
    sagemakers = catalog_prefix(api.service) == "sagemaker"
    return sagemakers or (api.service == "iam" and operation is not None and operation.writes)


def renewed(api: ApiCall, reader: Reader) -> ApiCall:
    """The call with its caller as this snapshot knows them.

    The signature was checked on an earlier snapshot. Between the two a key may have been withdrawn, or a principal
    tag changed: a decision must not mix what was with what is.
    """
    caller = api.caller
    if not caller.access_key_id:
        return api  # nobody, a service, or somebody whom a provider vouches for
    row = reader.access_key(caller.access_key_id) if caller.session is None else None
    try:
        now = caller_for(reader, row, caller.session, partition=api.partition)
    except AwsError:
        raise fault(family_of(api.service), Fault.UNKNOWN_KEY) from None
    return msgspec.structs.replace(api, caller=msgspec.structs.replace(now, via_service=caller.via_service))


def prepared(api: ApiCall, reader: Reader, platform: Platform) -> ApiCall:
    """What comes before authorization: calls that a kind of credentials never makes, and STS's own first looks.

    STS checks the constraints of its parameters before everything else; others do it after authorization (`stop`).
    """
    if api.service == "sts":
        constraints.check(api.service, api.operation, api.parameters)
    refusal = may_not_call(api.caller, api.service, api.operation)
    if refusal is not None:
        raise refusal
    if api.service == "sagemaker":
        # Which version of an image, or which artifact, is meant must be known before somebody decides on it.
        named = references.resolved(
            api.operation, api.parameters, api.account, api.region, api.now, reader, api.partition
        )
        api = msgspec.structs.replace(api, parameters=named)
        return msgspec.structs.replace(api, parameters=with_propagated_tags(api, StoreFacts(reader)))
    if api.service == "kms":
        return with_keys_named(api, reader)
    if api.service == "s3":
        return object_calls.prepared(api, reader)
    if api.service == "ecr":
        named = repository_preparation.with_arns(api.parameters, api.partition, api.region, api.account)
        return msgspec.structs.replace(api, parameters=named)
    if api.service != "sts":
        return api
    signed_by = None if api.caller.principal.type is PrincipalType.ANONYMOUS else api.caller
    ready = preparation.prepare(api.operation, api.parameters, signed_by, reader, api.now, platform)
    return msgspec.structs.replace(
        api, caller=ready.caller, account=ready.caller.principal.account, token_keys=ready.keys
    )


def with_keys_named(api: ApiCall, reader: Reader) -> ApiCall:
    """A call of KMS on the ARN of its key, however it names it."""
    place = key_preparation.Place(api.partition, api.region, api.account, api.called_via)
    ready = key_preparation.prepare(api.operation, api.parameters, place, reader, api.now)
    return msgspec.structs.replace(api, parameters=ready.parameters, token_keys=ready.keys)


def stop(api: ApiCall, judgement: Judgement) -> None:
    """Raise what stands between a judged call and its handler, in AWS's order.

    A denial, an organization that does not let the account in, constraints, trust.
    """
    if judgement.denial is not None:
        raise Denied(denied(api, judgement), judgement)
    if judgement.undelegated:
        raise Denied(AwsError("AccessDeniedException", REFUSAL), judgement)
    refusal = api.found.get("refusal")
    if isinstance(refusal, AwsError):
        raise Denied(refusal, judgement)
    try:
        if api.service != "s3":  # which words each constraint in a way of its own
            constraints.check(api.service, api.operation, api.parameters)
    except AwsError as error:
        raise Denied(error, judgement) from None
    if judgement.untrusted is not None:
        raise Denied(AwsError(NOT_ASSUMABLE, judgement.untrusted), judgement)


def denied(api: ApiCall, judgement: Judgement) -> AwsError:
    """The denial in the code and status of the service's protocol."""
    assert judgement.denial is not None
    error = fault(family_of(api.service), Fault.NOT_AUTHORIZED, denial_text(judgement.denial, judgement.encoded))
    if api.service in DENIAL_CODES:
        return AwsError(DENIAL_CODES[api.service], error.message, error.status)
    return error


def is_known(caller: Caller) -> bool:
    """Whether somebody signed, or a provider vouches for them; calls of nobody are not recorded."""
    principal = caller.principal
    return principal.type is not PrincipalType.ANONYMOUS or principal.federated_provider is not None


def unimplemented(service: str, operation: str) -> AwsError:
    if service == "s3":
        return AwsError("NotImplemented", f"rolecall does not serve s3:{operation}", 501)
    return fault(
        family_of(service),
        Fault.UNKNOWN_OPERATION,
        f"rolecall does not serve {service}:{operation} yet; GET /_rolecall/info counts such calls",
    )


def family_of(service: str) -> Family:
    return SERVICES[service].family


def _answered(done: Performed, request_id: str, time: datetime, host: str | None) -> Answered:
    return Answered(request_id, time, answer=done.answer, error=done.error, judgement=done.judgement, host=host)
