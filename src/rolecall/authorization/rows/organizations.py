"""What each Organizations operation needs (Service Authorization Reference, AWS Organizations).

Requests name things by id, and what the id belongs to is known to the organization alone. Templates ask for it:

    @organizations:{PolicyId}      the ARN of the root, unit, account, policy, handshake or transfer of that id; of
                                   an id that nothing has, `policy/*` and so on, by its form. A structure counts
                                   by its member Id.
    @organizations-own:{TargetId}  the same, and a missing member means the caller's account.
    @organizations-new-policy:{Type}  `policy/o-…/<type>/*`: a policy that is about to be made; -new: an account,
                                   -new-unit: a unit.
    @organizations-resource-policy:{Content}  the organization's resource policy, made or not.

Everything belongs to the management account; who besides it may call what is `delegation`'s affair.
`$policy-type.X` is the type of the policy whose id is the member X. Attaching a policy is asked on the policy and
on its target, and moving an account on the account and both parents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from rolecall.authorization.requirement import Requirement

SOURCE: Final = "Service Authorization Reference, AWS Organizations"

Keys = tuple[tuple[str, str], ...]


def _policy_type(path: str) -> Keys:
    return (("organizations:PolicyType", path),)


def _transfer(type: str, direction: str) -> Keys:
    return (("organizations:TransferType", type), ("organizations:TransferDirection", f"'{direction}'"))


OF_POLICY: Final = _policy_type("$policy-type.PolicyId")
OF_RESOURCE: Final = _policy_type("$policy-type.ResourceId")
SERVICE: Final[Keys] = (("organizations:ServicePrincipal", "ServicePrincipal"),)

# Operations on nothing in particular.
ON_NOTHING: Final[Mapping[str, Keys]] = {
    **dict.fromkeys(
        (
            "CreateOrganization", "DeleteOrganization", "DeleteResourcePolicy", "DescribeCreateAccountStatus",
            "DescribeOrganization", "DescribeResourcePolicy", "EnableAllFeatures", "LeaveOrganization",
            "ListAWSServiceAccessForOrganization", "ListAccounts", "ListCreateAccountStatus",
            "ListHandshakesForAccount", "ListHandshakesForOrganization", "ListRoots",
        ),
        (),
    ),
    "ListAccountsWithInvalidEffectivePolicy": _policy_type("PolicyType"),
    "ListPolicies": _policy_type("Filter"),
    "DisableAWSServiceAccess": SERVICE,
    "EnableAWSServiceAccess": SERVICE,
    "ListDelegatedAdministrators": SERVICE,
    "ListInboundResponsibilityTransfers": _transfer("Type", "inbound"),
    "ListOutboundResponsibilityTransfers": _transfer("Type", "outbound"),
}  # fmt: skip

# The members that name what an operation is on: one question for each of them.
ON: Final[Mapping[str, tuple[tuple[str, ...], Keys]]] = {
    "AcceptHandshake": (("HandshakeId",), ()),
    "CancelHandshake": (("HandshakeId",), ()),
    "DeclineHandshake": (("HandshakeId",), ()),
    "DescribeHandshake": (("HandshakeId",), ()),
    "AttachPolicy": (("PolicyId", "TargetId"), OF_POLICY),
    "DetachPolicy": (("PolicyId", "TargetId"), OF_POLICY),
    "DeletePolicy": (("PolicyId",), OF_POLICY),
    "DescribePolicy": (("PolicyId",), OF_POLICY),
    "ListTargetsForPolicy": (("PolicyId",), OF_POLICY),
    "UpdatePolicy": (("PolicyId",), OF_POLICY),
    "ListPoliciesForTarget": (("TargetId",), _policy_type("Filter")),
    "EnablePolicyType": (("RootId",), _policy_type("PolicyType")),
    "DisablePolicyType": (("RootId",), _policy_type("PolicyType")),
    "ListEffectivePolicyValidationErrors": (("AccountId",), _policy_type("PolicyType")),
    "CloseAccount": (("AccountId",), ()),
    "DescribeAccount": (("AccountId",), ()),
    "ListDelegatedServicesForAccount": (("AccountId",), ()),
    "RemoveAccountFromOrganization": (("AccountId",), ()),
    "DeregisterDelegatedAdministrator": (("AccountId",), SERVICE),
    "RegisterDelegatedAdministrator": (("AccountId",), SERVICE),
    "MoveAccount": (("AccountId", "SourceParentId", "DestinationParentId"), ()),
    "DeleteOrganizationalUnit": (("OrganizationalUnitId",), ()),
    "DescribeOrganizationalUnit": (("OrganizationalUnitId",), ()),
    "UpdateOrganizationalUnit": (("OrganizationalUnitId",), ()),
    "ListAccountsForParent": (("ParentId",), ()),
    "ListChildren": (("ParentId",), ()),
    "ListOrganizationalUnitsForParent": (("ParentId",), ()),
    "ListParents": (("ChildId",), ()),
    "ListTagsForResource": (("ResourceId",), OF_RESOURCE),
    "TagResource": (("ResourceId",), OF_RESOURCE),
    "UntagResource": (("ResourceId",), OF_RESOURCE),
    "DescribeResponsibilityTransfer": (("Id",), ()),
    "TerminateResponsibilityTransfer": (("Id",), ()),
    "UpdateResponsibilityTransfer": (("Id",), ()),
}


def _requirement(action: str, on: str = "*", keys: Keys = (), when: str = "") -> Requirement:
    return Requirement(action=f"organizations:{action}", on=on, when=when, keys=keys, source=SOURCE)


def _with_tags(name: str, on: str, keys: Keys = (), made: str | None = None) -> tuple[Requirement, ...]:
    """An operation that may attach tags. made: what they go to, where that is not what the operation is on."""
    tagging_keys = keys if name == "CreatePolicy" else ()
    return (
        _requirement(name, on, keys),
        _requirement("TagResource", made or on, tagging_keys, when="Tags"),
    )


def _rows() -> Iterator[tuple[str, tuple[Requirement, ...]]]:
    for name, keys in ON_NOTHING.items():
        yield name, (_requirement(name, keys=keys),)
    for name, (members, keys) in ON.items():
        yield name, tuple(_requirement(name, f"@organizations:{{{member}}}", keys) for member in members)
    yield (
        "DescribeEffectivePolicy",
        (_requirement("DescribeEffectivePolicy", "@organizations-own:{TargetId}", _policy_type("PolicyType")),),
    )
    yield "CreateAccount", _with_tags("CreateAccount", "*", made="@organizations-new:{Email}")
    yield "CreateGovCloudAccount", _with_tags("CreateGovCloudAccount", "*", made="@organizations-new:{Email}")
    yield (
        "CreateOrganizationalUnit",
        _with_tags("CreateOrganizationalUnit", "@organizations:{ParentId}", made="@organizations-new-unit:{Name}"),
    )
    yield "CreatePolicy", _with_tags("CreatePolicy", "@organizations-new-policy:{Type}", _policy_type("Type"))
    yield "PutResourcePolicy", _with_tags("PutResourcePolicy", "@organizations-resource-policy:{Content}")
    yield "InviteAccountToOrganization", _with_tags("InviteAccountToOrganization", "@organizations:{Target}")
    yield (
        "InviteOrganizationToTransferResponsibility",
        _with_tags(
            "InviteOrganizationToTransferResponsibility",
            "@organizations:{Target}",
            _transfer("Type", "outbound"),
        ),
    )


ROWS: Final[Mapping[str, tuple[Requirement, ...]]] = dict(_rows())
