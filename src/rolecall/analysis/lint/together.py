"""Lint all policies of one principal together: what each alone cannot tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from rolecall.analysis.lint.finding import Finding, ordered
from rolecall.analysis.lint.look import Look
from rolecall.analysis.lint.sagemaker import whole_roles, whole_tags, whole_ways
from rolecall.analysis.lint.sagemaker.access import Access, Bundle, access

Rule = Callable[[Access], Iterator[tuple[Look, Finding]]]

RULES: Final[tuple[Rule, ...]] = (*whole_tags.RULES, *whole_roles.RULES, *whole_ways.RULES)


def lint_together(bundle: Bundle) -> Mapping[int, tuple[Finding, ...]]:
    """Findings by document: 0, 1, … the identity policies, -1 the boundary, -2 the trust policy.

    Nothing is said if a document cannot be parsed: its own lint says why.
    """
    held = access(bundle)
    if held is None:
        return {}
    places = {id(look): number for number, look in enumerate(bundle.identity)}
    if bundle.boundary is not None:
        places[id(bundle.boundary)] = -1
    if bundle.trust is not None:
        places[id(bundle.trust)] = -2
    found: dict[int, list[Finding]] = {}
    for rule in RULES:
        for look, finding in rule(held):
            found.setdefault(places[id(look)], []).append(finding)
    return {number: ordered(findings) for number, findings in found.items()}
