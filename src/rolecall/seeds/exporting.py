"""Read the accounts of a server into a world: the same format that seeds and policy tests take.

Asks as the root user of each account, so it sees everything of it. What a world cannot say (access keys, MFA
devices, identity providers, jobs) is not part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml
from botocore.exceptions import ClientError
from botocore.model import StructureShape

from rolecall import catalog
from rolecall.errors import InputError
from rolecall.seeds.changes import ClientFor
from rolecall.seeds.iam import told
from rolecall.seeds.organization_export import organization
from rolecall.seeds.sagemaker import snake
from rolecall.services.sagemaker.resources import RESOURCES, ResourceType

# What is made inside something else, or by something else, or runs once and is over.
ELSEWHERE: Final = frozenset({"domain", "user-profile", "space", "app"})
PASSING: Final = ("-job",)
SHARED: Final = "Shared"
SERVICE_LINKED: Final = "/aws-service-role/"
LARGE_PAGES: Final = {"PageSize": 1000}
LISTS: Final = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def export(accounts: Iterable[str], region: str, client: ClientFor) -> dict[str, Any]:
    """The world of some accounts, as data in the order in which people read it."""
    wanted = tuple(accounts)
    try:
        tree, guardrails = organization(wanted, client)
        # An account that cannot be read has a place in the organization, and what hangs on it there.
        unread = {ident: held for ident, held in guardrails.items() if ident not in wanted and held}
        return {
            "region": region,
            **({"organization": tree} if tree else {}),
            "accounts": {
                **{
                    account: {
                        **_iam(client(account, "iam"), account),
                        **_sagemaker(client(account, "sagemaker"), account),
                        **guardrails.get(account, {}),
                    }
                    for account in wanted
                },
                **unread,
            },
        }
    except ClientError as error:
        raise InputError(f"the server refused a part of the export: {told(error)}") from None


def organization_of(management: str, organizations: Any) -> dict[str, Any]:
    """A world of an organization and what hangs on its accounts; the client is the management account's."""
    try:
        tree, guardrails = organization((management,), lambda *_: organizations)
    except ClientError as error:
        raise InputError(f"the organization cannot be read: {told(error)}") from None
    if not tree:
        raise InputError(f"account {management} manages no organization: ask as the management account")
    region = organizations.meta.region_name
    return {"region": region, "organization": tree, "accounts": dict(sorted(guardrails.items()))}


def details(iam: Any) -> dict[str, Any]:
    """The whole of GetAccountAuthorizationDetails, as the aws CLI writes it."""
    found: dict[str, Any] = {}
    try:
        for page in iam.get_paginator("get_account_authorization_details").paginate(PaginationConfig=LARGE_PAGES):
            for name in LISTS:
                found.setdefault(name, []).extend(page[name])
    except ClientError as error:
        raise InputError(f"the server refused the export: {told(error)}") from None
    return found


def as_yaml(world: Mapping[str, Any]) -> str:
    return str(yaml.dump(world, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110))


class _Dumper(yaml.SafeDumper):
    """Without anchors: the same tags twice are written twice."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _iam(iam: Any, account: str) -> dict[str, Any]:
    details: dict[str, list[Any]] = {}
    kinds = ["User", "Role", "Group", "LocalManagedPolicy"]
    for page in iam.get_paginator("get_account_authorization_details").paginate(Filter=kinds):
        for name in LISTS:
            details.setdefault(name, []).extend(page[name])
    sections = {
        "policies": {each["PolicyName"]: _policy(each, iam) for each in details["Policies"]},
        "groups": {
            each["GroupName"]: _without_nothing(_entity(each, "Group")) for each in details["GroupDetailList"]
        },
        "users": {each["UserName"]: _without_nothing(_user(each)) for each in details["UserDetailList"]},
        "roles": {each["RoleName"]: _without_nothing(_role(each, iam)) for each in details["RoleDetailList"]},
    }
    return _without_nothing(sections)


def _policy(found: Mapping[str, Any], iam: Any) -> dict[str, Any]:
    version = next(each for each in found["PolicyVersionList"] if each["IsDefaultVersion"])
    tags = iam.list_policy_tags(PolicyArn=found["Arn"])["Tags"]
    return _without_nothing(
        {
            "path": _path(found),
            "description": found.get("Description"),
            "tags": _tags(tags),
            "document": version["Document"],
        }
    )


def _entity(found: Mapping[str, Any], noun: str) -> dict[str, Any]:
    """What users, groups and roles have in common."""
    boundary = found.get("PermissionsBoundary") or {}
    return {
        "path": _path(found),
        "policies": [
            *(each["PolicyArn"] for each in found.get("AttachedManagedPolicies", ())),
            *(
                {"name": each["PolicyName"], "document": each["PolicyDocument"]}
                for each in found.get(f"{noun}PolicyList", ())
            ),
        ],
        "boundary": boundary.get("PermissionsBoundaryArn"),
        "tags": _tags(found.get("Tags", ())),
    }


def _user(found: Mapping[str, Any]) -> dict[str, Any]:
    return {**_entity(found, "User"), "groups": list(found.get("GroupList", ()))}


def _role(found: Mapping[str, Any], iam: Any) -> dict[str, Any]:
    role = iam.get_role(RoleName=found["RoleName"])["Role"]
    duration = role.get("MaxSessionDuration")
    made = _entity(found, "Role")
    if found["Path"].startswith(SERVICE_LINKED):
        # Its service brings its policy along, and AWS does not publish them all.
        made["policies"] = [each for each in made["policies"] if catalog.load().managed_policy(each) is not None]
    return {
        "trust": found["AssumeRolePolicyDocument"],
        **made,
        "description": role.get("Description"),
        "max_session_duration": None if duration == 3600 else duration,
    }


def _sagemaker(client: Any, account: str) -> dict[str, Any]:
    domains = {}
    for page in client.get_paginator("list_domains").paginate():
        for each in page["Domains"]:
            domains[each["DomainName"]] = _domain(client, each["DomainId"])
    resources = {}
    for kind in RESOURCES:
        if kind.type in ELSEWHERE or kind.type.endswith(PASSING) or kind.parent or "Create" not in kind.verbs:
            continue
        for name in _names(client, kind):
            found = getattr(client, f"describe_{snake(kind.noun)}")(**{kind.name_member: name})
            state = _state(client, kind.noun, found, {kind.name_member, "Tags"})
            tags = _tags(client.list_tags(ResourceArn=found[kind.arn_member])["Tags"])
            resources[f"{kind.type}/{name}"] = _without_nothing({"tags": tags, "state": state})
    return _without_nothing({"domains": domains, "resources": resources})


def _names(client: Any, kind: ResourceType) -> Iterable[str]:
    """The names of all resources of a type, sorted, so that equal accounts give equal files."""
    # Asked for page by page here: botocore has no paginator for some of the lists.
    shape = client.meta.service_model.operation_model(kind.list_operation).output_shape
    listed = next(name for name, member in shape.members.items() if member.type_name == "list")
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = getattr(client, snake(kind.list_operation))(**token)
        found += (each[kind.name_member] for each in page[listed])
        if not page.get("NextToken"):
            return sorted(found)
        token = {"NextToken": page["NextToken"]}


def _domain(client: Any, ident: str) -> dict[str, Any]:
    found = client.describe_domain(DomainId=ident)
    state = _state(client, "Domain", found, {"DomainName", "Tags"})
    execution = _taken(state, "DefaultUserSettings")
    profiles, spaces = {}, {}
    for page in client.get_paginator("list_user_profiles").paginate(DomainIdEquals=ident):
        for each in page["UserProfiles"]:
            name = each["UserProfileName"]
            profiles[name] = _profile(client, client.describe_user_profile(DomainId=ident, UserProfileName=name))
    for page in client.get_paginator("list_spaces").paginate(DomainIdEquals=ident):
        for each in page["Spaces"]:
            name = each["SpaceName"]
            spaces[name] = _space(client, client.describe_space(DomainId=ident, SpaceName=name))
    return _without_nothing(
        {
            "id": ident,
            "execution_role": execution,
            "space_role": _taken(state, "DefaultSpaceSettings"),
            "tags": _tags(client.list_tags(ResourceArn=found["DomainArn"])["Tags"]),
            "state": state,
            "user_profiles": dict(sorted(profiles.items())),
            "spaces": dict(sorted(spaces.items())),
        }
    )


def _profile(client: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    state = _state(client, "UserProfile", found, {"DomainId", "UserProfileName", "Tags"})
    role = _taken(state, "UserSettings")
    tags = _tags(client.list_tags(ResourceArn=found["UserProfileArn"])["Tags"])
    return _without_nothing({"execution_role": role, "tags": tags, "state": state})


def _space(client: Any, found: Mapping[str, Any]) -> dict[str, Any]:
    state = _state(client, "Space", found, {"DomainId", "SpaceName", "Tags"})
    owner = None
    if (state.get("SpaceSharingSettings") or {}).get("SharingType") != SHARED:
        state.pop("SpaceSharingSettings", None)
        owner = (state.pop("OwnershipSettings", None) or {}).get("OwnerUserProfileName")
    tags = _tags(client.list_tags(ResourceArn=found["SpaceArn"])["Tags"])
    return _without_nothing({"owner": owner, "tags": tags, "state": state})


def _taken(state: dict[str, Any], settings: str) -> str | None:
    """The execution role, taken out of some settings; settings without anything else go."""
    held = dict(state.get(settings) or {})
    role: str | None = held.pop("ExecutionRole", None)
    if held:
        state[settings] = held
    else:
        state.pop(settings, None)
    return role


def _state(client: Any, noun: str, found: Mapping[str, Any], known: set[str]) -> dict[str, Any]:
    """The members of an answer that a Create call takes: what would make the same thing again."""
    shape = client.meta.service_model.operation_model(f"Create{noun}").input_shape
    assert isinstance(shape, StructureShape)
    return {
        name: found[name] for name in shape.members if name not in known and found.get(name) not in (None, [], {})
    }


def _path(found: Mapping[str, Any]) -> str | None:
    return None if found["Path"] == "/" else str(found["Path"])


def _tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in tags}


def _without_nothing(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if value not in (None, [], {})}
