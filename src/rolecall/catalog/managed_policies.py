"""AWS managed policies: the documents that AWS publishes under arn:aws:iam::aws:policy/."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import msgspec
from msgspec import Struct


class ManagedPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """One policy with its default version. `source` names an entry of the data file's list of sources.

    Dates are ISO 8601 as AWS gives them; "" where not known.
    """

    name: str
    path: str
    version: str
    document: Mapping[str, Any]
    source: str
    created: str = ""
    updated: str = ""

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"

    @property
    def text(self) -> str:
        """The document as JSON text."""
        return msgspec.json.format(msgspec.json.encode(self.document), indent=4).decode()


class MissingPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy that AWS has and we could not get, or have only in an older version."""

    name: str
    path: str
    reason: str
    newest_version: str = ""
    our_version: str = ""


class ManagedPolicies(Protocol):
    @property
    def policies(self) -> tuple[ManagedPolicy, ...]: ...

    @property
    def missing(self) -> tuple[MissingPolicy, ...]: ...
