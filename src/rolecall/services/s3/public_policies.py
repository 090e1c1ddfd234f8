"""Is a bucket policy public? (S3 User Guide, "The meaning of public")

Every Allow statement counts as public unless its principal is fixed, or a condition pins with fixed values one of
the keys that say who or from where. One public statement makes the policy public; Deny statements change nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from rolecall.policy.document import Condition, Effect, Policy, PrincipalEntry, Statement

# Operators that hold only for what is named.
PINNING: Final = frozenset(
    {"stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike", "ipaddress"}
)
WIDEST: Final[Mapping[int, int]] = {4: 8, 6: 32}


@lru_cache(maxsize=512)
def is_public(document: Policy) -> bool:
    return any(_is_public(statement) for statement in document.statements)


def _is_public(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW:
        return False
    if statement.not_principals is None and all(map(_fixed_principal, statement.principals or ())):
        return False
    return not any(map(_pins, statement.conditions))


def _fixed_principal(entry: PrincipalEntry) -> bool:
    if entry.kind == "Federated":
        return False
    return entry.kind == "Service" or not _open(entry.value)


def _open(value: str) -> bool:
    """Whether a text stands for more than itself: a wildcard or a policy variable."""
    return "*" in value or "?" in value or "${" in value


def _pins(condition: Condition) -> bool:
    operator = condition.operator.lower()
    if operator.endswith("ifexists") or operator.startswith("forallvalues:"):
        return False
    if operator.removeprefix("foranyvalue:") not in PINNING or not condition.values:
        return False
    fixed = FIXED.get(condition.key.lower())
    return fixed is not None and all(map(fixed, condition.values))


def _no_wildcard(value: str) -> bool:
    return not _open(value)


def _user_id(value: str) -> bool:
    return "${" not in value and "*" not in value.removesuffix(":*") and not value.upper().endswith(":*")


def _addresses(value: str) -> bool:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return network.is_private or network.prefixlen >= WIDEST[network.version]


def _access_point(value: str) -> bool:
    head, _, _ = value.rpartition("/")
    return not _open(head)


FIXED: Final[Mapping[str, Callable[[str], bool]]] = {
    **dict.fromkeys(
        (
            "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:principalaccount",
            "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceowner", "aws:sourceaccount",
            "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointaccount",
        ),
        _no_wildcard,
    ),
    "aws:userid": _user_id,
    "aws:sourceip": _addresses,
    "s3:dataaccesspointarn": _access_point,
}  # fmt: skip
