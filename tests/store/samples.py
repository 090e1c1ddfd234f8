"""Items to store."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from rolecall.store.records import AuditRecord, Item

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
ACCOUNT = "123456789012"
_counter = itertools.count(1)


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def user(name: str, **changes: Any) -> Item:
    """An IAM user: its name is judged without case."""
    fields: dict[str, Any] = {
        "account": ACCOUNT,
        "service": "iam",
        "type": "user",
        "name": name,
        "folded_name": name.lower(),
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "unique_id": f"AIDA{next(_counter):017d}",
        "path": "/",
        "created": NOON,
        "modified": NOON,
        "body": {"Description": f"the user {name}"},
    }
    return Item(**(fields | changes))


def job(name: str, **changes: Any) -> Item:
    """A training job: its name is judged with case, it has a region and a status."""
    fields: dict[str, Any] = {
        "account": ACCOUNT,
        "region": "us-east-1",
        "service": "sagemaker",
        "type": "training-job",
        "name": name,
        "arn": f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:training-job/{name}",
        "status": "InProgress",
        "created": NOON,
        "modified": NOON,
    }
    return Item(**(fields | changes))


def record(request_id: str, **changes: Any) -> AuditRecord:
    fields: dict[str, Any] = {
        "event_id": f"event-of-{request_id}",
        "request_id": request_id,
        "time": NOON,
        "account": ACCOUNT,
        "source": "iam.amazonaws.com",
        "name": "CreateUser",
        "principal": "Alice",
        "read_only": False,
        "event": {"eventName": "CreateUser", "requestParameters": {"userName": "Bob"}},
        "decisions": {"rests_on": ["account:123456789012"]},
    }
    return AuditRecord(**(fields | changes))
