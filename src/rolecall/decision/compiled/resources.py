"""Does a statement speak of this resource? In compiled code (SEMANTICS 3, as `reference.resources`).

The request's ARN arrives with partition, service and region folded, cut into its parts (PARTS, and TAIL for the
sixth). Most patterns have text or `*` in the first five parts and a text or a prefix in the sixth: those that
agree in the first five are one test of the tail. The rest are one regular expression over the whole ARN, or, with
variables, a filled template for the tail.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable

from rolecall.decision.compiled import nodes
from rolecall.decision.compiled.arns import fold_parts, head_expression
from rolecall.decision.compiled.nodes import Code, Names
from rolecall.decision.compiled.patterns import LONGEST, Test, expression, literal, prefix, whole
from rolecall.decision.compiled.pieces import Piece, Variant
from rolecall.decision.compiled.templates import Kind, fragments_of, kind_of, leading_text, matcher
from rolecall.decision.request import Context
from rolecall.policy.arn import PARTS, SHORT_ARNS, has_wildcard, split_arn, split_pattern
from rolecall.policy.document import PolicyType, Statement
from rolecall.policy.glob import compile_fragments, compile_glob
from rolecall.policy.variables import Template, parse_template, resolve

Head = tuple[str, ...]


class _Tails:
    """What may follow one head: texts, or beginnings of texts."""

    def __init__(self) -> None:
        self.equal: set[str] = set()
        self.begins: list[str] = []


class _Entries:
    """The patterns of one element, sorted by how they are tested."""

    def __init__(self, variant: Variant, names: Names) -> None:
        self.variant = variant
        self.names = names
        self.everything = False
        self.tails: dict[Head, _Tails] = {}
        self.expressions: list[str] = []
        self.long: list[Test] = []
        self.certain: list[Code] = []
        self.possible: list[Code] = []

    def add(self, pattern: str, kind: PolicyType, variables: bool) -> None:
        if pattern == "*":
            self.everything = True
            return
        parts = split_pattern(pattern, SHORT_ARNS[kind])
        if parts is None:
            return
        head = fold_parts(parts)
        if head is None:
            return
        template = parse_template(parts[PARTS - 1], variables)
        of_variables = kind_of(template, self.variant)
        if of_variables.dropped:
            return
        if of_variables.literal:
            self._add_literal(head, template, len(pattern))
        else:
            self._add_template(head, template, of_variables)

    def _add_literal(self, head: Head, template: Template, length: int) -> None:
        last = fragments_of(template)
        only, beginning = literal(last), prefix(last)
        if _is_plain(head) and only is not None:
            self.tails.setdefault(head, _Tails()).equal.add(only)
        elif _is_plain(head) and beginning is not None:
            self.tails.setdefault(head, _Tails()).begins.append(beginning)
        elif length > LONGEST:
            self.long.append(_long_test(head, compile_fragments(last).matches))
        else:
            self.expressions.append(head_expression(head) + expression(last))

    def _add_template(self, head: Head, template: Template, of_variables: Kind) -> None:
        fixed = self._head(head)
        context, tail = nodes.load(nodes.CONTEXT), nodes.load(nodes.TAIL)
        if of_variables.unknown:
            if of_variables.known:
                known = self.names.put(_has_values(of_variables))
                fixed = nodes.all_of(fixed, nodes.call(known, context))
            self.possible.append(fixed)
            return
        before = leading_text(template)
        starts: Code = nodes.method(tail, "startswith", nodes.constant(before)) if before else True
        test = self.names.put(matcher(template))
        self.certain.append(nodes.all_of(starts, fixed, nodes.call(test, context, tail)))

    def _head(self, head: Head) -> Code:
        """Whether the first five parts are those of a pattern."""
        if not _is_plain(head):
            test = self.names.put(whole([head_expression(head) + ".*"]))
            return nodes.is_not_none(nodes.call(test, nodes.load(nodes.ARN)))
        parts = nodes.load(nodes.PARTS)
        # The rarest first. Of nothing but stars, what is left to ask is whether the text is an ARN at all.
        asked = [place for place in (2, 4, 3, 1) if head[place] != "*"] or [0]
        return nodes.all_of(
            *(nodes.compare(nodes.item(parts, place), ast.Eq, nodes.constant(head[place])) for place in asked)
        )

    def _tail(self, tails: _Tails) -> Code:
        tail = nodes.load(nodes.TAIL)
        if "" in tails.begins:
            return True
        codes: list[Code] = []
        if len(tails.equal) == 1:
            codes.append(nodes.compare(tail, ast.Eq, nodes.constant(next(iter(tails.equal)))))
        elif tails.equal:
            codes.append(nodes.compare(tail, ast.In, self.names.put(frozenset(tails.equal))))
        if tails.begins:
            single = len(tails.begins) == 1
            wanted = nodes.constant(tails.begins[0] if single else tuple(tails.begins))
            codes.append(nodes.method(tail, "startswith", wanted))
        return nodes.any_of(*codes)

    def listed(self) -> tuple[Code, Code]:
        """When the element lists the resource: for certain, and possibly."""
        if self.everything:
            return True, True
        arn = nodes.load(nodes.ARN)
        codes: list[Code] = [
            nodes.all_of(self._tail(tails), self._head(head)) for head, tails in self.tails.items()
        ]
        if self.expressions:
            test = self.names.put(whole(self.expressions))
            codes.append(nodes.is_not_none(nodes.call(test, arn)))
        codes += [nodes.call(self.names.put(test), arn) for test in self.long]
        certain = nodes.any_of(*codes, *self.certain)
        return certain, nodes.any_of(certain, *self.possible) if self.possible else certain


def _is_plain(head: Iterable[str]) -> bool:
    """Whether each part is a text or `*`."""
    return all(part == "*" or not has_wildcard(part) for part in head)


def _has_values(of_variables: Kind) -> Callable[[Context], bool]:
    template = of_variables.known

    def known(context: Context) -> bool:
        return resolve(template, context).fragments is not None

    return known


def _long_test(head: Head, last: Test) -> Test:
    globs = [compile_glob(part) for part in head]

    def test(arn: str) -> bool:
        seen = split_arn(arn)
        return (
            seen is not None
            and all(glob.matches(part) for glob, part in zip(globs, seen, strict=False))
            and bool(last(seen[PARTS - 1]))
        )

    return test


def resource_piece(
    statement: Statement, kind: PolicyType, variables: bool, star_only: bool, variant: Variant, names: Names
) -> Piece:
    """star_only: profile guide, where SageMaker statements that name ARNs never match."""
    negated = statement.not_resources is not None
    patterns = statement.not_resources if statement.not_resources is not None else statement.resources
    if patterns is None:
        return Piece.known(True)
    if star_only:
        return Piece.known("*" in patterns and not negated)
    entries = _Entries(variant, names)
    for pattern in dict.fromkeys(patterns):
        entries.add(pattern, kind, variables)
    certain, possible = entries.listed()
    weight = 3 if entries.expressions or entries.certain or entries.possible or entries.long else 1
    if certain is possible and not entries.possible:
        code = nodes.negation(certain) if negated else certain
        return Piece(code, code, weight)
    if negated:
        certain, possible = nodes.negation(possible), nodes.negation(certain)
    # Which keys it hangs on depends on which of its patterns' fixed parts match.
    return Piece(certain, possible, weight, keys=None)
