"""XML answers by the model: absent members are left out, an empty list is an empty element."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.sax.saxutils import escape

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.wire.models import Compiled, wire_name
from rolecall.wire.protocols.json_values import UnmodelledMember
from rolecall.wire.protocols.scalars import write_blob, write_float, write_timestamp

Pieces = list[str]
Writer = Callable[[Pieces, str, Any], None]  # appends the element (or elements) of this name


# What XML 1.0 cannot hold, not even as a reference: clients would fail to parse the whole answer.
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: str) -> str:
    """Character data. A carriage return would otherwise reach the reader as a line feed."""
    if not value.isprintable():
        value = _NO_XML.sub("\ufffd", value)
    return escape(value, {"\r": "&#xD;"})


XSI: Final = {"prefix": "xsi", "uri": "http://www.w3.org/2001/XMLSchema-instance"}


class XmlWriters(Compiled[Writer]):
    def compile(self, shape: Shape) -> Writer:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return _scalar(shape)

    def _structure(self, shape: StructureShape) -> Writer:
        members = {name: (_xml_name(member, name), self.of(member)) for name, member in shape.members.items()}
        owner = shape.name
        # S3's Grantee says its type in an attribute, whose prefix the element declares.
        attributes = {name for name, member in shape.members.items() if member.serialization.get("xmlAttribute")}
        namespace = shape.serialization.get("xmlNamespace") or XSI

        def write(pieces: Pieces, tag: str, value: Mapping[str, Any]) -> None:
            inner: Pieces = []
            declared = ""
            for name, item in value.items():
                if name not in members:
                    raise UnmodelledMember(f"{owner} has no member {name}")
                if item is not None and name in attributes:
                    prefix, uri = namespace["prefix"], namespace["uri"]
                    declared = f' xmlns:{prefix}="{uri}" {members[name][0]}="{text(str(item))}"'
                elif item is not None:
                    element, writer = members[name]
                    writer(inner, element, item)
            _element(pieces, tag, inner, declared)

        return write

    def _list(self, shape: ListShape) -> Writer:
        writer = self.of(shape.member)
        name = wire_name(shape.member, "member")

        def write_flat(pieces: Pieces, tag: str, value: Any) -> None:
            for item in value:
                writer(pieces, tag, item)

        def write(pieces: Pieces, tag: str, value: Any) -> None:
            inner: Pieces = []
            for item in value:
                writer(inner, name, item)
            _element(pieces, tag, inner)

        return write_flat if shape.serialization.get("flattened") else write

    def _map(self, shape: MapShape) -> Writer:
        write_key, write_value = self.of(shape.key), self.of(shape.value)
        key_name, value_name = wire_name(shape.key, "key"), wire_name(shape.value, "value")

        def write_entries(pieces: Pieces, tag: str, value: Mapping[str, Any]) -> None:
            for key, item in value.items():
                inner: Pieces = []
                write_key(inner, key_name, key)
                write_value(inner, value_name, item)
                _element(pieces, tag, inner)

        def write(pieces: Pieces, tag: str, value: Mapping[str, Any]) -> None:
            inner: Pieces = []
            write_entries(inner, "entry", value)
            _element(pieces, tag, inner)

        return write_entries if shape.serialization.get("flattened") else write


def _element(pieces: Pieces, tag: str, inner: Pieces, attributes: str = "") -> None:
    if inner:
        pieces.append(f"<{tag}{attributes}>")
        pieces.extend(inner)
        pieces.append(f"</{tag}>")
    else:
        pieces.append(f"<{tag}{attributes}/>")


def _xml_name(member: Shape, name: str) -> str:
    """A flattened list without a name of its own goes by that of its items."""
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        return wire_name(member, wire_name(member.member, name))
    return wire_name(member, name)


def _scalar(shape: Shape) -> Writer:
    style = str(shape.serialization.get("timestampFormat", "iso8601"))
    printers: dict[str, Callable[[Any], str]] = {
        "boolean": lambda value: "true" if value else "false",
        "blob": write_blob,
        "timestamp": lambda value: write_timestamp(value, style),
        "float": lambda value: write_float(value) or str(value),
        "double": lambda value: write_float(value) or str(value),
        "integer": str,
        "long": str,
    }
    printed = printers.get(shape.type_name, text)

    def write(pieces: Pieces, tag: str, value: Any) -> None:
        pieces.append(f"<{tag}>{printed(value)}</{tag}>")

    return write
