"""Parameters of the query protocol by the model: `Tags.member.1.Key=a` and its like.

The flat names are first grown into a tree of their dotted parts, which the compiled readers then walk. A list may
have gaps and any order; its numbers only sort it. Unknown names are ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

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

Node = dict[str, Any]
Reader = Callable[[Node], Any]

VALUE: Final = ""  # a node's own text stands under the empty name


def grow(pairs: Iterable[tuple[str, str]]) -> Node:
    """The tree of dotted names. Of two values with one name the first counts."""
    root: Node = {}
    for name, text in pairs:
        node = root
        for part in name.split("."):
            if part:
                node = node.setdefault(part, {})
        node.setdefault(VALUE, text)
    return root


class FormReaders(Compiled[Reader]):
    """Functions from a node of the tree to a parameter; None where the node says nothing."""

    def compile(self, shape: Shape) -> Reader:
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        return _scalar(shape)

    def _structure(self, shape: StructureShape) -> Reader:
        members = {_form_name(member, name): (name, self.of(member)) for name, member in shape.members.items()}

        def read(node: Node) -> dict[str, Any]:
            result = {}
            for key, child in node.items():
                if key in members:
                    name, reader = members[key]
                    value = reader(child)
                    if value is not None:
                        result[name] = value
            return result

        return read

    def _list(self, shape: ListShape) -> Reader:
        reader = self.of(shape.member)
        flattened = bool(shape.serialization.get("flattened"))
        name = wire_name(shape.member, "member")

        def read(node: Node) -> list[Any] | None:
            items = node if flattened else node.get(name)
            if items is None:
                return [] if VALUE in node else None
            values = (reader(item) for item in _in_order(items))
            return [value for value in values if value is not None]

        return read

    def _map(self, shape: MapShape) -> Reader:
        read_key, read_value = self.of(shape.key), self.of(shape.value)
        flattened = bool(shape.serialization.get("flattened"))
        key_name, value_name = wire_name(shape.key, "key"), wire_name(shape.value, "value")

        def read(node: Node) -> dict[str, Any] | None:
            entries = node if flattened else node.get("entry")
            if entries is None:
                return {} if VALUE in node else None
            result = {}
            for entry in _in_order(entries):
                if key_name not in entry or value_name not in entry:
                    raise ShapeError("a map entry has a key and a value")
                result[read_key(entry[key_name])] = read_value(entry[value_name])
            return result

        return read


def _form_name(member: Shape, name: str) -> str:
    """A flattened list without a name of its own goes by that of its items."""
    if isinstance(member, ListShape) and member.serialization.get("flattened"):
        return wire_name(member, wire_name(member.member, name))
    return wire_name(member, name)


def _in_order(items: Node) -> list[Node]:
    numbered = []
    for key, item in items.items():
        if key == VALUE:
            continue
        if not (key.isascii() and key.isdigit() and len(key) < 10):
            raise ShapeError("list items are numbered")
        numbered.append((int(key), item))
    numbered.sort(key=lambda pair: pair[0])
    return [item for _, item in numbered]


def _scalar(shape: Shape) -> Reader:
    kind = shape.type_name
    style = str(shape.serialization.get("timestampFormat", "iso8601"))
    readers: dict[str, Callable[[str], Any]] = {
        "integer": lambda text: read_integer(text, kind),
        "long": lambda text: read_integer(text, kind),
        "float": lambda text: read_float(text, kind),
        "double": lambda text: read_float(text, kind),
        "boolean": read_boolean,
        "blob": read_blob,
        "timestamp": lambda text: read_timestamp(text, style),
    }
    convert = readers.get(kind)
    if convert is None:
        return lambda node: node.get(VALUE)

    def read(node: Node) -> Any:
        text = node.get(VALUE)
        return None if text is None else convert(text)

    return read
