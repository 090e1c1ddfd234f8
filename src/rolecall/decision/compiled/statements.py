"""One statement in compiled code: resource and conditions, its action being settled (SEMANTICS 4.1).

A statement is compiled once per content and variant, and its nodes are shared by every function that holds it.
What its principal element says depends on the caller alone and is asked of `reference.principals` (see `units`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct

from rolecall.decision.compiled import nodes
from rolecall.decision.compiled.arns import NO_ARN
from rolecall.decision.compiled.conditions import condition_piece
from rolecall.decision.compiled.nodes import Code, Names
from rolecall.decision.compiled.pieces import Piece, Variant
from rolecall.decision.compiled.resources import resource_piece
from rolecall.decision.reference.conditions import evaluate_condition
from rolecall.decision.reference.resources import evaluate_resource
from rolecall.decision.reference.result import ElementResult, Setting
from rolecall.decision.request import Request
from rolecall.policy.arn import PARTS
from rolecall.policy.document import Effect, PolicyType, Statement
from rolecall.policy.open_points import OURS
from rolecall.policy.truth import Truth, every

# A statement with more values than this is left to the reference: its code would cost more than it saves.
MOST_VALUES: Final = 5_000


class StatementCode:
    """certain, possible: as in Piece. held: the objects that the nodes name. keys: as in Piece.

    Equal by identity, so that functions are shared by the statements they hold.
    """

    __slots__ = ("certain", "effect", "held", "keys", "possible", "reads")

    def __init__(self, effect: Effect, piece: Piece, held: nodes.Held) -> None:
        self.effect = effect
        self.certain: Code = piece.certain
        self.possible: Code = piece.possible
        self.keys = piece.keys
        self.held = held
        self.reads = nodes.names_in(code for code in (self.certain, self.possible) if not isinstance(code, bool))

    @property
    def two_valued(self) -> bool:
        return self.certain is self.possible and self.keys is not None


class StatementKey(Struct, frozen=True):
    """What the code of a statement depends on, and nothing else."""

    effect: Effect
    resources: tuple[str, ...] | None
    not_resources: tuple[str, ...] | None
    conditions: tuple[tuple[str, str, tuple[str, ...]], ...]
    kind: PolicyType
    variables: bool
    star_only: bool
    variant: Variant


def key_of(
    statement: Statement, kind: PolicyType, variables: bool, star_only: bool, variant: Variant
) -> StatementKey:
    return StatementKey(
        statement.effect,
        statement.resources,
        statement.not_resources,
        tuple((each.operator, each.key, each.values) for each in statement.conditions),
        kind,
        variables,
        star_only,
        variant,
    )


def compile_statement(
    statement: Statement, kind: PolicyType, variables: bool, star_only: bool, variant: Variant, setting: Setting
) -> StatementCode:
    names = Names()
    if setting.choices != OURS or _size(statement) > MOST_VALUES:
        piece = _by_the_reference(statement, kind, variables, setting, bool(variant.unknown), names)
        return StatementCode(statement.effect, piece, names.held)
    pieces = [
        resource_piece(statement, kind, variables, star_only, variant, names),
        *(
            condition_piece(condition, statement.effect, variables, variant, names)
            for condition in statement.conditions
        ),
    ]
    return StatementCode(statement.effect, _together(pieces), names.held)


def _size(statement: Statement) -> int:
    resources = statement.resources or statement.not_resources or ()
    return len(resources) + sum(1 + len(condition.values) for condition in statement.conditions)


def _together(pieces: list[Piece]) -> Piece:
    cheap_first = sorted(pieces, key=lambda piece: piece.weight)
    certain = nodes.all_of(*(piece.certain for piece in cheap_first))
    keys: tuple[str, ...] | None = tuple(key for piece in pieces for key in piece.keys or ())
    if all(piece.two_valued and piece.keys is not None for piece in pieces):
        return Piece(certain, certain)
    if any(piece.keys is None or not (piece.two_valued or piece.always_unknown) for piece in pieces):
        keys = None
    return Piece(certain, nodes.all_of(*(piece.possible for piece in cheap_first)), keys=keys)


def elements(
    statement: Statement, kind: PolicyType, variables: bool, request: Request, setting: Setting
) -> tuple[ElementResult, ...]:
    """What the reference says of resource and conditions."""
    return (
        evaluate_resource(statement, kind, request, variables, setting),
        *(
            evaluate_condition(condition, statement.effect, request.context, variables, setting)
            for condition in statement.conditions
        ),
    )


def _by_the_reference(
    statement: Statement, kind: PolicyType, variables: bool, setting: Setting, unknown: bool, names: Names
) -> Piece:
    says = names.put(_truth_of(statement, kind, variables, setting))
    answer = nodes.call(says, nodes.load(nodes.REQUEST))
    certain = nodes.is_same(answer, names.put(Truth.YES))
    if not unknown:
        return Piece.known(certain)
    return Piece(certain, nodes.negation(nodes.is_same(answer, names.put(Truth.NO))), keys=None)


def _truth_of(
    statement: Statement, kind: PolicyType, variables: bool, setting: Setting
) -> Callable[[Request], Truth]:
    return lambda request: every(
        element.truth for element in elements(statement, kind, variables, request, setting)
    )


def prologue(codes: Iterable[StatementCode], spelled: bool) -> list[ast.stmt]:
    """What a function of these statements needs first: the context, its lookup, the parts of the ARN."""
    reads = set[str]().union(*(code.reads for code in codes))
    statements: list[ast.stmt] = []
    if reads & {nodes.CONTEXT, nodes.GET, nodes.MULTIVALUED}:
        context = nodes.load(nodes.CONTEXT)
        statements.append(nodes.assign(nodes.CONTEXT, nodes.attribute(nodes.load(nodes.REQUEST), "context")))
        if nodes.GET in reads:
            held = nodes.attribute(context, "held")
            lookup = held if spelled else nodes.attribute(nodes.attribute(context, "folded"), "get")
            statements.append(nodes.assign(nodes.GET, lookup))
        if nodes.MULTIVALUED in reads:
            statements.append(nodes.assign(nodes.MULTIVALUED, nodes.attribute(context, "multivalued")))
    if reads & {nodes.PARTS, nodes.TAIL}:
        cut = nodes.method(nodes.load(nodes.ARN), "split", nodes.constant(":"), nodes.constant(PARTS - 1))
        parts = nodes.load(nodes.PARTS)
        other = nodes.any_of(
            nodes.negation(nodes.length_is(parts, PARTS)),
            nodes.negation(nodes.compare(nodes.item(parts, 0), ast.Eq, nodes.constant("arn"))),
        )
        statements.append(nodes.assign(nodes.PARTS, cut))
        statements += nodes.when(other, nodes.assign(nodes.PARTS, nodes.constant(NO_ARN)))
        statements.append(nodes.assign(nodes.TAIL, nodes.item(nodes.load(nodes.PARTS), -1)))
    return statements


def held_by(codes: Iterable[StatementCode]) -> nodes.Held:
    """The objects that the nodes of these statements name."""
    return {name: value for code in codes for name, value in code.held.items()}
