"""The credential report: every user of the account with the state of its password, keys, MFA and certificates.

A report is made at once and kept for four hours, in which asking again makes no new one ("Getting credential
reports", IAM User Guide).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.iam.access_keys import ROOT_ITEM, ROOT_NAME
from rolecall.services.iam.documents import kept
from rolecall.services.iam.entities import USER, every, root_arn, second
from rolecall.services.iam.errors import fault
from rolecall.services.iam.passwords import POLICY, PROFILE
from rolecall.services.iam.user_credentials import SIGNING_CERTIFICATE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

TYPE: Final = "credential-report"
FRESH: Final = timedelta(hours=4)
STARTED: Final = "No report exists. Starting a new report generation task"
NOT_APPLICABLE: Final = "N/A"
NOT_SUPPORTED: Final = "not_supported"
NO_INFORMATION: Final = "no_information"

KEY_COLUMNS: Final = ("active", "last_rotated", "last_used_date", "last_used_region", "last_used_service")
COLUMNS: Final = (
    "user",
    "arn",
    "user_creation_time",
    "password_enabled",
    "password_last_used",
    "password_last_changed",
    "password_next_rotation",
    "mfa_active",
    *(f"access_key_{number}_{column}" for number in (1, 2) for column in KEY_COLUMNS),
    *(f"cert_{number}_{column}" for number in (1, 2) for column in ("active", "last_rotated")),
)


def generate(call: Call, unit: Unit) -> Mapping[str, Any]:
    report = _report(unit, call.account)
    if report is not None and _is_fresh(report, call.now):
        return {"State": "COMPLETE"}
    now = second(call.now)
    body = {"Content": unit.put_document(content(call, unit))}
    if report is not None:
        unit.change_item(msgspec.structs.replace(report, body=body, modified=now))
    else:
        unit.add_item(
            Item(
                account=call.account,
                service="iam",
                type=TYPE,
                name="report",
                arn=f"arn:{call.partition}:iam::{call.account}:{TYPE}",
                created=now,
                modified=now,
                body=body,
            )
        )
    return {"State": "STARTED", "Description": STARTED}


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    report = _report(reader, call.account)
    if report is None:
        raise fault("no credential report")
    if not _is_fresh(report, call.now):
        raise fault("old credential report")
    text = kept(reader, report.body["Content"])
    return {"Content": text.encode(), "ReportFormat": "text/csv", "GeneratedTime": report.modified}


def _report(reader: Reader, account: str) -> Item | None:
    return reader.item(account, "iam", TYPE, "report")


def _is_fresh(report: Item, now: datetime) -> bool:
    return now - report.modified < FRESH


def content(call: Call, reader: Reader) -> str:
    """The report as CSV, the account's root first and then the users by name."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerow(_root_row(call, reader))
    for user in every(reader, call.account, USER.type):
        writer.writerow(_row(user, reader))
    return table.getvalue().rstrip("\n")


def _root_row(call: Call, reader: Reader) -> list[str]:
    root = reader.item_by_arn(root_arn(call))
    devices = every(reader, call.account, "mfa", parent=None)
    return [
        ROOT_NAME,
        root_arn(call),
        NO_INFORMATION if root is None else _time(root.created),
        NOT_SUPPORTED,  # of the root's password AWS tells nothing here
        NO_INFORMATION,
        NOT_SUPPORTED,
        NOT_SUPPORTED,
        _flag(any(device.body.get("User") == call.account for device in devices)),
        *_keys(reader, call.account, ROOT_ITEM),
        *_certificates([]),
    ]


def _row(user: Item, reader: Reader) -> list[str]:
    return [
        user.name,
        user.arn,
        _time(user.created),
        *_password(user, reader),
        _flag(bool(reader.links(user.id, "mfa-device"))),
        *_keys(reader, user.account, user.id),
        *_certificates(SIGNING_CERTIFICATE.of(user, reader)),
    ]


def _password(user: Item, reader: Reader) -> tuple[str, str, str, str]:
    """Enabled, last used, last changed, next rotation. Nobody signs in with one here, so none was ever used."""
    profile = reader.item(user.account, "iam", PROFILE, user.unique_id)
    if profile is None:
        return "false", NOT_APPLICABLE, NOT_APPLICABLE, NOT_APPLICABLE
    changed = datetime.fromisoformat(profile.body["Changed"])
    policy = reader.item(user.account, "iam", POLICY, "policy")
    age = 0 if policy is None else policy.body.get("MaxPasswordAge", 0)
    return (
        "true",
        NO_INFORMATION,
        _time(changed),
        _time(changed + timedelta(days=age)) if age else NOT_APPLICABLE,
    )


def _keys(reader: Reader, account: str, owner: int) -> Iterator[str]:
    rows = sorted(reader.access_keys(account, owner), key=lambda row: (row["created"], row["access_key_id"]))
    for row in (*rows[:2], None, None)[:2]:
        if row is None:
            yield from ("false", *[NOT_APPLICABLE] * 4)
            continue
        used = row["last_used_at"]
        yield _flag(row["status"] == "Active")
        yield _time(row["created"])
        yield NOT_APPLICABLE if used is None else _time(used)
        yield NOT_APPLICABLE if used is None else row["last_used_region"]
        yield NOT_APPLICABLE if used is None else row["last_used_service"]


def _certificates(items: list[Item]) -> Iterator[str]:
    for item in (*sorted(items, key=lambda one: one.created)[:2], None, None)[:2]:
        yield _flag(item is not None and item.status == "Active")
        yield NOT_APPLICABLE if item is None else _time(item.created)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(moment: datetime) -> str:
    return second(moment).isoformat()


OPERATIONS: Final = {
    "GenerateCredentialReport": Operation(handler=generate, writes=True),
    "GetCredentialReport": Operation(handler=get, writes=False),
}
