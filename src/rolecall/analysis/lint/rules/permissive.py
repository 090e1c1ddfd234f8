"""Conditions that say less than they seem to: too wide, always true, never true, or only a test for presence.

Whether a condition holds is asked of the operators themselves, with the key absent and with values that a star
alone can match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import drop_member, put
from rolecall.analysis.lint.finding import Edit, Finding, Fix
from rolecall.analysis.lint.look import Look, when_absent, when_present
from rolecall.analysis.lint.patterns import has_wildcard
from rolecall.analysis.lint.rules.condition_values import conditions
from rolecall.analysis.lint.view import Condition, Statement
from rolecall.policy.document import PolicyType
from rolecall.policy.json_reader import ObjectNode
from rolecall.policy.operators import Family, Quantifier

# IAM User Guide, "AWS global condition context keys", "Sensitive condition keys".
SENSITIVE: Final = frozenset(
    f"aws:{name}"
    for name in (
        "principalaccount",
        "principalorgid",
        "resourceaccount",
        "resourceorgid",
        "sourceaccount",
        "sourceorgid",
        "sourcevpc",
        "sourcevpce",
        "vpceaccount",
        "vpceorgid",
    )
)
# Keys of principals and sources that hold ARNs or paths: some letters must stand before the first wildcard.
GUARDED: Final = frozenset(
    {"aws:principalarn", "aws:principalorgpaths", "aws:sourcearn", "aws:sourceorgpaths", "aws:resourceorgpaths"}
)
LETTERS: Final = 6
# Policies that let others in: there a wildcard takes in strangers. In an identity policy the caller's own account
# has already granted, and AWS's managed policies compare aws:ResourceAccount with ${aws:PrincipalAccount}.
OPEN: Final = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP, PolicyType.ENDPOINT})
_VARIABLE: Final = re.compile(r"\$\{(?![*?$]\})")
_ANY: Final = ("", "x", "arn:aws:iam::111122223333:role/x")


def too_wide(look: Look) -> Iterator[Finding]:
    """Wildcards and variables in the values of keys that must be exact."""
    if look.kind not in OPEN:
        return
    for statement, condition in conditions(look):
        assert condition.operator is not None
        # Where the text must be equal, a star is a star.
        wild = condition.operator.base.family is Family.ARN or "Like" in condition.operator.base.name
        granting = statement.allows is not condition.operator.base.negated
        if not granting or condition.operator.base.family not in (Family.STRING, Family.ARN):
            continue
        for value in condition.values:
            variable = _VARIABLE.search(value.text)
            places = []
            if wild and has_wildcard(value.text):
                places.append((len(re.split(r"[*?]", value.text)[0]), "WILDCARD"))
            if variable:
                places.append((variable.start(), "VARIABLE"))
            for before, what in places:
                wording = _wording(condition.folded, value.text, before)
                if wording is not None:
                    code = f"{what}_USAGE_TOO_PERMISSIVE"
                    yield look.finding(code, value.place, {"key": condition.key}, wording=wording)


def _wording(key: str, text: str, before: int) -> int | None:
    """Which of the three sentences applies; None when the wildcard or variable is well placed."""
    if key in SENSITIVE:
        return 1
    if key in GUARDED:
        return 0 if before < LETTERS else None
    if key == "aws:userid":
        head, colon, _ = text.partition(":")
        return None if colon and (head == "*" or before > len(head)) else 2
    return None


def presence(look: Look) -> Iterator[Finding]:
    """Conditions of a lone star, by what they really test."""
    for statement, condition in conditions(look):
        if not _only_stars(condition) or (look.kind in OPEN and condition.folded in SENSITIVE):
            continue
        absent = when_absent(condition)
        present = {when_present(condition, seen) for seen in _ANY}
        if len(present) != 1:
            continue
        yield _meaning(look, statement, condition, bool(absent), present == {True})


def _only_stars(condition: Condition) -> bool:
    assert condition.operator is not None
    like = condition.operator.base.name in ("StringLike", "StringNotLike")
    return like and bool(condition.values) and any(set(text) == {"*"} for text in condition.texts)


def _meaning(look: Look, statement: Statement, condition: Condition, absent: bool, present: bool) -> Finding:
    values = {"key": condition.key, "operator": condition.name, "recommendedKey": condition.key}
    if absent != present:
        said = "true" if absent else "false"
        code = f"EQUIVALENT_TO_NULL_{said.upper()}"
        return look.finding(code, condition.key_place, values, fix=_as_null(look, statement, condition, said))
    if absent:
        fix = _without(look, statement, condition)
        return look.finding("REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", condition.key_place, values, fix=fix)
    return look.finding("REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", condition.key_place, values)


def _as_null(look: Look, statement: Statement, condition: Condition, said: str) -> Fix | None:
    """The same test said with Null, where the block holds nothing else and there is no Null block yet."""
    block = _block(statement, condition)
    assert condition.operator is not None
    plain = condition.operator.quantifier is Quantifier.ONE and not condition.operator.if_exists
    if (
        not plain
        or block is None
        or len(block.members) != 1
        or any(c.name == "Null" for c in statement.conditions)
    ):
        return None
    edits = (
        put(condition.operator_place.node, '"Null"'),
        put(condition.place.node, json.dumps(said)),
    )
    return Fix(f'write "Null": {{"{condition.key}": "{said}"}}', edits)


def _without(look: Look, statement: Statement, condition: Condition) -> Fix | None:
    block = _block(statement, condition)
    if block is None:
        return None
    edit: Edit
    if len(block.members) > 1:
        edit = drop_member(look.text, block, condition.key)
    else:
        held = statement.node.get("Condition")
        if not isinstance(held, ObjectNode):
            return None
        alone = len(held.members) == 1
        edit = (
            drop_member(look.text, statement.node, "Condition")
            if alone
            else drop_member(look.text, held, condition.name)
        )
    return Fix(f"remove {condition.key}", (edit,))


def _block(statement: Statement, condition: Condition) -> ObjectNode | None:
    held = statement.node.get("Condition")
    block = held.get(condition.name) if isinstance(held, ObjectNode) else None
    return block if isinstance(block, ObjectNode) else None


RULES: Final = (too_wide, presence)
