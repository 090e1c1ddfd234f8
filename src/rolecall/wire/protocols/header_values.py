"""Members that travel as plain text in headers, labels and query strings (rest protocols)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any, Final

from botocore.model import ListShape, Shape

from rolecall.wire.protocols.scalars import (
    ShapeError,
    read_blob,
    read_boolean,
    read_float,
    read_integer,
    read_timestamp,
    write_blob,
    write_float,
    write_timestamp,
)

Headers = list[tuple[str, str]]

# One item of a header list: a quoted string with escapes, or everything up to the next comma.
_ITEM: Final = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*?))\s*(?:,|$)')
# RFC 822 dates have a comma of their own.
_DATE: Final = re.compile(r"\s*([^,]+,[^,]+?)\s*(?:,|$)")


def text_reader(shape: Shape, time_style: str) -> Callable[[str], Any]:
    """A function from text to a scalar; `time_style` is how the place writes timestamps by default."""
    kind = shape.type_name
    match kind:
        case "integer" | "long":
            return lambda text: read_integer(text, kind)
        case "float" | "double":
            return lambda text: read_float(text, kind)
        case "boolean":
            return read_boolean
        case "blob":
            return read_blob
        case "timestamp":
            style = str(shape.serialization.get("timestampFormat", time_style))
            return lambda text: read_timestamp(text, style)
    return str


def header_reader(shape: Shape) -> Callable[[str], Any]:
    if isinstance(shape, ListShape):
        read_item = text_reader(shape.member, "rfc822")
        dates = shape.member.type_name == "timestamp" and (
            str(shape.member.serialization.get("timestampFormat", "rfc822")).lower() == "rfc822"
        )
        return lambda text: [read_item(item) for item in _split(text, _DATE if dates else _ITEM)]
    if shape.serialization.get("jsonvalue"):
        return _read_json
    return text_reader(shape, "rfc822")


def _split(text: str, item: re.Pattern[str]) -> list[str]:
    items, position = [], 0
    while position < len(text):
        found = item.match(text, position)
        if found is None:
            raise ShapeError("the header is not a list")
        groups = found.groups()
        if groups[0] is not None and len(groups) == 2:
            items.append(re.sub(r"\\(.)", r"\1", groups[0]))
        else:
            items.append(groups[-1])
        position = found.end()
    return items


def _read_json(text: str) -> Any:
    try:
        return json.loads(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ShapeError("the header is not base64-encoded JSON") from error


def header_writer(shape: Shape) -> Callable[[str, Any], Headers]:
    """A function from the header's name and the value to the headers that carry it."""
    if shape.serialization.get("location") == "headers":
        return lambda prefix, value: [(prefix + key, _clean(str(item))) for key, item in value.items()]
    if isinstance(shape, ListShape):
        printed_item = _printer(shape.member)
        quoted = shape.member.type_name == "string"
        return lambda name, value: [
            (name, ",".join(_quote(printed_item(item)) if quoted else printed_item(item) for item in value))
        ]
    printed = _printer(shape)
    return lambda name, value: [(name, _clean(printed(value)))]


def _quote(text: str) -> str:
    if '"' in text or "," in text:
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return _clean(text)


def _clean(text: str) -> str:
    """No value may start a header of its own."""
    return re.sub(r"[\r\n\0]", " ", text)


def _printer(shape: Shape) -> Callable[[Any], str]:
    match shape.type_name:
        case "boolean":
            return lambda value: "true" if value else "false"
        case "float" | "double":
            return lambda value: write_float(value) or str(value)
        case "timestamp":
            style = str(shape.serialization.get("timestampFormat", "rfc822"))
            return lambda value: write_timestamp(value, style)
        case "blob":
            return write_blob
    if shape.serialization.get("jsonvalue"):
        return lambda value: base64.b64encode(json.dumps(value, separators=(",", ":")).encode()).decode()
    return str
