"""The values in an account's authorization details: documents in any of their three forms, and times."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.services.iam.entities import SERVICE_LINKED_PATH


class CannotImport(ValueError):
    """The details contradict themselves, or the account. The message names the entity."""


def readable(document: Any, kind: PolicyType, where: str) -> str:
    """The text of a document that comes decoded, as text, or percent-encoded."""
    if isinstance(document, str):
        text = document if document.lstrip().startswith("{") else unquote(document)
    else:
        text = json.dumps(document, separators=(",", ":"))
    try:
        parse(text, kind)
    except PolicyError as problem:
        raise CannotImport(f"a policy of {where} cannot be read: {problem}") from None
    return text


def check_service_linked(found: Mapping[str, Any], text: str) -> None:
    """No control policy limits service-linked roles: nobody but their service may become one."""
    if not str(found.get("Path") or "/").startswith(SERVICE_LINKED_PATH):
        return
    for statement in parse(text, PolicyType.TRUST).statements:
        if any(entry.kind != "Service" for entry in statement.principals or ()) or statement.not_principals:
            raise CannotImport(
                f"{found['Arn']} is a service-linked role by its path: only services can be trusted"
            )


def told_by_profiles(found: Mapping[str, Any]) -> dict[str, Any]:
    """What only the role inside its instance profiles says: its session duration and description."""
    said: dict[str, Any] = {}
    for profile in found.get("InstanceProfileList") or ():
        for role in profile.get("Roles") or ():
            if role.get("RoleId") == found["RoleId"]:
                said |= {name: role[name] for name in ("Description", "MaxSessionDuration") if role.get(name)}
    return said


def same(kept: str, given: str) -> bool:
    """Whether two texts are one document; white space and the order of members do not count."""
    return kept == given or (kept != "" and json.loads(kept) == json.loads(given))


def moment(value: Any) -> datetime:
    """A time as JSON has it, or as a client gave it."""
    given = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return (given if given.tzinfo else given.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
