"""The scopes whose versions say that something has changed.

`account:<id>` moves with every change in an account, `principals:<id>` only with what says who its principals are
and what they may do: everything of IAM, and access keys. Others are ARNs, and what services name (`organization`).
"""

from __future__ import annotations

from typing import Final

PRINCIPALS: Final = "iam"  # the service whose things are principals, their policies and their groups


def is_principals_scope(scope: str) -> bool:
    return scope.startswith("principals:")


def principals_scope(account: str) -> str:
    return f"principals:{account}"
