"""Has a principal the form AWS takes? And which principals stand in an element (SEMANTICS 6.1)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from rolecall.policy import trust_rules
from rolecall.policy.document import PrincipalEntry
from rolecall.policy.syntax_rules import is_strings, listed

BAD_PRINCIPAL: Final = "Invalid principal in policy: {principals}"

# No wildcards but `*` alone; groups and instance profiles are no principals.
FORMS: Final[Mapping[str, tuple[re.Pattern[str], ...]]] = {
    "AWS": (
        re.compile(r"\*"),
        re.compile(r"[0-9]{12}"),
        # What an ARN turns into once its user or role is gone.
        re.compile(r"A(?:ID|RO)A[A-Z0-9]{12,}"),
        re.compile(r"arn:[a-z-]+:iam::[0-9]{12}:(?:root|(?:user|role)/[^*?]+)"),
        re.compile(r"arn:[a-z-]+:sts::[0-9]{12}:(?:assumed-role/[^*?/]+/[^*?/]+|federated-user/[^*?/]+)"),
    ),
    "Service": (re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+"),),
    "Federated": (trust_rules.PROVIDER, trust_rules.DOMAIN),
    "CanonicalUser": (re.compile(r"[0-9a-f]{64}"),),
}

Known = Callable[[PrincipalEntry], bool]


def entries_of(element: Any) -> tuple[PrincipalEntry, ...] | None:
    """The principals of a Principal or NotPrincipal element; None when it has not the shape of one."""
    if element == "*":
        return (PrincipalEntry("*", "*"),)
    if not isinstance(element, Mapping) or not element.keys() <= FORMS.keys():
        return None
    if not all(map(is_strings, element.values())):
        return None
    entries = (PrincipalEntry(kind, value) for kind, values in element.items() for value in listed(values))
    return tuple(entries) or None


def invalid(entries: Iterable[PrincipalEntry], known: Known | None) -> str | None:
    """IAM's sentence for the principals that have no valid form or, as far as `known` says, do not exist."""
    wrong = [entry for entry in entries if not _is_valid(entry, known)]
    if not wrong:
        return None
    return BAD_PRINCIPAL.format(principals=", ".join(f'"{entry.kind.upper()}":"{entry.value}"' for entry in wrong))


def _is_valid(entry: PrincipalEntry, known: Known | None) -> bool:
    if entry.kind == "*":
        return True
    if not any(form.fullmatch(entry.value) for form in FORMS[entry.kind]):
        return False
    return known is None or entry.value == "*" or known(entry)
