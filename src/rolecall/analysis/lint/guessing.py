"""Which type of policy is this document? Asked when nobody says; the answer is a guess and is shown as one."""

from __future__ import annotations

from rolecall.analysis.lint.view import Document
from rolecall.policy.document import PolicyType


def is_policy(document: Document) -> bool:
    """Whether the document is meant as a policy at all."""
    node = document.node
    return node is not None and any(member.key.value.lower() == "statement" for member in node.members)


def guess(document: Document) -> PolicyType:
    """By who is named: nobody (identity), and for sts: actions alone a trust policy.

    Control policies look like identity policies, and a document may be an endpoint policy as well as a resource
    policy: those are only known when they are named.
    """
    statements = document.statements
    if not any(
        member.key.value.lower() in ("principal", "notprincipal")
        for statement in statements
        for member in statement.node.members
    ):
        return PolicyType.IDENTITY
    actions = [value.folded for statement in statements for value in statement.actions or ()]
    resources = any(
        statement.resources is not None or statement.not_resources is not None for statement in statements
    )
    if actions and all(action.startswith("sts:") for action in actions) and not resources:
        return PolicyType.TRUST
    return PolicyType.RESOURCE
