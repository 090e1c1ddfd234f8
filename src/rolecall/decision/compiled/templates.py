"""Policy variables in compiled code: what a template's parts are, and how they are filled (SEMANTICS 5).

A template is cut at its wildcards once; at run time only the values of its variables are put between. What is put
in is text: it is compared, never scanned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from msgspec import Struct

from rolecall.decision.compiled.pieces import Variant
from rolecall.decision.request import Context
from rolecall.policy.glob import Fragment, compile_fragments
from rolecall.policy.variables import Template, Variable, resolve


class Kind(Struct, frozen=True):
    """What the variables of a template are in a variant.

    known: those looked up at run time. unknown: keys declared unknown, in order. dropped: a multivalued key is
    among them, so the template never has a value.
    """

    known: tuple[Variable, ...]
    unknown: tuple[str, ...]
    dropped: bool = False

    @property
    def literal(self) -> bool:
        return not (self.known or self.unknown or self.dropped)


def kind_of(template: Template, variant: Variant) -> Kind:
    known, unknown = [], []
    for segment in template:
        if not isinstance(segment, Variable):
            continue
        if segment.key.lower() in variant.multivalued:
            return Kind((), (), dropped=True)
        if variant.is_unknown(segment.key):
            unknown.append(segment.key)
        else:
            known.append(segment)
    return Kind(tuple(known), tuple(unknown))


def fragments_of(template: Template) -> tuple[Fragment, ...]:
    """The fragments of a template without variables."""
    return tuple(segment for segment in template if isinstance(segment, Fragment))


def leading_text(template: Template) -> str:
    """The text that every match begins with, before the first wildcard or variable."""
    first = template[0]
    if isinstance(first, Variable):
        return ""
    return re.split(r"[*?]", first.text, maxsplit=1)[0] if first.live else first.text


Filler = Callable[[Context], str | None]
Matcher = Callable[[Context, str], bool]


def filler(template: Template) -> Filler:
    """Puts the values into a template and gives its text; None when a variable has none."""
    if len(template) == 1 and isinstance(template[0], Variable):
        return _single(template[0])
    return lambda context: resolve(template, context).text


def _single(variable: Variable) -> Filler:
    key, folded, default = variable.key, variable.key.lower(), variable.default

    def fill(context: Context) -> str | None:
        if folded in context.multivalued:
            return None
        held = context.held(key)
        if held is None:
            return default
        return held if isinstance(held, str) else None

    return fill


def matcher(template: Template) -> Matcher:
    """Whether a text matches a pattern with variables."""
    runs = _cut_at_stars(template)
    if runs is None:
        return _any_matcher(template)

    def match(context: Context, text: str) -> bool:
        texts = []
        for run in runs:
            filled = ""
            for part in run:
                value = part if isinstance(part, str) else part(context)
                if value is None:
                    return False
                filled += value
            texts.append(filled)
        return _stands(texts, text)

    return match


def _any_matcher(template: Template) -> Matcher:
    def match(context: Context, text: str) -> bool:
        fragments = resolve(template, context).fragments
        return fragments is not None and compile_fragments(fragments).matches(text)

    return match


def _cut_at_stars(template: Template) -> list[list[str | Filler]] | None:
    """The runs between the stars; None when there is a `?`, which has no text to look for."""
    runs: list[list[str | Filler]] = [[]]
    for segment in template:
        if isinstance(segment, Variable):
            runs[-1].append(_single(segment))
        elif not segment.live:
            runs[-1].append(segment.text)
        elif "?" in segment.text:
            return None
        else:
            head, *others = segment.text.split("*")
            runs[-1].append(head)
            runs.extend([other] for other in others)
    return runs


def _stands(runs: Sequence[str], text: str) -> bool:
    """Whether the text begins with the first run, ends with the last and has the others between, in order."""
    first, last = runs[0], runs[-1]
    if len(runs) == 1:
        return text == first
    end = len(text) - len(last)
    if len(first) > end or not text.startswith(first) or not text.endswith(last):
        return False
    at = len(first)
    for run in runs[1:-1]:
        found = text.find(run, at, end)
        if found < 0:
            return False
        at = found + len(run)
    return True
