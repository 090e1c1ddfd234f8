"""Does a statement speak of this resource? In compiled code (SEMANTICS 3, as `reference.resources`).

The request's ARN arrives with partition, service and region folded. Literal and prefix patterns are compared as
text, patterns with wildcards are one regular expression, patterns with variables are an expression for the first
five parts and a filled template for the sixth.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from rolecall.decision.compiled import nodes
from rolecall.decision.compiled.arns import head_expression, head_literal
from rolecall.decision.compiled.nodes import Code, Names
from rolecall.decision.compiled.patterns import LONGEST, Test, expression, literal, prefix, whole
from rolecall.decision.compiled.pieces import Piece, Variant
from rolecall.decision.compiled.templates import Kind, fragments_of, kind_of, matcher
from rolecall.decision.request import Context
from rolecall.policy.arn import PARTS, SHORT_ARNS, split_arn, split_pattern
from rolecall.policy.document import PolicyType, Statement
from rolecall.policy.glob import compile_fragments, compile_glob
from rolecall.policy.variables import Template, parse_template, resolve


class _Entries:
    """The patterns of one element, sorted by how they are tested."""

    def __init__(self, variant: Variant, names: Names) -> None:
        self.variant = variant
        self.names = names
        self.everything = False
        self.equal: set[str] = set()
        self.begins: list[str] = []
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
        template = parse_template(parts[PARTS - 1], variables)
        of_variables = kind_of(template, self.variant)
        if of_variables.dropped:
            return
        if of_variables.literal:
            self._add_literal(parts, template, len(pattern))
        else:
            self._add_template(parts, template, of_variables)

    def _add_literal(self, parts: tuple[str, ...], template: Template, length: int) -> None:
        last = fragments_of(template)
        head = head_literal(parts)
        only, beginning = literal(last), prefix(last)
        if head is not None and only is not None:
            self.equal.add(head + only)
        elif head is not None and beginning is not None:
            self.begins.append(head + beginning)
        elif length > LONGEST:
            self.long.append(_long_test(parts, compile_fragments(last).matches))
        else:
            before = head_expression(parts)
            if before is not None:
                self.expressions.append(before + expression(last))

    def _add_template(self, parts: tuple[str, ...], template: Template, of_variables: Kind) -> None:
        before = head_expression(parts)
        if before is None:
            return
        head = self.names.put(re.compile(before, re.DOTALL).match)
        found = nodes.bind(nodes.END, nodes.call(head, nodes.load(nodes.ARN)))
        context = nodes.load(nodes.CONTEXT)
        if of_variables.unknown:
            fixed: Code = nodes.is_not_none(found)
            if of_variables.known:
                known = self.names.put(_has_values(of_variables))
                fixed = nodes.all_of(fixed, nodes.call(known, context))
            self.possible.append(fixed)
            return
        test = self.names.put(_tail_test(matcher(template)))
        code = nodes.all_of(
            nodes.is_not_none(found), nodes.call(test, context, nodes.load(nodes.ARN), nodes.load(nodes.END))
        )
        self.certain.append(code)

    def listed(self) -> tuple[Code, Code]:
        """When the element lists the resource: for certain, and possibly."""
        if self.everything:
            return True, True
        arn = nodes.load(nodes.ARN)
        codes: list[Code] = []
        if self.equal:
            single = len(self.equal) == 1
            operator: type[ast.cmpop] = ast.Eq if single else ast.In
            value = next(iter(self.equal)) if single else frozenset(self.equal)
            codes.append(nodes.compare(arn, operator, nodes.constant(value)))
        if self.begins:
            codes.append(nodes.method(arn, "startswith", nodes.constant(tuple(self.begins))))
        if self.expressions:
            test = self.names.put(whole(self.expressions))
            codes.append(nodes.is_not_none(nodes.call(test, arn)))
        codes += [nodes.call(self.names.put(test), arn) for test in self.long]
        certain = nodes.any_of(*codes, *self.certain)
        return certain, nodes.any_of(certain, *self.possible) if self.possible else certain


def _tail_test(matches: Callable[[Context, str], bool]) -> Callable[[Context, str, re.Match[str]], bool]:
    return lambda context, arn, head: matches(context, arn[head.end() :])


def _has_values(of_variables: Kind) -> Callable[[Context], bool]:
    template = of_variables.known

    def known(context: Context) -> bool:
        return resolve(template, context).fragments is not None

    return known


def _long_test(parts: tuple[str, ...], last: Test) -> Test:
    folded = [compile_glob(part.lower()) for part in parts[:4]]
    globs = [*folded, compile_glob(parts[4])]

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
