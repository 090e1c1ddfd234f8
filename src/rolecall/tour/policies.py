"""Policy documents of the tour, written short: `policy(allow("sagemaker:Describe*"))`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rolecall.tour.check import ACCOUNT, Document, iam_arn

Conditions = Mapping[str, Mapping[str, Any]]

SAGEMAKER: Final = "sagemaker.amazonaws.com"


def policy(*statements: Mapping[str, Any]) -> Document:
    """A document of the current version."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, on: str | Sequence[str] = "*", when: Conditions | None = None) -> dict[str, Any]:
    """An Allow statement on some actions and resources."""
    return _statement("Allow", {"Action": _one_or_list(actions), "Resource": on}, when)


def deny(*actions: str, on: str | Sequence[str] = "*", when: Conditions | None = None) -> dict[str, Any]:
    """A Deny statement on some actions and resources."""
    return _statement("Deny", {"Action": _one_or_list(actions), "Resource": on}, when)


def allow_all_but(*actions: str, on: str = "*") -> dict[str, Any]:
    """Allow with NotAction."""
    return _statement("Allow", {"NotAction": _one_or_list(actions), "Resource": on}, None)


def deny_all_but(*actions: str, on: str = "*") -> dict[str, Any]:
    """Deny with NotAction."""
    return _statement("Deny", {"NotAction": _one_or_list(actions), "Resource": on}, None)


def deny_outside(*actions: str, on: str | Sequence[str]) -> dict[str, Any]:
    """Deny with NotResource."""
    return _statement("Deny", {"Action": _one_or_list(actions), "NotResource": on}, None)


def pass_role(role: str = "Execution", service: str = SAGEMAKER) -> dict[str, Any]:
    """May hand a role over to a service."""
    return allow(
        "iam:PassRole", on=iam_arn(f"role/{role}"), when={"StringEquals": {"iam:PassedToService": service}}
    )


def trusts(principal: Mapping[str, str], *actions: str, when: Conditions | None = None) -> Document:
    """A trust policy."""
    named = {"Principal": principal, "Action": _one_or_list(actions or ("sts:AssumeRole",))}
    return policy(_statement("Allow", named, when))


def _statement(effect: str, elements: Mapping[str, Any], when: Conditions | None) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": effect, **elements}
    if when:
        statement["Condition"] = when
    return statement


def _one_or_list(actions: Sequence[str]) -> str | list[str]:
    return actions[0] if len(actions) == 1 else list(actions)


TRUSTS_SAGEMAKER: Final = trusts({"Service": SAGEMAKER})
TRUSTS_ACCOUNT: Final = trusts({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
