"""What a lint says: a code, where it stands, in which words, and what could be done about it."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from rolecall.analysis.lint.codes.code import ORDER
from rolecall.policy.document import Span
from rolecall.policy.findings import Severity
from rolecall.policy.json_reader import Node

Path = tuple[str | int, ...]


class Place(Struct, frozen=True):
    """A part of a document. of_name: the name of a member is meant, not what stands under it."""

    path: Path
    node: Node
    of_name: bool = False

    def at(self, step: str | int, node: Node) -> Place:
        return Place((*self.path, step), node)


class Edit(Struct, frozen=True):
    """Put `text` in the place of the characters [start, end)."""

    start: int
    end: int
    text: str


class Fix(Struct, frozen=True):
    """A repair. widens: it lets a statement allow more or deny less, so it is proposed and never applied unasked.

    changes: what decisions become other ones; empty when none does.
    """

    title: str
    edits: tuple[Edit, ...]
    widens: bool = False
    changes: str = ""


class Finding(Struct, frozen=True):
    """also: further codes that stand for the same finding. detail: what AWS's sentence leaves open.

    named: the finding is about the name that ends the path, not its value.
    """

    code: str
    severity: Severity
    message: str
    path: Path = ()
    span: Span | None = None
    named: bool = False
    also: tuple[str, ...] = ()
    detail: str = ""
    fix: Fix | None = None

    @property
    def where(self) -> str:
        """The path as text: Statement[0].Action[1]."""
        return written(self.path)

    @property
    def codes(self) -> tuple[str, ...]:
        return (self.code, *self.also)


def written(path: Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """By place, then from bad to mild, then by code; each once."""
    unique = dict.fromkeys(findings)
    return tuple(
        sorted(
            unique,
            key=lambda each: (
                -1 if each.span is None else each.span.start.offset,
                ORDER.index(each.severity),
                each.code,
                each.where,
            ),
        )
    )
