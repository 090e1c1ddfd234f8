"""Read what `GetAccountAuthorizationDetails` gives as a world to decide in: every user, group, role and policy.

The same form comes from AWS, from our own server and from a file that `aws iam get-account-authorization-details`
wrote. Policy documents may be text, percent-encoded text or already decoded JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct, field

from rolecall import catalog
from rolecall.decision.policies import SourcedPolicy
from rolecall.decision.world import ControlPolicies, PrincipalRecord
from rolecall.policy.document import PolicyType
from rolecall.policy.parser import parse

NO_CONTROL = ControlPolicies()


class MissingPolicy(LookupError):
    """A managed policy that is attached and of which there is no text, by its ARN; or a group, by its name."""


class ExportedAccount(Struct, frozen=True):
    """A world (decision.world.World) without guardrails: the export does not hold them.

    unknown: users and roles of whom nothing can be said, and the policy or group of theirs that the export lacks.
    """

    principals: Mapping[str, PrincipalRecord] = field(default_factory=dict)
    trust: Mapping[str, SourcedPolicy] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)

    def principal(self, arn: str) -> PrincipalRecord | None:
        return self.principals.get(arn)

    def control_policies(self, account: str) -> ControlPolicies:
        return NO_CONTROL

    def resource_policy(self, arn: str) -> SourcedPolicy | None:
        return self.trust.get(arn)


def read_account(pages: Iterable[Mapping[str, Any]]) -> ExportedAccount:
    """The world of all pages; raises policy.findings.PolicyError for a document that cannot be read."""
    whole: dict[str, list[Any]] = {}
    for page in pages:
        for name, members in page.items():
            if isinstance(members, list):
                whole.setdefault(name, []).extend(members)
    managed = {policy["Arn"]: _default_version(policy) for policy in whole.get("Policies", ())}
    groups = {group["GroupName"]: group for group in whole.get("GroupDetailList", ())}
    principals = {}
    trust = {}
    unknown = {}
    for user in whole.get("UserDetailList", ()):
        try:
            mine = [_group(name, groups) for name in user.get("GroupList", ())]
            own = _granted(user, "UserPolicyList", managed)
            theirs = [policy for group in mine for policy in _granted(group, "GroupPolicyList", managed)]
            principals[user["Arn"]] = _record(user, "UserId", (*own, *theirs), managed)
        except MissingPolicy as lacking:
            unknown[user["Arn"]] = str(lacking)
    for role in whole.get("RoleDetailList", ()):
        try:
            held = _granted(role, "RolePolicyList", managed)
            principals[role["Arn"]] = _record(role, "RoleId", held, managed)
        except MissingPolicy as lacking:
            unknown[role["Arn"]] = str(lacking)
        document = parse(_document(role["AssumeRolePolicyDocument"]), PolicyType.TRUST)
        trust[role["Arn"]] = SourcedPolicy(document, name=role["RoleName"])
    return ExportedAccount(principals, trust, unknown)


def _record(
    entity: Mapping[str, Any], id_member: str, identity: tuple[SourcedPolicy, ...], managed: Mapping[str, Any]
) -> PrincipalRecord:
    limit = (entity.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    return PrincipalRecord(
        arn=entity["Arn"],
        account=entity["Arn"].split(":")[4],
        unique_id=entity[id_member],
        identity=identity,
        boundary=None if limit is None else _managed(limit, managed, PolicyType.BOUNDARY),
        tags={tag["Key"]: tag["Value"] for tag in entity.get("Tags", ())},
    )


def _group(name: str, groups: Mapping[str, Any]) -> Any:
    if name not in groups:
        raise MissingPolicy(f"group {name}")  # a Deny of it may be missing, too
    return groups[name]


def _granted(entity: Mapping[str, Any], inline: str, managed: Mapping[str, Any]) -> tuple[SourcedPolicy, ...]:
    """Inline policies, then attached ones."""
    return (
        *(
            SourcedPolicy(parse(_document(found["PolicyDocument"]), PolicyType.IDENTITY), name=found["PolicyName"])
            for found in entity.get(inline, ())
        ),
        *(
            _managed(found["PolicyArn"], managed, PolicyType.IDENTITY)
            for found in entity.get("AttachedManagedPolicies", ())
        ),
    )


def _managed(arn: str, managed: Mapping[str, Any], kind: PolicyType) -> SourcedPolicy:
    text = managed.get(arn)
    if text is None:
        # An export without AWS's own policies (--filter LocalManagedPolicy) has their names all the same.
        known = catalog.load().managed_policy(arn)
        if known is None:
            raise MissingPolicy(arn)
        text = known.text
    return SourcedPolicy(parse(_document(text), kind), arn=arn, name=arn.rpartition("/")[2])


def _default_version(policy: Mapping[str, Any]) -> Any:
    return next(version["Document"] for version in policy["PolicyVersionList"] if version["IsDefaultVersion"])


def _document(document: Any) -> Any:
    percent_encoded = isinstance(document, str) and not document.lstrip().startswith("{")
    return unquote(document) if percent_encoded else document
