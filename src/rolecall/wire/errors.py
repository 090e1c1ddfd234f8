"""An AWS error as a value: code, status, message. Every error text of the wire is made here or by a service's
own errors.py from the tables in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """What a client gets instead of an answer. `code` is the wire code; `members` are further members of the
    modelled error shape; `sender` says whose fault it is (query protocol's Type)."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        sender: bool = True,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.sender = sender
        self.members = dict(members or {})
        self.headers = dict(headers or {})
