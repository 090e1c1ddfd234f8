"""Policy variables `${key}` and `${key, 'default'}` (SEMANTICS 5).

A text is parsed once into segments and filled once from the context: text put in is never scanned again, neither
for variables nor for wildcards. Where variables are allowed is decided by who calls: operators and resources.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, Protocol

from msgspec import Struct

from rolecall.policy.glob import Fragment


class Variable(Struct, frozen=True):
    """`${key}`; default is None when none was written (an empty one is a default)."""

    key: str
    default: str | None = None


Template = tuple[Fragment | Variable, ...]


class Resolution(Struct, frozen=True):
    """A template filled in. fragments None: a variable has no value, so the text equals nothing; if `unknown`
    names keys, then it only has none because these were declared unknown."""

    fragments: tuple[Fragment, ...] | None
    unknown: tuple[str, ...] = ()

    @property
    def text(self) -> str | None:
        """The filled text as a person reads it."""
        return None if self.fragments is None else "".join(fragment.text for fragment in self.fragments)


class Values(Protocol):
    """What a context must answer; `decision.request.Context` does."""

    @property
    def multivalued(self) -> frozenset[str]: ...

    def get(self, key: str) -> tuple[str, ...] | None: ...

    def is_unknown(self, key: str) -> bool: ...


# `${*}`, `${?}` and `${$}` are the characters themselves. A default follows one comma and one blank, in single
# quotes. What does not read like this, an unterminated `${` too, is literal text.
_VARIABLE: Final = re.compile(r"\$\{(?:(?P<literal>[*?$])|(?P<key>[^{}$,']+)(?:, '(?P<default>[^']*)')?)\}")


def parse_template(text: str, live: bool = True) -> Template:
    """The segments of a text; one plain segment when variables are not live (version 2008-10-17)."""
    if not live or "${" not in text:
        return (Fragment(text),)
    segments: list[Fragment | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > end:
            segments.append(Fragment(text[end : found.start()]))
        if found["literal"]:
            segments.append(Fragment(found["literal"], live=False))
        else:
            segments.append(Variable(found["key"], found["default"]))
        end = found.end()
    if end < len(text) or not segments:
        segments.append(Fragment(text[end:]))
    return tuple(segments)


def resolve(template: Template, values: Values) -> Resolution:
    """Fill a template from the request context."""
    fragments: list[Fragment] = []
    unknown: list[str] = []
    for segment in template:
        if isinstance(segment, Fragment):
            fragments.append(segment)
            continue
        if segment.key.lower() in values.multivalued:
            return Resolution(None)
        if values.is_unknown(segment.key):
            unknown.append(segment.key)
            continue
        seen = values.get(segment.key)
        if seen is None and segment.default is not None:
            seen = (segment.default,)
        if seen is None or len(seen) != 1:
            return Resolution(None)
        fragments.append(Fragment(seen[0], live=False))
    return Resolution(None, tuple(unknown)) if unknown else Resolution(tuple(fragments))


def variables_of(template: Template) -> Mapping[str, str | None]:
    """The variables of a template with their defaults, in order."""
    return {segment.key: segment.default for segment in template if isinstance(segment, Variable)}
