"""Parameters as AWS repeats them in validation messages: the way Java prints lists, maps and structures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rolecall.wire.models import Compiled
from rolecall.wire.protocols.scalars import write_timestamp

Printer = Callable[[Any], str]
HIDDEN: Final = "***Sensitive Data Redacted***"


class Printers(Compiled[Printer]):
    """`[a, b]`, `{k=v}`, `Tag(key=a, value=b)`; sensitive values are never repeated."""

    def compile(self, shape: Shape) -> Printer:
        if shape.metadata.get("sensitive"):
            return lambda value: HIDDEN
        if isinstance(shape, StructureShape):
            return self._structure(shape)
        if isinstance(shape, ListShape):
            item = self.of(shape.member)
            return lambda value: f"[{', '.join(item(one) for one in value)}]"
        if isinstance(shape, MapShape):
            key, item = self.of(shape.key), self.of(shape.value)
            return lambda value: "{" + ", ".join(f"{key(k)}={item(v)}" for k, v in value.items()) + "}"
        return SCALARS.get(shape.type_name, str)

    def _structure(self, shape: StructureShape) -> Printer:
        if shape.is_document_type:
            return str
        members = {name: self.of(member) for name, member in shape.members.items()}

        def printed(value: Mapping[str, Any]) -> str:
            parts = (
                f"{name[:1].lower()}{name[1:]}={members[name](item)}"
                for name, item in value.items()
                if item is not None
            )
            return f"{shape.name}({', '.join(parts)})"

        return printed


SCALARS: Final[Mapping[str, Printer]] = {
    "boolean": lambda value: "true" if value else "false",
    "timestamp": lambda value: write_timestamp(value, "iso8601"),
    "blob": lambda value: f"java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]",
}
