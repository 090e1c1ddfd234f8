"""Who signed a request, as authorization sees it: the principal and what its session carries."""

from __future__ import annotations

from msgspec import Struct

from rolecall.credentials.claims import SessionClaims
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.request import Principal


class Caller(Struct, frozen=True):
    """principal.tags already hold role or user tags merged with session tags. session_policies: parsed ones
    of the session, None when none was passed. via_service: the service principal that calls on the principal's
    behalf (forward access session), None for a direct call."""

    principal: Principal
    access_key_id: str
    session: SessionClaims | None = None
    session_policies: tuple[SourcedPolicy, ...] | None = None
    via_service: str | None = None
