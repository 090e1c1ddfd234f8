"""Event streams in an answer: `application/vnd.amazon.eventstream`, frame after frame.

A frame is its length, the length of its headers and their checksum, the headers, the payload, and a checksum of
all of it (CRC-32, numbers big-endian). A handler gives the events of its stream in order, each a map of one entry
as the model's union has it: `{"PayloadPart": {"Bytes": b"…"}}`. An exception of the model ends the stream.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import msgspec
from botocore.model import Shape, StructureShape

from rolecall.wire.protocols.json_values import JsonWriters

CONTENT_TYPE: Final = "application/vnd.amazon.eventstream"
STRING: Final = 7
_encode = msgspec.json.Encoder().encode

Event = Mapping[str, Mapping[str, Any]]
EventWriter = Callable[[Mapping[str, Any]], bytes]


def stream_writer(shape: StructureShape, writers: JsonWriters) -> Callable[[Iterable[Event]], bytes]:
    """A function from the events of a stream to its bytes; `shape` is the union of its events."""
    known = {name: _event_writer(name, member, writers) for name, member in shape.members.items()}

    def write(events: Iterable[Event]) -> bytes:
        return b"".join(known[name](members) for event in events for name, members in event.items())

    return write


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message of a stream."""
    head = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", 12 + len(head) + len(payload) + 4, len(head))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + head + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return bytes([len(name)]) + name.encode("ascii") + bytes([STRING]) + struct.pack(">H", len(text)) + text


def _event_writer(name: str, shape: Shape, writers: JsonWriters) -> EventWriter:
    assert isinstance(shape, StructureShape), "events are structures"
    kind = "exception" if shape.metadata.get("exception") else "event"
    raw = next((member for member in shape.members if _is_payload(shape, member)), None)
    headers = {":message-type": kind, f":{kind}-type": name}
    if raw is not None:
        content = "application/octet-stream" if shape.members[raw].type_name == "blob" else "text/plain"

        def write_raw(members: Mapping[str, Any]) -> bytes:
            value = members.get(raw) or b""
            payload = value.encode() if isinstance(value, str) else bytes(value)
            return frame({**headers, ":content-type": content}, payload)

        return write_raw
    write_members = writers.of(shape)
    return lambda members: frame({**headers, ":content-type": "application/json"}, _encode(write_members(members)))


def _is_payload(shape: StructureShape, name: str) -> bool:
    """Whether a member is the payload itself and no member of a JSON document."""
    member = shape.members[name]
    return bool(member.serialization.get("eventpayload")) and member.type_name in ("blob", "string")
