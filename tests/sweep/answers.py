"""Does an answer keep its operation's output shape? Required members there, every value of its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from botocore.eventstream import EventStream
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.response import StreamingBody

TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "float": (float, int),
    "double": (float, int),
    "boolean": (bool,),
    "timestamp": (datetime,),
    "blob": (bytes, StreamingBody),
}


def wrong(shape: Shape | None, answer: Mapping[str, Any]) -> list[str]:
    """What is wrong with a parsed answer, one line each."""
    given = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
    if shape is None:
        return [f"no answer was to be given, but {name}" for name in given]
    return list(_wrong(shape, given, shape.name))


def _wrong(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, EventStream):
        for event in value:
            yield from _wrong(shape, event, path)
        return
    if isinstance(shape, StructureShape):
        if not isinstance(value, Mapping):
            yield f"{path} is no structure: {value!r}"
            return
        if shape.serialization.get("eventstream") is None:
            yield from (f"{path} lacks {name}" for name in shape.required_members if name not in value)
        for name, inner in value.items():
            if name not in shape.members:
                yield f"{path} has {name}, which the model does not know"
            else:
                yield from _wrong(shape.members[name], inner, f"{path}.{name}")
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield f"{path} is no list: {value!r}"
            return
        for inner in value:
            yield from _wrong(shape.member, inner, f"{path}[]")
    elif isinstance(shape, MapShape):
        for inner in value.values():
            yield from _wrong(shape.value, inner, f"{path}.*")
    elif not isinstance(value, TYPES[shape.type_name]) or (
        isinstance(value, bool) and shape.type_name != "boolean"
    ):
        yield f"{path} is {value!r}, not of type {shape.type_name}"
    elif shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        yield f"{path} is {value!r}, none of {shape.metadata['enum']}"
