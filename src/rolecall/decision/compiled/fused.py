"""The stable side of a principal as one function: control policies, identity policies and boundary.

SEMANTICS 7.2 and 7.3. The function returns a small number that says what decided, and stops as soon as that is
settled. Functions know no policy names, so principals whose policies say the same of an action share one;
`policy_sets` gives the numbers a meaning.

The order inside is the order in which reasons are named: denials of control, identity and boundary policies, a
level that is silent, then the first statement that grants. Statements keep their order wherever it can be seen.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Final

from msgspec import Struct

from rolecall.decision.compiled import nodes
from rolecall.decision.compiled.nodes import Code
from rolecall.decision.compiled.statements import StatementCode, held_by, prologue
from rolecall.decision.request import Request
from rolecall.policy.document import Effect

# What a three-valued function returns when unknown keys could turn it: only a Deny, or the grant as well.
DENY_UNDETERMINED: Final = -1
UNDETERMINED: Final = -2

LIMITED: Final = "limited"
UNSURE: Final = "unsure"
BITS: Final = "bits"

Documents = tuple[tuple[StatementCode, ...], ...]


class Shape(Struct, frozen=True):
    """The statements that speak of one action, document by document. Equal by the identity of their code.

    boundary: None when there is none.
    """

    levels: tuple[Documents, ...]
    identity: Documents
    boundary: tuple[StatementCode, ...] | None

    def compact(self) -> Shape:
        """The same without documents that say nothing of the action, so that more policy sets share a function."""
        return Shape(
            tuple(tuple(filter(None, level)) for level in self.levels),
            tuple(filter(None, self.identity)),
            self.boundary,
        )

    def codes(self) -> list[StatementCode]:
        """All of them, in the order in which bits and denials are counted."""
        groups = [*(group for level in self.levels for group in level), *self.identity]
        if self.boundary is not None:
            groups.append(self.boundary)
        return [code for group in groups for code in group]


class Numbering(Struct, frozen=True):
    """What the numbers mean: denials, the silent level, two a grant (boundary allows, does not), two for none.

    They begin with 1, so that the row of an entry holds its function before its decisions.
    """

    denials: int
    grants: int

    def denied(self, denial: int) -> int:
        return 1 + denial

    @property
    def silent_level(self) -> int:
        return self.denied(self.denials)

    def granted(self, grant: int) -> int:
        return self.silent_level + 1 + 2 * grant

    @property
    def nothing_granted(self) -> int:
        return self.granted(self.grants)

    @property
    def silent_boundary(self) -> int:
        """Three-valued: something may grant, but the boundary does not allow."""
        return self.nothing_granted + 2

    @property
    def size(self) -> int:
        return self.silent_boundary + 1


def _of(effect: Effect, codes: Sequence[StatementCode]) -> list[StatementCode]:
    return [code for code in codes if code.effect is effect]


def _grants(documents: Documents) -> list[StatementCode]:
    return [code for group in documents for code in _of(Effect.ALLOW, group)]


def numbering(shape: Shape) -> Numbering:
    return Numbering(len(_of(Effect.DENY, shape.codes())), len(_grants(shape.identity)))


def fuse(shape: Shape, spelled: bool) -> Callable[[Request, str], int]:
    """The plain function: no unknown keys."""
    numbers = numbering(shape)
    codes = shape.codes()
    body = prologue(codes, spelled)
    for number, code in enumerate(_of(Effect.DENY, codes)):
        body += nodes.when(code.certain, nodes.give(nodes.constant(numbers.denied(number))))
        if code.certain is True:
            return nodes.make_function(body, held_by(codes))
    for level in shape.levels:
        allowed = nodes.any_of(*(code.certain for code in _cheap_first(_grants(level))))
        body += nodes.when(nodes.negation(allowed), nodes.give(nodes.constant(numbers.silent_level)))
        if allowed is False:
            return nodes.make_function(body, held_by(codes))
    limited = _boundary(shape, body)
    for number, code in enumerate(_grants(shape.identity)):
        body += nodes.when(code.certain, nodes.give(_plus(numbers.granted(number), limited)))
        if code.certain is True:
            break
    else:
        body.append(nodes.give(_plus(numbers.nothing_granted, limited)))
    return nodes.make_function(body, held_by(codes))


def _cheap_first(codes: Sequence[StatementCode]) -> list[StatementCode]:
    """Where it does not matter which statement allows, the ones without a regular expression go first."""
    return sorted(codes, key=lambda code: len(code.held))


def _boundary(shape: Shape, body: list[ast.stmt]) -> Code:
    """When the boundary does not allow: known already, or put into a local."""
    if shape.boundary is None:
        return False
    allows = nodes.any_of(*(code.certain for code in _cheap_first(_of(Effect.ALLOW, shape.boundary))))
    silent = nodes.negation(allows)
    if isinstance(silent, bool):
        return silent
    body.append(nodes.assign(LIMITED, silent))
    return nodes.load(LIMITED)


def _plus(number: int, limited: Code) -> ast.expr:
    """The number, or the one after it where the boundary does not allow."""
    if isinstance(limited, bool):
        return nodes.constant(number + limited)
    return nodes.choose(limited, nodes.constant(number + 1), nodes.constant(number))


def fuse_unknown(shape: Shape, spelled: bool) -> Callable[[Request, str], int]:
    """The three-valued function. Numbers as in `fuse`, or UNDETERMINED, or DENY_UNDETERMINED."""
    numbers = numbering(shape)
    codes = shape.codes()
    body = prologue(codes, spelled)
    body.append(nodes.assign(UNSURE, nodes.constant(0)))
    for number, code in enumerate(_of(Effect.DENY, codes)):
        denied = nodes.give(nodes.constant(numbers.denied(number)))
        if code.certain is code.possible:
            body += nodes.when(code.certain, denied)
        else:
            body += nodes.when(
                code.possible, *nodes.when(code.certain, denied), nodes.assign(UNSURE, nodes.constant(1))
            )
    body.append(nodes.assign(LIMITED, nodes.constant(0)))
    for level in shape.levels:
        _three_valued(_grants(level), _settled(numbers.silent_level), body)
    if shape.boundary is not None:
        _three_valued(_of(Effect.ALLOW, shape.boundary), [nodes.assign(LIMITED, nodes.constant(2))], body)
    _grant_or_not(shape, numbers, body)
    return nodes.make_function(body, held_by(codes))


def _settled(number: int) -> list[ast.stmt]:
    """Nothing can allow any more: a Deny may still be unknown."""
    unsure = nodes.load(UNSURE)
    return [
        *nodes.when(unsure, nodes.give(nodes.constant(DENY_UNDETERMINED))),
        nodes.give(nodes.constant(number)),
    ]


def _three_valued(grants: Sequence[StatementCode], silent: list[ast.stmt], body: list[ast.stmt]) -> None:
    """`if not certain: if possible: limited = max(limited, 1) else: silent`. Levels come before the boundary."""
    certain = nodes.any_of(*(code.certain for code in grants))
    possible = nodes.any_of(*(code.possible for code in grants))
    unknown = nodes.when(possible, nodes.assign(LIMITED, nodes.constant(1)))
    neither = nodes.when(nodes.negation(possible), *silent)
    body += nodes.when(nodes.negation(certain), *neither, *unknown)


def _grant_or_not(shape: Shape, numbers: Numbering, body: list[ast.stmt]) -> None:
    limited, unsure = nodes.load(LIMITED), nodes.load(UNSURE)
    grants = _grants(shape.identity)
    boundary_silent = nodes.compare(limited, ast.Eq, nodes.constant(2))
    undetermined = nodes.give(nodes.constant(UNDETERMINED))
    for number, code in enumerate(grants):
        body += nodes.when(
            code.certain,
            *nodes.when(boundary_silent, *_settled(numbers.granted(number) + 1)),
            *nodes.when(nodes.any_of(limited, unsure), _undetermined_if(limited)),
            nodes.give(nodes.constant(numbers.granted(number))),
        )
        if code.certain is True:
            return
    possible = nodes.any_of(*(code.possible for code in grants))
    body += nodes.when(possible, *nodes.when(boundary_silent, *_settled(numbers.silent_boundary)), undetermined)
    body += _settled(numbers.nothing_granted)


def _undetermined_if(limited: ast.expr) -> ast.stmt:
    """A grant is there: what is undetermined is the boundary or a level, or else only a Deny."""
    return nodes.give(nodes.choose(limited, nodes.constant(UNDETERMINED), nodes.constant(DENY_UNDETERMINED)))


def unknown_bits(shape: Shape, spelled: bool) -> Callable[[Request, str], int]:
    """A function that gives a bit for each statement (as `Shape.codes` counts) that is unknown."""
    codes = shape.codes()
    body = prologue(codes, spelled)
    body.append(nodes.assign(BITS, nodes.constant(0)))
    for place, code in enumerate(codes):
        if code.certain is not code.possible:
            unknown = nodes.all_of(code.possible, nodes.negation(code.certain))
            body += nodes.when(unknown, nodes.add_bits(BITS, 1 << place))
    body.append(nodes.give(nodes.load(BITS)))
    return nodes.make_function(body, held_by(codes))
