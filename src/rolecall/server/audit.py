"""What is recorded of a call? One CloudTrail record in each account concerned, with its decision.

Records of state changes are written in the same transaction (`in_unit`), all others a moment later (`later`).
Policy documents that a record names are stored before it or with it, so that every record can be explained.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from rolecall.authorization.api_call import ApiCall
from rolecall.authorization.condition_keys import catalog_prefix
from rolecall.authorization.context import AT_HOME, HOME_REGIONS
from rolecall.exchange import cloudtrail
from rolecall.server.explanations import Documents, keep, summary
from rolecall.server.judging import Judgement
from rolecall.store.errors import StoreOverloaded
from rolecall.store.ports import Store, Unit
from rolecall.store.records import AuditRecord
from rolecall.wire import models
from rolecall.wire.errors import AwsError
from rolecall.wire.request_ids import Randomness, uuid4

_log = logging.getLogger(__name__)

ROLE_SESSIONS: Final = ("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")


class Answered:
    """How a call ended: with an answer or an error, and what was decided on the way."""

    __slots__ = ("answer", "error", "host", "invoked_by", "judgement", "request_id", "time")

    def __init__(
        self,
        request_id: str,
        time: datetime,
        *,
        answer: Mapping[str, Any] | None = None,
        error: AwsError | None = None,
        judgement: Judgement | None = None,
        host: str | None = None,
        invoked_by: str | None = None,
    ) -> None:
        self.request_id = request_id
        self.time = time
        self.answer = answer
        self.error = error
        self.judgement = judgement
        self.host = host
        self.invoked_by = invoked_by


class Audit:
    """Makes records and sees that they are written."""

    def __init__(self, store: Store, profile: str) -> None:
        self._store = store
        self._profile = profile
        self._documents = Documents()
        self._stored: set[str] = set()  # digests known to be committed
        self._pending: set[asyncio.Task[None]] = set()
        self._random = Randomness()
        self.lost = 0

    def in_unit(self, unit: Unit, call: ApiCall, ended: Answered) -> None:
        """Write the records of a state change in its own transaction."""
        records, texts = self._make(call, ended)
        for digest, text in texts.items():
            if digest not in self._stored:
                kept = unit.put_document(text)
                assert kept == digest, "documents are named by the SHA-256 of their text"
        for record in records:
            unit.record(record)

    def later(self, call: ApiCall, ended: Answered) -> None:
        """Write the records of a read, a denial or a failure soon; they may be lost in a crash."""
        records, texts = self._make(call, ended)
        missing = {digest: text for digest, text in texts.items() if digest not in self._stored}
        if missing:
            task = asyncio.get_running_loop().create_task(self._store_documents(missing))
            self._pending.add(task)
            task.add_done_callback(self._pending.discard)
        for record in records:
            try:
                self._store.record_later(record)
            except StoreOverloaded:
                self.lost += 1

    async def settle(self) -> None:
        """Wait for documents that are still being stored."""
        if self._pending:
            await asyncio.gather(*self._pending, return_exceptions=True)

    async def _store_documents(self, texts: Mapping[str, str]) -> None:
        def work(unit: Unit) -> None:
            for text in texts.values():
                unit.put_document(text)

        try:
            await self._store.write(work)
            self._stored.update(texts)
        except Exception:
            _log.exception("policy documents of audit records could not be stored")

    def _make(self, call: ApiCall, ended: Answered) -> tuple[list[AuditRecord], dict[str, str]]:
        decisions, texts = keep(ended.judgement, self._documents, self._profile) if ended.judgement else ({}, {})
        principal = call.caller.principal
        others = {
            account
            for arn, account, _ in _resources(call, ended.judgement)
            if account != principal.account and arn.startswith("arn:") and call.operation in ROLE_SESSIONS
        }
        accounts = (principal.account, *sorted(others))
        shared = uuid4(self._random.take()) if len(accounts) > 1 else None
        return [self._record(call, ended, account, shared, decisions) for account in accounts], texts

    def _record(
        self,
        call: ApiCall,
        ended: Answered,
        account: str,
        shared: str | None,
        decisions: Mapping[str, Any],
    ) -> AuditRecord:
        model = models.operation(call.service, call.operation)
        prefix = catalog_prefix(call.service)
        error_code = _error_name(call.service, ended.error.code) if ended.error else ""
        event = cloudtrail.write(
            cloudtrail.CallRecord(
                event_id=uuid4(self._random.take()),
                request_id=ended.request_id,
                time=ended.time,
                service=prefix,
                operation=call.operation,
                region=HOME_REGIONS.get(call.partition, call.region) if prefix in AT_HOME else call.region,
                caller=call.caller,
                recipient=account,
                source_ip=call.source_ip or "",
                user_agent=call.user_agent,
                secure=call.secure,
                host=ended.host,
                input=model.input_shape,
                parameters=call.parameters,
                output=model.output_shape,
                answer=ended.answer,
                error_code=error_code or None,
                error_message=ended.error.message if ended.error else None,
                resources=_resources(call, ended.judgement) if call.operation in ROLE_SESSIONS else (),
                invoked_by=ended.invoked_by,
                shared_event_id=shared,
                token_keys=call.token_keys,
                decision=_decision(ended.judgement, account),
            )
        )
        return AuditRecord(
            event_id=event["eventID"],
            request_id=ended.request_id,
            time=ended.time,
            account=account,
            source=event["eventSource"],
            name=call.operation,
            principal=call.caller.principal.arn,
            error_code=error_code,
            read_only=event["readOnly"],
            event=event,
            decisions=decisions if account == call.caller.principal.account else {},
        )


def _decision(judgement: Judgement | None, account: str) -> dict[str, Any] | None:
    if judgement is None:
        return None
    return {
        "decision": "allow" if judgement.denial is None else "deny",
        "checks": [summary(ruling, account) for ruling in judgement.rulings],
    }


def _resources(call: ApiCall, judgement: Judgement | None) -> tuple[tuple[str, str, str], ...]:
    """The roles that a call of STS is about."""
    roles: dict[str, str] = {}
    for check in judgement.checks if judgement else ():
        if ":role/" in check.request.resource.arn:
            roles.setdefault(check.request.resource.arn, check.request.resource.account)
    return tuple((arn, account, "AWS::IAM::Role") for arn, account in roles.items())


def _error_name(service: str, code: str) -> str:
    """The trail names errors of IAM and STS as their exceptions are, not as the wire does."""
    shape = models.error_shapes(service).get(code) if service in ("iam", "sts") else None
    return code if shape is None else shape.name
