"""A document as a lint sees it: every part with its place, nothing refused (the parser refuses; a lint explains).

What has the wrong JSON type is left out of the readings below and reported by the rules of `rules/elements`.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from rolecall.analysis.lint.finding import Path, Place
from rolecall.policy.document import Effect
from rolecall.policy.json_reader import (
    ArrayNode,
    BooleanNode,
    Member,
    Node,
    NumberNode,
    ObjectNode,
    StringNode,
)
from rolecall.policy.operators import Operator, parse_operator


class Value(Struct, frozen=True):
    """One string of an element, or one value of a condition as text."""

    text: str
    place: Place

    @property
    def folded(self) -> str:
        return self.text.lower()


class Principal(Struct, frozen=True):
    """One value of Principal or NotPrincipal; kind is the member's name, "*" for the bare star."""

    kind: str
    text: str
    place: Place


class Condition(Struct, frozen=True):
    """One key of one operator block. operator None: there is none of that name."""

    name: str
    operator: Operator | None
    key: str
    values: tuple[Value, ...]
    operator_place: Place
    key_place: Place
    place: Place

    @property
    def folded(self) -> str:
        return self.key.lower()

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(value.text for value in self.values)


class Statement(Struct, frozen=True):
    """One statement that is an object. None for an element that is not there."""

    number: int
    place: Place
    node: ObjectNode
    effect: Effect | None
    sid: Value | None
    actions: tuple[Value, ...] | None
    not_actions: tuple[Value, ...] | None
    resources: tuple[Value, ...] | None
    not_resources: tuple[Value, ...] | None
    principals: tuple[Principal, ...] | None
    not_principals: tuple[Principal, ...] | None
    conditions: tuple[Condition, ...]

    @property
    def allows(self) -> bool:
        return self.effect is Effect.ALLOW

    @property
    def denies(self) -> bool:
        return self.effect is Effect.DENY

    def member(self, name: str) -> Member | None:
        return member_of(self.node, name)

    def part(self, name: str) -> Place | None:
        """Where an element's value stands."""
        held = self.node.get(name)
        return None if held is None else self.place.at(name, held)

    def on(self, *keys: str) -> tuple[Condition, ...]:
        """The conditions on any of these keys (folded); a key that ends in `/` stands for its family."""
        return tuple(
            each
            for each in self.conditions
            if each.folded in keys or any(key.endswith("/") and each.folded.startswith(key) for key in keys)
        )


class Document(Struct, frozen=True):
    """A JSON value read as a policy."""

    text: str
    root: Node
    statements: tuple[Statement, ...]

    @property
    def node(self) -> ObjectNode | None:
        return self.root if isinstance(self.root, ObjectNode) else None

    @property
    def version(self) -> str | None:
        held = self.node.get("Version") if self.node else None
        return held.value if isinstance(held, StringNode) else None


def member_of(node: ObjectNode, name: str) -> Member | None:
    return next((member for member in node.members if member.key.value == name), None)


def view(text: str, root: Node) -> Document:
    """The readable parts of a JSON value."""
    held = root.get("Statement") if isinstance(root, ObjectNode) else None
    return Document(text, root, tuple(_statements(held)))


def _statements(held: Node | None) -> Iterator[Statement]:
    if isinstance(held, ObjectNode):
        yield _statement(held, 0, ("Statement",))
    elif isinstance(held, ArrayNode):
        for number, item in enumerate(held.items):
            if isinstance(item, ObjectNode):
                yield _statement(item, number, ("Statement", number))


def _statement(node: ObjectNode, number: int, path: Path) -> Statement:
    place = Place(path, node)
    effect = node.get("Effect")
    said = effect.value if isinstance(effect, StringNode) else ""
    sid = node.get("Sid")

    def strings(name: str) -> tuple[Value, ...] | None:
        held = node.get(name)
        return None if held is None else tuple(_texts(held, place.at(name, held)))

    def principals(name: str) -> tuple[Principal, ...] | None:
        held = node.get(name)
        return None if held is None else tuple(_principals(held, place.at(name, held)))

    condition = node.get("Condition")
    return Statement(
        number=number,
        place=place,
        node=node,
        effect=next((each for each in Effect if each.value == said), None),
        sid=Value(sid.value, place.at("Sid", sid)) if isinstance(sid, StringNode) else None,
        actions=strings("Action"),
        not_actions=strings("NotAction"),
        resources=strings("Resource"),
        not_resources=strings("NotResource"),
        principals=principals("Principal"),
        not_principals=principals("NotPrincipal"),
        conditions=()
        if not isinstance(condition, ObjectNode)
        else tuple(_conditions(condition, place.at("Condition", condition))),
    )


def items_of(node: Node, place: Place) -> Iterator[tuple[Node, Place]]:
    """The items of a list, or the one value that stands without one."""
    if isinstance(node, ArrayNode):
        for index, item in enumerate(node.items):
            yield item, place.at(index, item)
    else:
        yield node, place


def _texts(node: Node, place: Place) -> Iterator[Value]:
    for item, where in items_of(node, place):
        if isinstance(item, StringNode):
            yield Value(item.value, where)


def _principals(node: Node, place: Place) -> Iterator[Principal]:
    if isinstance(node, StringNode) and node.value == "*":
        yield Principal("*", "*", place)
    elif isinstance(node, ObjectNode):
        for member in node.members:
            kind = member.key.value
            for value in _texts(member.value, place.at(kind, member.value)):
                yield Principal(kind, value.text, value.place)


def _conditions(node: ObjectNode, place: Place) -> Iterator[Condition]:
    for operator in node.members:
        if not isinstance(operator.value, ObjectNode):
            continue
        name = operator.key.value
        block = place.at(name, operator.value)
        for member in operator.value.members:
            where = block.at(member.key.value, member.value)
            yield Condition(
                name=name,
                operator=parse_operator(name),
                key=member.key.value,
                values=tuple(_values(member.value, where)),
                operator_place=Place(block.path, operator.key, of_name=True),
                key_place=Place(where.path, member.key, of_name=True),
                place=where,
            )


def _values(node: Node, place: Place) -> Iterator[Value]:
    for item, where in items_of(node, place):
        match item:
            case StringNode(value=value):
                yield Value(value, where)
            case NumberNode(text=text):
                yield Value(text, where)
            case BooleanNode(value=said):
                yield Value("true" if said else "false", where)
