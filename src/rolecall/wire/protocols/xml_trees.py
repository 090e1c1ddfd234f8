"""XML bodies of requests by the model: elements become the values that botocore's shapes name.

Unknown elements are left out, as AWS does. Document type declarations are not taken: nothing in them can be
wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree import ElementTree

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.wire.models import Compiled, wire_name
from rolecall.wire.protocols.scalars import (
    ShapeError,
    read_blob,
    read_boolean,
    read_float,
    read_integer,
    read_timestamp,
)

Element = ElementTree.Element
Reader = Callable[[Element], Any]
DEEPEST: Final = 64  # elements within elements; no model nests half as deep


def parse(body: bytes) -> Element:
    """The root of a document; raises ShapeError for what is no XML, or more than a document of data."""
    # Nothing but UTF-8: in another encoding a declaration would go unseen.
    if b"\x00" in body or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise ShapeError("document type declarations are not taken")
    parser: Any = ElementTree.XMLPullParser(events=("start", "end"))
    depth = 0
    root: Element | None = None
    try:
        parser.feed(body)
        for event, element in parser.read_events():
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > DEEPEST:
                raise ShapeError("elements are nested too deeply")
        parser.close()
    except ElementTree.ParseError as error:
        raise ShapeError(str(error)) from None
    if root is None:
        raise ShapeError("no element found")
    return root


class XmlReaders(Compiled[Reader]):
    """Functions from an element to a value of a shape."""

    def compile(self, shape: Shape) -> Reader:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            raise ValueError(f"{shape.name}: no request of a rest-xml service has a map in its body")
        return _scalar(shape)

    def _structure(self, shape: StructureShape) -> Reader:
        members: dict[str, tuple[str, Reader, bool]] = {}
        attributes: dict[str, str] = {}
        for name, member in shape.members.items():
            if member.serialization.get("xmlAttribute"):
                attributes[wire_name(member, name).rpartition(":")[2]] = name
                continue
            flat = isinstance(member, ListShape) and bool(member.serialization.get("flattened"))
            reader = self.of(member.member) if flat and isinstance(member, ListShape) else self.of(member)
            members[_element_name(member, name)] = (name, reader, flat)

        def read(element: Element) -> Mapping[str, Any]:
            found: dict[str, Any] = {}
            for child in element:
                known = members.get(local(child.tag))
                if known is None:
                    continue
                name, reader, flat = known
                if flat:
                    found.setdefault(name, []).append(reader(child))
                else:
                    found[name] = reader(child)
            for key, value in element.attrib.items():
                if local(key) in attributes:
                    found[attributes[local(key)]] = value
            return found

        return read

    def _list(self, shape: ListShape) -> Reader:
        reader = self.of(shape.member)
        wanted = wire_name(shape.member, "member")
        return lambda element: [reader(child) for child in element if local(child.tag) == wanted]


def local(tag: str) -> str:
    """The name of an element without its namespace."""
    return tag.rpartition("}")[2]


def _element_name(member: Shape, name: str) -> str:
    """A flattened list without a name of its own goes by that of its items."""
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        return wire_name(member, wire_name(member.member, name))
    return wire_name(member, name)


def _scalar(shape: Shape) -> Reader:
    kind = shape.type_name
    style = str(shape.serialization.get("timestampFormat", "iso8601"))
    readers: dict[str, Callable[[str], Any]] = {
        "boolean": read_boolean,
        "blob": read_blob,
        "timestamp": lambda text: read_timestamp(text, style),
        "integer": lambda text: read_integer(text, kind),
        "long": lambda text: read_integer(text, kind),
        "float": lambda text: read_float(text, kind),
        "double": lambda text: read_float(text, kind),
    }
    convert = readers.get(kind)
    if convert is None:
        return lambda element: element.text or ""
    return lambda element: convert((element.text or "").strip())
