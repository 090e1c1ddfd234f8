"""Operations that exist at AWS and cannot do real work here: each answers an error that says why.

They are authorized like all others first. The lists stand with their services, and in docs/CONFORMANCE.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.store.ports import Reader
from rolecall.wire.errors import AwsError

CODE: Final = "NotImplemented"
STATUS: Final = 501  # which no client tries again


def refused(what: str, why: str) -> AwsError:
    """The error of what is not done here."""
    return AwsError(CODE, f"rolecall does not do {what}: {why}", STATUS)


def refusing(reasons: Mapping[str, str]) -> Mapping[str, Operation]:
    """A part of a service's table: operations by name, with the reason why they do nothing."""
    return {name: Operation(handler=_refusal(why), writes=False) for name, why in reasons.items()}


def _refusal(why: str) -> Callable[[Call, Reader], Mapping[str, Any]]:
    def refuse(call: Call, reader: Reader) -> Mapping[str, Any]:
        raise refused(f"{call.service}:{call.operation}", why)

    return refuse
