"""Edits of a JSON text that leave everything else as its author wrote it: blanks, order, line ends."""

from __future__ import annotations

import json
import re
from typing import Final

from rolecall.analysis.lint.finding import Edit, Place
from rolecall.analysis.lint.view import member_of
from rolecall.policy.json_reader import ArrayNode, Node, ObjectNode

_INDENT: Final = re.compile(r"\n([ \t]*)$")


def rewrite(place: Place, text: str) -> Edit:
    """Another string in the place of this one."""
    return Edit(place.node.start, place.node.end, json.dumps(text, ensure_ascii=False))


def put(node: Node, text: str) -> Edit:
    """Other JSON text in the place of a node."""
    return Edit(node.start, node.end, text)


def drop_member(text: str, holder: ObjectNode, name: str) -> Edit:
    """Take a member out, with the comma that is then too much."""
    member = member_of(holder, name)
    assert member is not None
    return _drop(text, holder.members.index(member), [(each.key.start, each.value.end) for each in holder.members])


def drop_item(text: str, holder: ArrayNode, index: int) -> Edit:
    return _drop(text, index, [(each.start, each.end) for each in holder.items])


def _drop(text: str, index: int, spans: list[tuple[int, int]]) -> Edit:
    start, end = spans[index]
    if index + 1 < len(spans):
        return Edit(start, spans[index + 1][0], "")
    if index > 0:
        return Edit(spans[index - 1][1], end, "")
    return Edit(start, end, "")


def add_member(text: str, holder: ObjectNode, name: str, value: str) -> Edit:
    """Put a member behind the last one, indented as that is."""
    written = f"{json.dumps(name)}: {value}"
    if not holder.members:
        return Edit(holder.start + 1, holder.start + 1, written)
    last = holder.members[-1]
    return Edit(last.value.end, last.value.end, "," + _before(text, last.key.start) + written)


def add_first_member(text: str, holder: ObjectNode, name: str, value: str) -> Edit:
    """Put a member before the first one, indented as that is."""
    first = holder.members[0]
    between = _before(text, first.key.start)
    return Edit(first.key.start, first.key.start, f"{json.dumps(name)}: {value},{between}")


def add_item(text: str, item: Node, value: str) -> Edit:
    """Put an item behind this one of a list, indented as it is."""
    return Edit(item.end, item.end, "," + _before(text, item.start) + value)


def _before(text: str, start: int) -> str:
    """The line break and blanks that stand before a place, one blank if it stands in the middle of a line."""
    found = _INDENT.search(text[:start])
    return f"\n{found[1]}" if found else " "


def source(text: str, node: Node) -> str:
    return text[node.start : node.end]
