"""What may one account see of what belongs to another?

A caller learns that the policy of another account's resource did not let them, and neither what it says nor how
the resource is tagged. The owner of the resource learns that somebody tried, and not what the caller's policies
are called. Whatever leaves the server about a decision goes through here: the header, the trail, explanations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.analysis.answers import told
from rolecall.decision import decide
from rolecall.decision.policies import PoliciesInForce
from rolecall.decision.profile import Profile
from rolecall.decision.request import Context, Request
from rolecall.decision.result import Decision, Determining
from rolecall.policy.document import PolicyType

# Policies of the resource's account; all others are the caller's.
OF_THE_RESOURCE: Final = frozenset({PolicyType.RESOURCE, PolicyType.TRUST, PolicyType.RCP})
TAGS: Final = ":resourcetag/"


def attributed(by: Determining | None, request: Request, account: str) -> Determining | None:
    """Who decided, as an account may know it: of others' policies only the type."""
    if by is None:
        return None
    resource = request.resource
    owner = resource.account if by.policy_type in OF_THE_RESOURCE else request.principal.account
    return by if owner == account else Determining(by.policy_type)


def shown_to(
    account: str, request: Request, policies: PoliciesInForce, decision: Decision
) -> tuple[Request, PoliciesInForce, Decision]:
    """A decision as the caller's account may see it explained: a foreign resource has no tags and no policy.

    So a resource that is not there looks the same as one that is.
    """
    if request.resource.account == account:
        return request, policies, decision
    context = Context(
        {key: values for key, values in request.context.spelled().items() if TAGS not in key.lower()},
        multivalued=request.context.multivalued,
    )
    resource = msgspec.structs.replace(request.resource, tags={})
    return (
        msgspec.structs.replace(request, resource=resource, context=context),
        msgspec.structs.replace(policies, rcps=(), resource=None),
        msgspec.structs.replace(decision, by=attributed(decision.by, request, account)),
    )


def told_to(
    account: str, request: Request, policies: PoliciesInForce, profile: Profile, *, with_explanation: bool
) -> dict[str, Any]:
    """The answer to a question that an account asked, without what another account's policies say."""
    if request.resource.account == account:
        return told(request, policies, profile, with_explanation=with_explanation)
    decision = decide(request, policies, profile=profile)
    request_shown, policies_shown, decision_shown = shown_to(account, request, policies, decision)
    answer = told(
        request,
        policies,
        profile,
        with_explanation=with_explanation,
        shown=(request_shown, policies_shown),
    )
    answer["by"] = msgspec.to_builtins(decision_shown.by)
    if decision.depends_on:
        # On what the asker's own policies hang, as if the resource were of its account.
        resource = msgspec.structs.replace(request_shown.resource, account=account)
        at_home = msgspec.structs.replace(request_shown, resource=resource)
        answer["depends_on"] = list(decide(at_home, policies_shown, profile=profile).depends_on)
    return answer


def versions_of(account: str, versions: Mapping[str, int]) -> dict[str, int]:
    """The versions that a decision rests on, of the account and what is in it."""
    return {scope: number for scope, number in versions.items() if scope == "organization" or account in scope}
