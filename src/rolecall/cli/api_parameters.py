"""Have the parameters of a case the shape of the API? Typed as botocore's model types them.

A member that the API does not have is an error: left alone, a misspelt `ResourceConfg` would quietly take a
condition key out of the request. Required members and limits are not asked for; AWS authorizes before it looks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.utils import parse_timestamp

from rolecall.wire import models

NUMBERS = ("integer", "long", "float", "double")


def typed(service: str, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """The parameters as the server would get them; raises ValueError."""
    shape = models.operation(service, operation).input_shape
    if shape is None:
        if parameters:
            raise ValueError(f"{service}:{operation} takes no parameters")
        return {}
    made = _typed(shape, parameters, f"{service}:{operation}", "")
    assert isinstance(made, dict)
    return made


def _typed(shape: Shape, value: Any, operation: str, path: str) -> Any:
    if isinstance(shape, StructureShape) and not shape.is_document_type:
        if not isinstance(value, Mapping):
            raise ValueError(f"{path or 'parameters'} of {operation} is an object, not {value!r}")
        made = {}
        for name, inner in value.items():
            where = f"{path}.{name}" if path else name
            if name not in shape.members:
                near = get_close_matches(name, shape.members, 1, 0.6)
                hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(shape.members)}"
                raise ValueError(f"{operation} has no parameter {where}{hint}")
            if inner is not None:
                made[name] = _typed(shape.members[name], inner, operation, where)
        return made
    if isinstance(shape, ListShape):
        if not isinstance(value, list):
            raise ValueError(f"{path} of {operation} is a list, not {value!r}")
        return [_typed(shape.member, item, operation, f"{path}[{i}]") for i, item in enumerate(value)]
    if isinstance(shape, MapShape):
        if not isinstance(value, Mapping):
            raise ValueError(f"{path} of {operation} is an object, not {value!r}")
        return {key: _typed(shape.value, item, operation, f"{path}.{key}") for key, item in value.items()}
    return _scalar(shape.type_name, value, operation, path)


def _scalar(kind: str, value: Any, operation: str, path: str) -> Any:
    match kind, value:
        case "string" | "character", str():
            return value
        case "string" | "character", bool():
            return "true" if value else "false"
        case "string" | "character", int() | float():
            return str(value)
        case "boolean", bool():
            return value
        case "integer" | "long", int() if not isinstance(value, bool):
            return value
        case "float" | "double", int() | float() if not isinstance(value, bool):
            return float(value)
        case "blob", str():
            return value.encode()
        case "timestamp", str() | int() | float():
            try:
                return _in_utc(parse_timestamp(str(value)))
            except ValueError:
                pass
        case "structure" | "map" | "list", _:  # a document type takes anything
            return value
    raise ValueError(f"{path} of {operation} is a {kind}, not {value!r}")


def _in_utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
