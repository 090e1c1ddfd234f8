"""How is a suggested policy change made? Through IAM's API, signed by whoever runs the command.

So the change is itself authorized, and recorded, like any other. IAM holds identity policies, permissions
boundaries and trust policies; what stands elsewhere (organization, session, other services) is not made from here.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec import Struct

from rolecall.connection import Connection
from rolecall.decision.repairs import ChangeView
from rolecall.decision.repairs.documents import DocumentChanged, edited, new_document
from rolecall.errors import InputError, Refused

MOST_VERSIONS: Final = 5
DROP: Final = "drop-policy"
HELD_BY_IAM: Final = ("identity", "boundary", "trust")


class Holder(Struct, frozen=True):
    """A user, group or role: kind as in IAM's operations (`User`), and its name."""

    kind: str
    name: str

    def call(self, iam: Any, operation: str, **parameters: Any) -> Any:
        """An operation of this kind of entity; `{}` in its name stands for the kind."""
        named = {f"{self.kind}Name": self.name, **parameters}
        return getattr(iam, operation.format(self.kind.lower()))(**named)


def can_apply(change: ChangeView) -> bool:
    return change.side == "policy" and change.policy_type in HELD_BY_IAM


def apply(connection: Connection, change: ChangeView, principal: str, resource: str) -> str:
    """Make one change; says what was done. Raises Refused where the server refuses, InputError if it cannot be."""
    import boto3
    from botocore.exceptions import ClientError

    keys: dict[str, Any] = dict(connection.keys())
    iam = boto3.client("iam", endpoint_url=connection.endpoint, region_name=connection.region, **keys)
    try:
        return APPLIERS[change.policy_type](iam, change, principal, resource)
    except ClientError as problem:
        error = problem.response["Error"]
        raise Refused(error["Code"], error["Message"]) from None
    except DocumentChanged as problem:
        raise InputError(f"{problem}: make the request again, and explain that one") from None


def holder_of(principal: str) -> Holder:
    """Whose identity policies count for a principal."""
    parts = principal.split(":", 5)
    kind, _, rest = parts[-1].partition("/")
    if kind == "user" and rest:
        return Holder("User", rest.rpartition("/")[2])
    if kind == "assumed-role" and rest:
        return Holder("Role", rest.partition("/")[0])
    raise InputError(f"{principal} has no identity policies in IAM that could be changed")


def _identity(iam: Any, change: ChangeView, principal: str, resource: str) -> str:
    holder = holder_of(principal)
    if change.policy_arn:
        if change.kind == DROP:
            return _detach(iam, change, holder)
        return _managed(iam, change)
    if not change.policy:
        return _add_inline(iam, change, holder)
    owner = next(each for each in _owners(iam, holder) if change.policy in _inline_names(iam, each))
    if change.kind == DROP:
        owner.call(iam, "delete_{}_policy", PolicyName=change.policy)
        return f"deleted the inline policy {change.policy} of {owner.kind.lower()} {owner.name}"
    held = owner.call(iam, "get_{}_policy", PolicyName=change.policy)["PolicyDocument"]
    _put_inline(iam, owner, change.policy, edited(held, change))
    return f"changed the inline policy {change.policy} of {owner.kind.lower()} {owner.name}"


def _owners(iam: Any, holder: Holder) -> list[Holder]:
    """The holder and, for a user, the groups: whose policies count."""
    if holder.kind != "User":
        return [holder]
    groups = iam.list_groups_for_user(UserName=holder.name)["Groups"]
    return [holder, *(Holder("Group", group["GroupName"]) for group in groups)]


def _inline_names(iam: Any, holder: Holder) -> list[str]:
    return list(holder.call(iam, "list_{}_policies")["PolicyNames"])


def _put_inline(iam: Any, holder: Holder, name: str, document: Mapping[str, Any]) -> None:
    holder.call(iam, "put_{}_policy", PolicyName=name, PolicyDocument=json.dumps(document))


def _add_inline(iam: Any, change: ChangeView, holder: Holder) -> str:
    assert change.after is not None
    taken = _inline_names(iam, holder)
    stem = f"rolecall-{str(change.after['Action']).partition(':')[2]}"[:120]
    name = next(each for each in (stem, *(f"{stem}-{n}" for n in range(2, 1000))) if each not in taken)
    _put_inline(iam, holder, name, new_document(change))
    return f"added the inline policy {name} to {holder.kind.lower()} {holder.name}"


def _detach(iam: Any, change: ChangeView, holder: Holder) -> str:
    for owner in _owners(iam, holder):
        attached = owner.call(iam, "list_attached_{}_policies")["AttachedPolicies"]
        if any(policy["PolicyArn"] == change.policy_arn for policy in attached):
            owner.call(iam, "detach_{}_policy", PolicyArn=change.policy_arn)
            return f"detached {change.policy_arn} from {owner.kind.lower()} {owner.name}"
    raise InputError(f"{change.policy_arn} is not attached any more")


def _managed(iam: Any, change: ChangeView) -> str:
    """A new default version; the oldest one goes where there would be too many."""
    arn = change.policy_arn
    current = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=current)["PolicyVersion"]["Document"]
    changed = edited(document, change)
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    if len(versions) >= MOST_VERSIONS:
        oldest = min((one for one in versions if not one["IsDefaultVersion"]), key=lambda one: one["CreateDate"])
        iam.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(changed), SetAsDefault=True)
    return f"made {made['PolicyVersion']['VersionId']} the default version of {arn}"


def _boundary(iam: Any, change: ChangeView, principal: str, resource: str) -> str:
    if change.kind != DROP:
        return _managed(iam, change)
    holder = holder_of(principal)
    holder.call(iam, "delete_{}_permissions_boundary")
    return f"took the permissions boundary off {holder.kind.lower()} {holder.name}"


def _trust(iam: Any, change: ChangeView, principal: str, resource: str) -> str:
    role = resource.rpartition("/")[2]
    held = iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
    if change.kind == DROP:
        raise InputError("a role cannot be without a trust policy: write another one")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(edited(held, change)))
    return f"changed the trust policy of role {role}"


APPLIERS: Final[Mapping[str, Callable[[Any, ChangeView, str, str], str]]] = {
    "identity": _identity,
    "boundary": _boundary,
    "trust": _trust,
}
