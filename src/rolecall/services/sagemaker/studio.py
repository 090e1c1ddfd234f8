"""Studio: domains, user profiles, spaces, apps and the way in.

What lies in a domain names it by its id, which the service assigns. Things are deleted from the inside out:
apps, then spaces and user profiles, then the domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import lives, model, service_roles
from rolecall.services.sagemaker import tags as tagging
from rolecall.services.sagemaker.errors import refuse
from rolecall.services.sagemaker.items import (
    NOT_KEPT,
    SERVICE,
    Body,
    Hooks,
    acting,
    add,
    change,
    find,
    named,
    turn,
    view,
)
from rolecall.services.sagemaker.lists import every
from rolecall.services.sagemaker.paths import merged, with_defaults
from rolecall.services.sagemaker.resources import BY_TYPE, ResourceType
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

DOMAIN: Final = BY_TYPE["domain"]
PROFILE: Final = BY_TYPE["user-profile"]
SPACE: Final = BY_TYPE["space"]
APP: Final = BY_TYPE["app"]
LIFECYCLE_CONFIG: Final = BY_TYPE["studio-lifecycle-config"]
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
HEXADECIMAL: Final = "0123456789abcdef"
FIRST_UID: Final = 200_001  # of the home directories in the domain's file system


def _url(call: Call, domain: str) -> str:
    return f"https://{domain}.studio.{call.region}.sagemaker.aws"


def create_domain(call: Call, unit: Unit) -> Mapping[str, Any]:
    tags = tagging.requested(call.parameters.get("Tags"))
    given = {name: value for name, value in call.parameters.items() if name not in NOT_KEPT}
    domain_id = call.platform.new_id("d-", 14, ALPHABET)
    body: Body = {
        **with_defaults(model.storable(given), DOMAIN.defaults),
        "DomainId": domain_id,
        "Url": _url(call, domain_id),
        "HomeEfsFileSystemId": call.platform.new_id("fs-", 20, HEXADECIMAL),
    }
    service_roles.bring_about(call, unit)
    item = add(call, unit, DOMAIN, domain_id, body, tags=tags)
    service_roles.uses(call, unit, item)
    return model.answer(call.operation, view(call, unit, DOMAIN, Hooks(), item))


def update_domain(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, DOMAIN)
    new: Body = model.storable(
        {name: value for name, value in call.parameters.items() if name != DOMAIN.name_member}
    )
    settings = new.pop("DomainSettingsForUpdate", None)
    if settings:
        server = settings.pop("RStudioServerProDomainSettingsForUpdate", None)
        if server:
            settings["RStudioServerProDomainSettings"] = server
        new["DomainSettings"] = merged(item.body.get("DomainSettings") or {}, settings)
    new["LastModifiedBy"] = acting(call, DOMAIN)
    return {"DomainArn": change(call, unit, DOMAIN, item, new).arn}


def delete_domain(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, DOMAIN)
    for kind in (PROFILE, SPACE):
        if any(every(call, unit, kind, item.name)):
            raise refuse("has children", noun=DOMAIN.noun, arn=item.arn, child=kind.noun)
    turn(call, unit, DOMAIN, item, lives.STUDIO.delete)
    return {}


def _in_domain(call: Call, unit: Unit, body: Body) -> Body:
    """What is made in a domain needs the domain, and gets a home directory in its file system."""
    domain = find(call, unit, DOMAIN, str(body["DomainId"]))
    count = sum(
        unit.count(call.account, SERVICE, kind.type, region=call.region, parent=domain.name)
        for kind in (PROFILE, SPACE)
    )
    return {**body, "HomeEfsFileSystemUid": str(FIRST_UID + count)}


def _prepare_space(call: Call, unit: Unit, body: Body) -> Body:
    body = _in_domain(call, unit, body)
    owner = (body.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
    if owner:
        find(call, unit, PROFILE, str(owner), str(body["DomainId"]))
    return body


def _show_space(call: Call, reader: Reader, item: Item, shown: Body) -> Body:
    settings = item.body.get("SpaceSettings")
    for member in ("OwnershipSettings", "SpaceSharingSettings"):
        if item.body.get(member):
            shown[f"{member}Summary"] = item.body[member]
    if settings:
        shown["SpaceSettingsSummary"] = {
            name: settings[name]
            for name in ("AppType", "RemoteAccess", "SpaceStorageSettings")
            if settings.get(name) is not None
        }
    shown["Url"] = f"{_url(call, item.parent)}/jupyterlab/default"
    return shown


def _prepare_app(call: Call, unit: Unit, body: Body) -> Body:
    domain = find(call, unit, DOMAIN, str(body["DomainId"]))
    role = _execution_role(call, unit, domain, _owner(call, unit, body))
    return {**body, "_Roles": [role] if role else []}


def _execution_role(call: Call, reader: Reader, domain: Item, owner: Item) -> str | None:
    """The role of an app: of its user, of a private space's owner, or of the domain's shared spaces."""
    if owner.type == SPACE.type:
        user = (owner.body.get("OwnershipSettings") or {}).get("OwnerUserProfileName")
        sharing = (owner.body.get("SpaceSharingSettings") or {}).get("SharingType")
        if not user or sharing == "Shared":
            return _named_role(domain, "DefaultSpaceSettings")
        owner = find(call, reader, PROFILE, str(user), domain.name)
    return _named_role(owner, "UserSettings") or _named_role(domain, "DefaultUserSettings")


def _named_role(item: Item, settings: str) -> str | None:
    role = (item.body.get(settings) or {}).get("ExecutionRole")
    return str(role) if role else None


def _owner(call: Call, reader: Reader, body: Mapping[str, Any]) -> Item:
    """The user profile or the space that an app belongs to."""
    profile, space = body.get("UserProfileName"), body.get("SpaceName")
    if bool(profile) == bool(space):
        raise refuse("one owner")
    kind, name = (PROFILE, profile) if profile else (SPACE, space)
    return find(call, reader, kind, str(name), str(body["DomainId"]))


def _hand_down_tags(call: Call, unit: Unit, item: Item) -> None:
    """Tags of the domain and of the owner go to apps that are launched afterwards."""
    domain = find(call, unit, DOMAIN, item.parent)
    inherited = {**unit.tags(domain.id), **unit.tags(_owner(call, unit, item.body).id)}
    tagging.hand_down(unit, item, inherited)


def _delete_owner(kind: ResourceType, member: str) -> Hooks:
    def delete(call: Call, unit: Unit, item: Item) -> None:
        for app in every(call, unit, APP, item.parent):
            if app.body.get(member) == item.name and app.status not in lives.APP.replaceable:
                raise refuse("has children", noun=kind.noun, arn=item.arn, child=APP.noun)

    return Hooks(delete=delete)


def _delete_config(call: Call, unit: Unit, item: Item) -> None:
    """A lifecycle configuration that settings or running apps name stays."""
    for kind in (DOMAIN, PROFILE, SPACE, APP):
        for held in every(call, unit, kind, None if kind.parent else ""):
            if held.status not in lives.APP.replaceable and _mentions(held.body, item.arn):
                raise refuse("still used", noun=LIFECYCLE_CONFIG.noun, arn=item.arn, user=held.arn)


def _mentions(value: object, text: str) -> bool:
    if isinstance(value, Mapping):
        return any(_mentions(one, text) for one in value.values())
    if isinstance(value, list):
        return any(_mentions(one, text) for one in value)
    return value == text


def presigned_url(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    domain = find(call, reader, DOMAIN, str(given["DomainId"]))
    find(call, reader, PROFILE, str(given["UserProfileName"]), domain.name)
    if given.get("SpaceName"):
        find(call, reader, SPACE, str(given["SpaceName"]), domain.name)
    if domain.body["AuthMode"] != "IAM":
        raise refuse("iam only", arn=domain.arn)
    return {"AuthorizedUrl": f"{_url(call, domain.name)}/auth?token={call.platform.new_id('', 64)}"}


_DELETE_SPACE: Final = _delete_owner(SPACE, "SpaceName")
_DELETE_PROFILE: Final = _delete_owner(PROFILE, "UserProfileName")

HOOKS: Final = {
    "user-profile": Hooks(prepare=_in_domain, delete=_DELETE_PROFILE.delete),
    "space": Hooks(prepare=_prepare_space, show=_show_space, delete=_DELETE_SPACE.delete),
    "app": Hooks(prepare=_prepare_app, created=_hand_down_tags),
    "studio-lifecycle-config": Hooks(delete=_delete_config),
}

OPERATIONS: Final = {
    "CreateDomain": Operation(create_domain, writes=True),
    "UpdateDomain": Operation(update_domain, writes=True),
    "DeleteDomain": Operation(delete_domain, writes=True),
    "CreatePresignedDomainUrl": Operation(presigned_url, writes=False),
}
