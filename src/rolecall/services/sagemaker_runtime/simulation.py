"""What answers in place of a model: no container runs here.

A simulated model gives the request's body back, under the content type that was accepted, or the request's own.
Who needs another answer says so in the environment of the model's container, where a real container would read it:

    ROLECALL_ANSWER                the body of the answer
    ROLECALL_ANSWER_CONTENT_TYPE   its content type
    ROLECALL_STATUS                an HTTP status from 400 on: the call ends in a ModelError with ROLECALL_ANSWER

An answer that was made up says so in CustomAttributes, unless the request gives custom attributes: those come
back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.services.call import Call
from rolecall.services.sagemaker_items import found
from rolecall.store.ports import Reader
from rolecall.store.records import Item

ANSWER: Final = "ROLECALL_ANSWER"
CONTENT_TYPE: Final = "ROLECALL_ANSWER_CONTENT_TYPE"
STATUS: Final = "ROLECALL_STATUS"
SAID: Final = "simulated by rolecall"
CHUNK: Final = 4096  # bytes of one event of a stream


class Simulated(Struct, frozen=True):
    body: bytes
    content_type: str
    attributes: str
    status: int = 200


def simulated(parameters: Mapping[str, Any], environment: Mapping[str, str]) -> Simulated:
    """The answer of a container with this environment."""
    accept = str(parameters.get("Accept") or "")
    given = str(parameters.get("ContentType") or "application/octet-stream")
    wanted = given if not accept or "*" in accept or "," in accept else accept
    body = parameters.get("Body") or b""
    raw = environment.get(STATUS, "")
    return Simulated(
        body=environment[ANSWER].encode() if ANSWER in environment else _bytes(body),
        content_type=environment.get(CONTENT_TYPE) or wanted,
        attributes=str(parameters.get("CustomAttributes") or SAID),
        status=int(raw) if raw.isdigit() and 400 <= int(raw) <= 599 else 200,
    )


def container(call: Call, reader: Reader, model: object, hostname: object) -> Mapping[str, Any]:
    """The container of a model that is asked: the named one, or the first; empty when the model is gone."""
    item = found(call, reader, "model", model) if isinstance(model, str) else None
    known = containers(item)
    named = [one for one in known if hostname and one.get("ContainerHostname") == hostname]
    return (named or known or [{}])[0]


def containers(model: Item | None) -> list[Mapping[str, Any]]:
    if model is None:
        return []
    primary = model.body.get("PrimaryContainer")
    return [*([primary] if primary else []), *(model.body.get("Containers") or ())]


def _bytes(body: object) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)  # type: ignore[call-overload]
