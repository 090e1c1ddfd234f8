"""What the protocols hand over: a request looked at before its signature, and the call it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Examined(Struct, frozen=True):
    """What AWS establishes before it looks at the signature.

    operation: botocore's name, where it is known this early (json and rest); document: the decoded body (json);
    labels: the decoded parts of the path (rest).
    """

    operation: str | None = None
    document: Any = None
    labels: Mapping[str, str] = {}


class ParsedCall(Struct, frozen=True):
    """An API call with its parameters as botocore's model types them."""

    service: str
    operation: str
    parameters: Mapping[str, Any]
