"""Images of Studio and their numbered versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import errors, lives, model
from rolecall.services.sagemaker.inlist import page_of
from rolecall.services.sagemaker.items import (
    NOT_KEPT,
    PLAIN,
    SERVICE,
    Body,
    Hooks,
    add,
    arn_of,
    change,
    find,
    named,
    turn,
    view,
)
from rolecall.services.sagemaker.lists import PAGE, every, living
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

IMAGE: Final = BY_TYPE["image"]
VERSION: Final = BY_TYPE["image-version"]
BY_ALIAS: Final = ("DescribeImageVersion", "DeleteImageVersion", "UpdateImageVersion")
BY_GIVEN_ALIAS: Final = ("ListAliases",)  # without version and alias it is about the image


def update_image(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = named(call, unit, IMAGE)
    new: Body = {name: value for name, value in call.parameters.items() if name != IMAGE.name_member}
    new |= dict.fromkeys(new.pop("DeleteProperties", None) or ())
    return {"ImageArn": change(call, unit, IMAGE, item, new).arn}


def create_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    image = named(call, unit, IMAGE)
    number = int(image.body.get("_LastVersion", 0)) + 1
    unit.change_item(msgspec.structs.replace(image, body={**image.body, "_LastVersion": number}))
    body = {
        **{name: value for name, value in call.parameters.items() if name not in NOT_KEPT},
        "ContainerImage": call.parameters["BaseImage"],
        "ImageArn": image.arn,
        "Version": number,
    }
    return {"ImageVersionArn": add(call, unit, VERSION, str(number), body, parent=image.name).arn}


def describe_version(call: Call, reader: Reader) -> Mapping[str, Any]:
    return model.answer(call.operation, view(call, reader, VERSION, PLAIN, _version(call, reader)))


def delete_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    turn(call, unit, VERSION, _version(call, unit), lives.IMAGE_VERSION.delete)
    return {}


def update_version(call: Call, unit: Unit) -> Mapping[str, Any]:
    """Change a version; an alias that it gets is taken from the version that had it."""
    given = call.parameters
    version = _version(call, unit)
    added = [str(alias) for alias in given.get("AliasesToAdd") or ()]
    gone = {*map(str, given.get("AliasesToDelete") or ()), *added}
    for other in list(every(call, unit, VERSION, version.parent)):
        held = list(other.body.get("Aliases") or ())
        if other.id != version.id and gone.intersection(added, held):
            kept = [alias for alias in held if alias not in added]
            unit.change_item(msgspec.structs.replace(other, body={**other.body, "Aliases": kept}))
    naming = ("ImageName", "Version", "Alias", "AliasesToAdd", "AliasesToDelete")
    new: Body = {name: value for name, value in given.items() if name not in naming}
    if gone:
        own = [alias for alias in version.body.get("Aliases") or () if alias not in gone]
        new["Aliases"] = [*own, *added]
    return {"ImageVersionArn": change(call, unit, VERSION, version, new).arn}


def list_aliases(call: Call, reader: Reader) -> Mapping[str, Any]:
    """The aliases of a version, or of all versions of the image."""
    given = call.parameters
    image = find(call, reader, IMAGE, str(given["ImageName"]))
    one = given.get("Version") is not None or given.get("Alias")
    versions = [_version(call, reader)] if one else list(every(call, reader, VERSION, image.name))
    held = [str(alias) for version in versions for alias in version.body.get("Aliases") or ()]
    shown, token = page_of(held, int(given.get("MaxResults") or PAGE), given.get("NextToken"))
    answer: Body = {"SageMakerImageVersionAliases": shown}
    return {**answer, "NextToken": token} if token else answer


def resolved(
    operation: str, parameters: Mapping[str, Any], account: str, region: str, now: datetime, reader: Reader
) -> Mapping[str, Any]:
    """The parameters with the version that an alias, or no version at all (the latest), stands for.

    Comes before authorization, which must know which version the call is on; the handlers take numbers only.
    """
    image = parameters.get("ImageName")
    alias = parameters.get("Alias")
    if operation not in BY_ALIAS and not (operation in BY_GIVEN_ALIAS and alias):
        return parameters
    if parameters.get("Version") is not None or not isinstance(image, str):
        return parameters
    versions = Listing(
        account=account,
        service=SERVICE,
        type=VERSION.type,
        region=region,
        parent=image,
        sort="created",
        descending=True,
    )
    for held in living(reader, versions, now):
        if alias is None or alias in (held.body.get("Aliases") or ()):
            return {**parameters, "Version": int(held.name)}
    return parameters


def _version(call: Call, reader: Reader) -> Item:
    image = find(call, reader, IMAGE, str(call.parameters["ImageName"]))
    number = call.parameters.get("Version")
    if number is None:  # nothing it could have stood for
        arn = arn_of(call, VERSION, str(call.parameters.get("Alias") or ""), image.name)
        raise errors.made(VERSION.unknown, arn=arn, name="", noun=VERSION.noun)
    return find(call, reader, VERSION, str(number), image.name)


def _delete(call: Call, unit: Unit, item: Item) -> None:
    for version in list(every(call, unit, VERSION, item.name)):
        unit.remove_item(version.id)


HOOKS: Final = {"image": Hooks(delete=_delete)}

OPERATIONS: Final = {
    "UpdateImage": Operation(update_image, writes=True),
    "CreateImageVersion": Operation(create_version, writes=True),
    "DescribeImageVersion": Operation(describe_version, writes=False),
    "DeleteImageVersion": Operation(delete_version, writes=True),
    "UpdateImageVersion": Operation(update_version, writes=True),
    "ListAliases": Operation(list_aliases, writes=False),
}
