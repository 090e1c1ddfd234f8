"""Which name did somebody mean? Suggestions for misspelt actions, condition keys and services."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rolecall.catalog.catalog import Catalog

MOST: Final = 3
LIKENESS: Final = 0.75


def nearest(catalog: Catalog, name: str) -> tuple[str, ...]:
    """At most three suggestions, best first; () when nothing is near."""
    prefix, colon, bare = name.partition(":")
    if not colon:
        return _without_prefix(catalog, name)
    known = catalog.service_name(prefix) is not None or prefix.lower() == "aws"
    prefixes = (prefix.lower(),) if known else _close(prefix, (*catalog.services(), "aws"))
    names = [
        candidate
        for service in prefixes
        for candidate in (
            *(action.full_name for action in catalog.actions(service)),
            *(key.name for key in catalog.condition_keys(service)),
        )
    ]
    if known:
        return _close(name, names)
    # The right name under a wrong prefix (sagemkr:CreateModel) is worth more than a likeness of the whole.
    same = [candidate for candidate in names if candidate.partition(":")[2].lower() == bare.lower()]
    return tuple(same[:MOST]) or _close(name, names) or prefixes[:MOST]


def _without_prefix(catalog: Catalog, name: str) -> tuple[str, ...]:
    """A bare action name is looked for in every service; a bare prefix among the prefixes."""
    folded = name.lower()
    same = [
        found.full_name
        for service in catalog.services()
        if (found := catalog.action(f"{service}:{folded}")) is not None
    ]
    # SageMaker first: it is what most questions are about.
    same.sort(key=lambda found: (not found.startswith("sagemaker:"), found))
    return tuple(same[:MOST]) or _close(name, catalog.services())


def _close(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Compared up to the first slash, so that a tag key's name does not hide a misspelt family."""
    spelled = {_head(candidate): candidate for candidate in names}
    return tuple(spelled[found] for found in get_close_matches(_head(name), spelled, MOST, LIKENESS))


def _head(name: str) -> str:
    head, slash, _ = name.lower().partition("/")
    return head + slash
