"""Which needs of a call does its caller lack? Decided on a world's policies, for exactly this request."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from rolecall.analysis.needs.finding import Need, Needs
from rolecall.authorization.caller import Caller
from rolecall.authorization.requirements import PASS_ROLE
from rolecall.authorization.rulings import gather
from rolecall.decision import decide
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.profile import Profile
from rolecall.decision.wording import denial_message
from rolecall.decision.world import World


class Verdict(Struct, frozen=True):
    """message: the denial as AWS words it; "" when the need is met."""

    need: Need
    allowed: bool
    message: str = ""


def lacking(
    needs: Needs,
    world: World,
    profile: Profile = "reference",
    session: tuple[SourcedPolicy, ...] | None = None,
) -> Iterator[Verdict]:
    """A verdict for each check of a call, by the caller that `needs` was asked for. session: its policies."""
    for need, request in zip(needs.checks, needs.requests, strict=True):
        if request.action == PASS_ROLE and request.resource.account != request.principal.account:
            yield Verdict(need, False, "a role is passed only within its account")
            continue
        policies = gather(world, Caller(request.principal, access_key_id="", session_policies=session), request)
        decision = decide(request, policies, profile=profile)
        message = "" if decision.allowed else denial_message(request, policies, decision)
        yield Verdict(need, decision.allowed, message)
