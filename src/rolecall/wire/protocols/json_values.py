"""JSON values by the model, both ways: what the json and rest-json bodies have in common.

Readers check the type of every known member and leave out unknown and null ones; the texts of `ShapeError` are
those of AWS's own deserializer. Writers take what a handler gives back and refuse members that the model lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.wire.models import Compiled, wire_name
from rolecall.wire.protocols.scalars import (
    ShapeError,
    epoch,
    in_range,
    read_blob,
    read_epoch,
    read_float,
    read_timestamp,
    write_blob,
    write_float,
    write_timestamp,
)

Reader = Callable[[Any], Any]
Writer = Callable[[Any], Any]

NESTED_OBJECT: Final = "Start of structure or map found where not expected."
NESTED_LIST: Final = "Start of list found where not expected."
NO_FIELD: Final = "Unexpected field type"
NOT_ONE_MEMBER: Final = "A union has exactly one member."


def token(value: object) -> str:
    """What AWS's parser calls a scalar in its messages."""
    match value:
        case None:
            return "NULL_VALUE"
        case bool():
            return "TRUE_VALUE" if value else "FALSE_VALUE"
        case int():
            return "NUMBER_VALUE"
        case float():
            return "DECIMAL_VALUE"
    return "STRING_VALUE"


def misfit(value: object, wanted: str) -> ShapeError:
    """A value where a scalar of another type was wanted."""
    if isinstance(value, dict):
        return ShapeError(NESTED_OBJECT)
    if isinstance(value, list):
        return ShapeError(NESTED_LIST)
    if isinstance(value, str) and wanted != "String":
        article = "an" if wanted == "Integer" else "a"
        return ShapeError(f"class java.lang.String can not be converted to {article} {wanted}")
    return ShapeError(f"{token(value)} cannot be converted to {wanted}")


class JsonReaders(Compiled[Reader]):
    """Functions from decoded JSON to parameters."""

    def compile(self, shape: Shape) -> Reader:
        if isinstance(shape, StructureShape):
            return _as_it_is if shape.is_document_type else self._structure(shape)
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        if shape.type_name == "timestamp":
            return _timestamp_reader(shape.serialization.get("timestampFormat", "unixTimestamp"))
        return SCALAR_READERS[shape.type_name]

    def _structure(self, shape: StructureShape) -> Reader:
        members = {wire_name(member, name): (name, self.of(member)) for name, member in shape.members.items()}

        def read(value: Any) -> dict[str, Any]:
            if value.__class__ is not dict:
                raise ShapeError(NESTED_LIST if value.__class__ is list else NO_FIELD)
            result = {}
            for key, item in value.items():
                if item is not None and key in members:
                    name, reader = members[key]
                    result[name] = reader(item)
            return result

        def read_union(value: Any) -> dict[str, Any]:
            """Clients cannot read a union back that has none of its members, or several."""
            result = read(value)
            if len(result) != 1:
                raise ShapeError(NOT_ONE_MEMBER)
            return result

        return read_union if shape.is_tagged_union else read

    def _list(self, shape: ListShape) -> Reader:
        reader = self.of(shape.member)

        def read(value: Any) -> list[Any]:
            if value.__class__ is not list:
                raise ShapeError(NESTED_OBJECT if value.__class__ is dict else NO_FIELD)
            return [reader(item) for item in value]

        return read

    def _map(self, shape: MapShape) -> Reader:
        reader = self.of(shape.value)

        def read(value: Any) -> dict[str, Any]:
            if value.__class__ is not dict:
                raise ShapeError(NESTED_LIST if value.__class__ is list else NO_FIELD)
            return {key: reader(item) for key, item in value.items()}

        return read


def _as_it_is(value: Any) -> Any:
    return value


def _read_string(value: Any) -> str:
    if value.__class__ is not str:
        raise misfit(value, "String")
    return str(value)


def _integer_reader(kind: str) -> Reader:
    wanted = kind.capitalize()

    def read(value: Any) -> int:
        if value.__class__ is float:
            try:
                value = int(value)  # AWS's parser takes the whole part of a decimal number
            except (OverflowError, ValueError) as error:
                raise ShapeError(f"DECIMAL_VALUE cannot be converted to {wanted}") from error
        if value.__class__ is not int:
            raise misfit(value, wanted)
        return in_range(value, kind)

    return read


def _float_reader(kind: str) -> Reader:
    wanted = kind.capitalize()

    def read(value: Any) -> float:
        if value.__class__ is int or value.__class__ is float:
            return _to_float(value, wanted)
        if value in ("NaN", "Infinity", "-Infinity"):
            return read_float(value, kind)
        raise misfit(value, wanted)

    return read


def _to_float(value: int | float, wanted: str) -> float:
    try:
        return float(value)
    except OverflowError as error:
        raise ShapeError(f"NUMBER_VALUE cannot be converted to {wanted}") from error


def _read_boolean(value: Any) -> bool:
    if value.__class__ is not bool:
        raise misfit(value, "Boolean")
    return bool(value)


def _read_blob(value: Any) -> bytes:
    if isinstance(value, dict | list):
        raise misfit(value, "String")
    if not isinstance(value, str):
        raise ShapeError("only base-64-encoded strings are convertible to bytes")
    return read_blob(value)


def _timestamp_reader(style: str) -> Reader:
    numeric = style.lower() == "unixtimestamp"

    def read(value: Any) -> datetime:
        if numeric and (value.__class__ is int or value.__class__ is float):
            return read_epoch(value)
        if not numeric and isinstance(value, str):
            return read_timestamp(value, style)
        raise misfit(value, "Date")

    return read


SCALAR_READERS: Final[Mapping[str, Reader]] = {
    "string": _read_string,
    "character": _read_string,
    "integer": _integer_reader("integer"),
    "long": _integer_reader("long"),
    "float": _float_reader("float"),
    "double": _float_reader("double"),
    "boolean": _read_boolean,
    "blob": _read_blob,
}


class UnmodelledMember(Exception):
    """A handler's answer has a member that the output shape lacks: a mistake of ours, never the client's."""


class JsonWriters(Compiled[Writer]):
    """Functions from a handler's answer to values that JSON can hold."""

    def compile(self, shape: Shape) -> Writer:
        if isinstance(shape, StructureShape):
            return _as_it_is if shape.is_document_type else self._structure(shape)
        if isinstance(shape, ListShape):
            member = self.of(shape.member)
            return list if member is _as_it_is else lambda value: [member(item) for item in value]
        if isinstance(shape, MapShape):
            item_writer = self.of(shape.value)
            return lambda value: {key: item_writer(item) for key, item in value.items() if item is not None}
        if shape.type_name == "timestamp":
            style = shape.serialization.get("timestampFormat", "unixTimestamp")
            if style.lower() == "unixtimestamp":
                return epoch
            return lambda value: write_timestamp(value, style, milliseconds=True)
        return SCALAR_WRITERS.get(shape.type_name, _as_it_is)

    def _structure(self, shape: StructureShape) -> Writer:
        members = {name: (wire_name(member, name), self.of(member)) for name, member in shape.members.items()}
        owner = shape.name

        def write(value: Mapping[str, Any]) -> dict[str, Any]:
            result = {}
            for name, item in value.items():
                if name not in members:
                    raise UnmodelledMember(f"{owner} has no member {name}")
                if item is not None:
                    key, writer = members[name]
                    result[key] = item if writer is _as_it_is else writer(item)
            return result

        return write


def _write_number(value: float) -> float | str:
    special = write_float(value)
    return value if special is None else special


SCALAR_WRITERS: Final[Mapping[str, Writer]] = {
    "blob": write_blob,
    "float": _write_number,
    "double": _write_number,
}
