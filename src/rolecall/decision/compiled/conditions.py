"""Does a condition hold? In compiled code (SEMANTICS 4, as `reference.conditions` and `policy.operators`).

A request's single value is a text, several are a tuple (`Context.folded`), so a plain operator, which wants one
value, compares with texts. What is common is compiled to one comparison; what is rare calls a prepared predicate;
what mixes variables with set operators or unknown keys asks `policy.operators` itself.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Sequence
from typing import Final

from rolecall.decision.compiled import nodes
from rolecall.decision.compiled.nodes import Code, Names
from rolecall.decision.compiled.pieces import Piece, Variant
from rolecall.decision.compiled.predicates import equal_to, every_value, is_blank, says_of, some_value, text_of
from rolecall.decision.compiled.templates import Kind, filler, fragments_of, kind_of, matcher
from rolecall.decision.reference.conditions import look_up, template_of
from rolecall.decision.request import Context
from rolecall.policy.document import Condition, Effect
from rolecall.policy.glob import Fragment
from rolecall.policy.open_points import OURS
from rolecall.policy.operators import Family, Operator, Quantifier, holds, parse_bool, parse_operator
from rolecall.policy.truth import Truth
from rolecall.policy.variables import Resolution, Template, Variable, resolve

Literal = tuple[Fragment, ...]


def condition_piece(
    condition: Condition, effect: Effect, variables: bool, variant: Variant, names: Names
) -> Piece:
    operator = parse_operator(condition.operator)
    if operator is None:
        return Piece.known(effect is Effect.DENY)
    templates = [template_of(value, operator, variables, OURS) for value in condition.values]
    kinds = [kind_of(template, variant) for template in templates]
    if variant.is_unknown(condition.key):
        return Piece(False, True, 0, _keys(condition.key, kinds))
    return _Condition(condition.key, operator, templates, kinds, variant, names).piece()


def _keys(key: str, kinds: Sequence[Kind]) -> tuple[str, ...] | None:
    """The unknown keys of a condition whose own key is unknown; None when that depends on other variables."""
    if any(kind.known and kind.unknown for kind in kinds):
        return None
    return (key, *(each for kind in kinds for each in kind.unknown))


class _Condition:
    """One condition whose key is known, on its way."""

    def __init__(
        self,
        key: str,
        operator: Operator,
        templates: Sequence[Template],
        kinds: Sequence[Kind],
        variant: Variant,
        names: Names,
    ) -> None:
        self.key = key
        self.operator = operator
        self.templates = templates
        self.names = names
        self.variant = variant
        self.literals: list[Literal] = []
        self.filled: list[Template] = []
        self.unknown = 0
        self.mixed = False
        for template, kind in zip(templates, kinds, strict=True):
            if kind.literal:
                self.literals.append(fragments_of(template))
            elif kind.unknown:
                self.unknown += 1
                self.mixed = self.mixed or bool(kind.known)
            elif not kind.dropped:
                self.filled.append(template)
        self.absent = _when_absent(operator, self.literals)

    def piece(self) -> Piece:
        if self.operator.base.family is Family.NULL:
            return Piece.known(self._null(), weight=0)
        simple = self.operator.quantifier is Quantifier.ONE and not self.mixed
        if not self.filled and not self.unknown:
            return self._of_literals()
        if simple and self.operator.base.name in _TESTS_WITH_VARIABLES:
            return self._one_value_with_variables()
        return self._by_the_reference()

    def _lookup(self) -> ast.expr:
        return nodes.call(nodes.load(nodes.GET), self._name_of(self.key))

    def _name_of(self, key: str) -> ast.expr:
        return nodes.key(key if self.variant.spelled else key.lower())

    def _bound(self) -> ast.expr:
        return nodes.bind(nodes.SEEN, self._lookup())

    def _present(self, *codes: Code) -> Code:
        """The key has values, and they satisfy the codes; or it is absent, if that holds too."""
        if self.absent:
            return nodes.any_of(nodes.is_none(self._bound()), nodes.all_of(*codes))
        return nodes.all_of(nodes.is_not_none(self._bound()), *codes)

    def _null(self) -> Code:
        wanted = [parse_bool(text_of(value)) for value in self.literals]
        present = any(said is False for said in wanted)
        if self.operator.quantifier is Quantifier.ALL and not present:
            # A set of nothing but empty strings is a null set under ForAllValues.
            return self._present(nodes.call(self.names.put(is_blank), nodes.load(nodes.SEEN)))
        if present and self.absent:
            return True
        if present:
            return nodes.is_not_none(self._lookup())
        return nodes.is_none(self._lookup()) if self.absent else False

    def _of_literals(self) -> Piece:
        sets = self._by_sets()
        if sets is not None:
            return Piece.known(sets, weight=0)
        says = self.names.put(says_of(self.operator.base, self.literals))
        seen = nodes.load(nodes.SEEN)
        match self.operator.quantifier:
            case Quantifier.ONE:
                code = self._one(nodes.call(says, seen))
            case Quantifier.ALL:
                code = self._present(nodes.call(self.names.put(every_value), says, seen))
            case Quantifier.ANY:
                code = self._present(nodes.call(self.names.put(some_value), says, seen))
        return Piece.known(code, weight=2)

    def _one(self, *codes: Code) -> Code:
        """The key has one value, bound to SEEN, and it satisfies the codes; or it is absent, if that holds too."""
        if self.absent:
            return self._present(nodes.is_text(nodes.load(nodes.SEEN)), *codes)
        return nodes.all_of(nodes.is_text(self._bound()), *codes)

    def _by_sets(self) -> Code | None:
        """Operators that ask for equality of texts, as comparisons of tuples and sets."""
        base = self.operator.base
        texts = frozenset(map(text_of, self.literals))
        if base.name == "Bool":
            said = {parse_bool(text) for text in texts}
            texts = frozenset[str]().union(
                *((_TRUE,) if True in said else ()), *((_FALSE,) if False in said else ())
            )
        elif base.name not in ("StringEquals", "StringNotEquals"):
            return None
        if not texts:
            return None
        seen, single = nodes.load(nodes.SEEN), nodes.is_text(nodes.load(nodes.SEEN))
        match self.operator.quantifier, base.negated:
            case Quantifier.ONE, False:
                if self.absent:
                    return nodes.any_of(nodes.is_none(self._bound()), self._among(seen, texts))
                return self._among(self._lookup(), texts)
            case Quantifier.ONE, True:
                differs = nodes.all_of(nodes.negation(self._among(seen, texts)), single)
                return nodes.any_of(nodes.is_none(self._bound()), differs)
            case Quantifier.ALL, negated:
                # The empty text alone is a null set, which satisfies every ForAllValues.
                of_one = (
                    nodes.negation(self._among(seen, texts - {""})) if negated else self._among(seen, texts | {""})
                )
                how = "isdisjoint" if negated else "issuperset"
                of_many = nodes.any_of(
                    nodes.method(self.names.put(texts), how, seen), nodes.call(self.names.put(is_blank), seen)
                )
                return self._present(nodes.choose(single, of_one, of_many))
            case Quantifier.ANY, negated:
                equal = self._among(seen, texts)
                how = "issuperset" if negated else "isdisjoint"
                of_many = nodes.negation(nodes.method(self.names.put(texts), how, seen))
                return self._present(nodes.choose(single, nodes.negation(equal) if negated else equal, of_many))
        return None

    def _among(self, value: ast.expr, texts: frozenset[str]) -> Code:
        if not texts:
            return False
        if len(texts) == 1:
            return nodes.compare(value, ast.Eq, nodes.constant(next(iter(texts))))
        return nodes.compare(value, ast.In, self.names.put(texts))

    def _one_value_with_variables(self) -> Piece:
        """A plain operator on text with variables in its values, of which some may be unknown."""
        base, value, context = self.operator.base, nodes.load(nodes.SEEN), nodes.load(nodes.CONTEXT)
        equal: list[Code] = []
        if self.literals:
            equal.append(nodes.call(self.names.put(equal_to(base, self.literals)), value))
        for template in self.filled:
            inline = self._is_variable(template)
            if inline is not None and base.name in ("StringEquals", "StringNotEquals"):
                equal.append(inline)
                continue
            test = self.names.put(_TESTS_WITH_VARIABLES[base.name](template))
            equal.append(nodes.call(test, context, value))
        matched = nodes.any_of(*equal)
        if base.negated:
            possible = self._one(nodes.negation(matched))
            certain = nodes.is_none(self._lookup()) if self.unknown else possible
        else:
            certain = self._one(matched)
            possible = self._one() if self.unknown else certain
        return Piece(certain, possible, 1, keys=None if self.unknown else ())

    def _is_variable(self, template: Template) -> Code | None:
        """`seen == get("aws:username")`, where the template is a variable and nothing else."""
        if len(template) != 1 or not isinstance(template[0], Variable) or template[0].default is not None:
            return None
        name = self._name_of(template[0].key)
        folded = nodes.constant(template[0].key.lower())
        return nodes.all_of(
            nodes.compare(nodes.load(nodes.SEEN), ast.Eq, nodes.call(nodes.load(nodes.GET), name)),
            nodes.compare(folded, ast.NotIn, nodes.load(nodes.MULTIVALUED)),
        )

    def _by_the_reference(self) -> Piece:
        says = self.names.put(_reference(self.key, self.operator, tuple(self.templates)))
        answer = nodes.call(says, nodes.load(nodes.CONTEXT))
        if not self.unknown:
            return Piece.known(nodes.is_same(answer, self.names.put(Truth.YES)), weight=9)
        return Piece(
            nodes.is_same(answer, self.names.put(Truth.YES)),
            nodes.negation(nodes.is_same(answer, self.names.put(Truth.NO))),
            weight=9,
            keys=None,
        )


def _when_absent(operator: Operator, literals: Sequence[Literal]) -> bool:
    return holds(operator, [Resolution(value) for value in literals], None) is Truth.YES


def _spellings(word: str) -> frozenset[str]:
    """All texts that read as this Boolean: only ASCII letters fold to those of "true" and "false"."""
    return frozenset("".join(letters) for letters in itertools.product(*((each, each.upper()) for each in word)))


_NO_TEXT: Final = frozenset[str]()
_TRUE: Final = _spellings("true")
_FALSE: Final = _spellings("false")


def _reference(key: str, operator: Operator, templates: tuple[Template, ...]) -> Callable[[Context], Truth]:
    def says(context: Context) -> Truth:
        wanted = [resolve(template, context) for template in templates]
        return holds(operator, wanted, look_up(context, key, OURS))

    return says


def _equals_filled(template: Template) -> Callable[[Context, str], bool]:
    fill = filler(template)
    return lambda context, text: fill(context) == text


def _equals_filled_folded(template: Template) -> Callable[[Context, str], bool]:
    fill = filler(template)

    def test(context: Context, text: str) -> bool:
        filled = fill(context)
        return filled is not None and filled.lower() == text.lower()

    return test


_TESTS_WITH_VARIABLES: Final[dict[str, Callable[[Template], Callable[[Context, str], bool]]]] = {
    "StringEquals": _equals_filled,
    "StringNotEquals": _equals_filled,
    "StringEqualsIgnoreCase": _equals_filled_folded,
    "StringNotEqualsIgnoreCase": _equals_filled_folded,
    "StringLike": matcher,
    "StringNotLike": matcher,
}
