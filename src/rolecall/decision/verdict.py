"""What one policy says of one request. "No" is not "deny": a policy may grant, forbid, or say nothing.

A resource policy's allow is kept per way in which it named the caller, because within one account a grant to the
session is worth more than one to its role or account (SEMANTICS 7.3).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct, field

from rolecall.policy.truth import Truth, some


class MatchKind(enum.Enum):
    """How a statement named the caller (SEMANTICS 6.1). Statements without a principal are DIRECT."""

    DIRECT = "direct"
    ROLE_OF_SESSION = "role-of-session"
    USER_OF_SESSION = "user-of-session"
    ACCOUNT = "account"


class Verdict(Struct, frozen=True):
    """allow: a kind that is missing is NO. denied_by, allowed_by: the first statement (from 0) that did.

    deny_keys, allow_keys: the unknown condition keys on which an UNKNOWN deny or allow hangs.
    """

    deny: Truth = Truth.NO
    allow: Mapping[MatchKind, Truth] = field(default_factory=dict)
    denied_by: int | None = None
    allowed_by: Mapping[MatchKind, int] = field(default_factory=dict)
    deny_keys: tuple[str, ...] = ()
    allow_keys: tuple[str, ...] = ()

    def allows(self, *kinds: MatchKind) -> Truth:
        """Whether it allows by one of these kinds; by any kind when none is given."""
        return some(truth for kind, truth in self.allow.items() if not kinds or kind in kinds)


class Verdicts(Struct, frozen=True):
    """One verdict per policy that counts for a request, arranged as the policies are."""

    identity: tuple[Verdict, ...] = ()
    boundary: Verdict | None = None
    session: tuple[Verdict, ...] | None = None
    scps: tuple[tuple[Verdict, ...], ...] = ()
    rcps: tuple[tuple[Verdict, ...], ...] = ()
    endpoint: Verdict | None = None
    resource: Verdict | None = None
