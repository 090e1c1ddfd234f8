"""Who may call Organizations? The management account, and whom it lets (Organizations User Guide).

An organization belongs to its management account. Members see the organization that they are in, answer
invitations and leave. Accounts that administer a service for the organization may read all of it. Whoever the
organization's resource policy names may do what it says, as far as such a policy reaches: reading, and everything
about policies. This is asked after the caller's own policies allowed the call, and a refusal is a sentence of the
service.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from rolecall.authorization.api_call import ApiCall, Ports
from rolecall.authorization.requirements import Check
from rolecall.authorization.rulings import Decide
from rolecall.decision.policies import PoliciesInForce, SourcedPolicy
from rolecall.decision.request import Request
from rolecall.decision.world import ControlPolicies
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse

REFUSAL: Final = "You don't have permissions to access this resource."

# What any account may call: about itself, and about its own organization.
OF_EVERY_ACCOUNT: Final = frozenset(
    {
        "CreateOrganization",
        "DescribeOrganization",
        "LeaveOrganization",
        "AcceptHandshake",
        "DeclineHandshake",
        "DescribeHandshake",
        "ListHandshakesForAccount",
        "DescribeEffectivePolicy",
    }
)
READING: Final = ("Describe", "List")
# What a resource policy can let members do besides reading.
ABOUT_POLICIES: Final = frozenset(
    {
        "CreatePolicy",
        "UpdatePolicy",
        "DeletePolicy",
        "AttachPolicy",
        "DetachPolicy",
        "EnablePolicyType",
        "DisablePolicyType",
        "TagResource",
        "UntagResource",
    }
)
# The caller's own policies were asked already; here only the organization's decides.
ANYTHING: Final = SourcedPolicy(
    parse(
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}',
        PolicyType.IDENTITY,
    )
)


def is_delegable(operation: str) -> bool:
    """Whether a resource policy may speak of an operation."""
    return operation.startswith(READING) or operation in ABOUT_POLICIES


def refuses(call: ApiCall, checks: tuple[Check, ...], ports: Ports, decide: Decide) -> bool:
    """Whether the organization does not let the caller's account make an allowed call."""
    if call.service != "organizations" or call.operation in OF_EVERY_ACCOUNT:
        return False
    above = ports.world.control_policies(call.account)
    if above.organization_id is None or above.management_account:
        return False  # that there is no organization is for the handler to say
    if above.delegated_administrator and call.operation.startswith(READING):
        return False
    if above.delegation_policy is None or not is_delegable(call.operation):
        return True
    return not all(_lets(above, check.request, decide) for check in checks)


def _lets(above: ControlPolicies, request: Request, decide: Decide) -> bool:
    assert above.managed_by is not None
    asked = replace(request, resource=replace(request.resource, account=above.managed_by))
    return decide(asked, PoliciesInForce(identity=(ANYTHING,), resource=above.delegation_policy)).allowed
