"""May this call be made? Decide its checks in order, until one is denied."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from rolecall.authorization.caller import Caller
from rolecall.authorization.requirements import PASS_ROLE, Check
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.request import Request
from rolecall.decision.result import Decision
from rolecall.decision.world import World, policies_in_force

Decide = Callable[[Request, PoliciesInForce], Decision]


class Ruling(Struct, frozen=True):
    """A decided check, with the policies that were in force."""

    check: Check
    policies: PoliciesInForce
    decision: Decision

    @property
    def passes_role_across_accounts(self) -> bool:
        """A role is passed only within its account, whatever policies say (SEMANTICS 7.8)."""
        request = self.check.request
        return request.action == PASS_ROLE and request.resource.account != request.principal.account

    @property
    def allowed(self) -> bool:
        return self.decision.allowed and not self.passes_role_across_accounts


def gather(world: World, caller: Caller, request: Request) -> PoliciesInForce:
    """The policies in force for one question."""
    resource = request.resource
    return policies_in_force(
        world, caller.principal, resource.arn, resource.account, session=caller.session_policies
    )


def rule(checks: Iterable[Check], caller: Caller, world: World, decide: Decide) -> tuple[Ruling, ...]:
    """The rulings up to and including the first denial; the call may be made when all are allowed."""
    made: list[Ruling] = []
    for check in checks:
        policies = gather(world, caller, check.request)
        made.append(Ruling(check, policies, decide(check.request, policies)))
        if not made[-1].allowed:
            break
    return tuple(made)
