"""Are policy variables written right, and where they work?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from rolecall.analysis.lint.edits import put
from rolecall.analysis.lint.finding import Finding, Fix
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.rules.resources import entries
from rolecall.analysis.lint.view import Statement, Value
from rolecall.policy.json_reader import StringNode
from rolecall.policy.operators import Family

# A variable names a condition key or one of the three literal characters.
_VARIABLE: Final = re.compile(r"\$\{([^{}]*)\}")
_KEY: Final = re.compile(r"[A-Za-z0-9.-]+:[^\s,']+")
_LITERALS: Final = ("*", "?", "$")


def written(look: Look) -> Iterator[Finding]:
    """Braces, quotes, blanks, and the version that makes variables live."""
    old = look.document.version != "2012-10-17"
    for statement in look.statements:
        for value in (*entries(statement), *_condition_values(statement)):
            if "${" not in value.text:
                continue
            yield from _form(look, value)
            if old and any(_KEY.fullmatch(name.split(",")[0]) for name in _VARIABLE.findall(value.text)):
                yield look.finding("VARIABLE_UNSUPPORTED_IN_VERSION", value.place, fix=_newer(look))


def _newer(look: Look) -> Fix | None:
    """Version 2012-10-17 makes every variable of the document live: the author must want that."""
    node = look.document.node
    held = None if node is None else node.get("Version")
    if not isinstance(held, StringNode):
        return None
    return Fix(
        'write "Version": "2012-10-17"',
        (put(held, '"2012-10-17"'),),
        widens=True,
        changes="Variables become live.",
    )


def _condition_values(statement: Statement) -> Iterator[Value]:
    for condition in statement.conditions:
        if condition.operator is not None and condition.operator.base.family in (Family.STRING, Family.ARN):
            yield from condition.values


def _form(look: Look, value: Value) -> Iterator[Finding]:
    for opening in re.finditer(r"\$\{", value.text):
        rest = value.text[opening.end() :]
        inside, brace, _ = rest.partition("}")
        if not brace or "${" in inside:
            yield look.finding("MISSING_BRACE_IN_VARIABLE", value.place)
            return
        name, comma, default = inside.partition(",")
        if name in _LITERALS:
            continue
        if not name.strip():
            yield look.finding("EMPTY_VARIABLE", value.place)
        elif re.search(r"\s", name):
            yield look.finding("UNSUPPORTED_SPACE_IN_VARIABLE", value.place)
        elif comma and not re.fullmatch(r"\s*'[^']*'", default):
            yield look.finding("MISSING_QUOTE_IN_VARIABLE", value.place)


def misplaced(look: Look) -> Iterator[Finding]:
    """Variables in elements that take none, and under operators that do not."""
    for statement in look.statements:
        principals = (*(statement.principals or ()), *(statement.not_principals or ()))
        places = [
            *((value.text, value.place) for value in statement.actions or ()),
            *((value.text, value.place) for value in statement.not_actions or ()),
            *((each.text, each.place) for each in principals),
            *((each.key, each.key_place) for each in statement.conditions),
            *([(statement.sid.text, statement.sid.place)] if statement.sid else []),
        ]
        for text, place in places:
            found = re.search(r"\$\{[^{}]*\}?", text)
            if found:
                yield look.finding("VARIABLE_UNSUPPORTED_IN_ELEMENT", place, {"variable": found[0]})
        for condition in statement.conditions:
            operator = condition.operator
            if operator is None or operator.base.family in (Family.STRING, Family.ARN):
                continue
            for value in condition.values:
                if _VARIABLE.search(value.text):
                    yield look.finding("INVALID_VARIABLE_FOR_OPERATOR", value.place)


def studio(look: Look) -> Iterator[Finding]:
    """Studio's variables in a control policy, which everyone of the account is under."""
    if look.kind.value == "scp":
        yield from studio_variables(look)


STUDIO: Final = ("sagemaker:domainid", "sagemaker:userprofilename")


def studio_variables(look: Look) -> Iterator[Finding]:
    """Every entry that needs a Studio session to match anything."""
    for statement in look.statements:
        for value in (*entries(statement), *_condition_values(statement)):
            for name in _VARIABLE.findall(value.text):
                key, comma, _ = name.partition(",")
                if key.lower() in STUDIO and not comma:
                    yield look.finding("RC117", value.place, {"variable": key})
                    break


RULES: Final = (written, misplaced, studio)
