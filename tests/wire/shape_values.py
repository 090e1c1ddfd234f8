"""Random values of botocore's shapes: parameters and answers of real operations for the round trip laws."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape
from hypothesis import strategies as st

MAX_DEPTH: Final = 4
START: Final = datetime(1970, 1, 1, tzinfo=UTC)

# What XML can hold and parsers give back as it is.
xml_text: Final = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], include_characters="\t\n\r"), max_size=10
)
any_text: Final = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=10)
# Text in headers and labels is trimmed and has no line breaks.
plain_text: Final = st.from_regex(r"[!-~]([ -~]{0,8}[!-~])?", fullmatch=True)
timestamps: Final = st.integers(0, 4_000_000_000).map(lambda seconds: START + timedelta(seconds=seconds))
scalars: Final = {
    "integer": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False),
    "double": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "blob": st.binary(max_size=12),
    "timestamp": timestamps,
}


def values(draw: st.DrawFn, shape: Shape, text: st.SearchStrategy[str], depth: int = 0) -> Any:
    """A value of the shape; structures become sparse with depth, so recursive shapes end."""
    if isinstance(shape, StructureShape):
        return structure(draw, shape, text, depth)
    if isinstance(shape, ListShape):
        most = 2 if depth < MAX_DEPTH else 0
        return [values(draw, shape.member, text, depth + 1) for _ in range(draw(st.integers(0, most)))]
    if isinstance(shape, MapShape):
        most = 2 if depth < MAX_DEPTH else 0
        keys = draw(st.lists(text, max_size=most, unique=True))
        return {key: values(draw, shape.value, text, depth + 1) for key in keys}
    located = shape.serialization.get("location") in ("header", "uri", "querystring")
    return draw(scalars.get(shape.type_name, plain_text if located else text))


def structure(draw: st.DrawFn, shape: StructureShape, text: st.SearchStrategy[str], depth: int = 0) -> Any:
    names = list(shape.members)
    if not names:
        return {}
    if shape.is_tagged_union:
        chosen = [draw(st.sampled_from(names))]
    else:
        needed = [name for name in names if shape.members[name].serialization.get("location") == "uri"]
        most = 5 if depth < MAX_DEPTH else 0
        chosen = sorted({*needed, *draw(st.lists(st.sampled_from(names), max_size=most))})
    return {name: values(draw, shape.members[name], text, depth + 1) for name in chosen}
