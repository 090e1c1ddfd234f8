"""Images of Studio and their numbered versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.sagemaker import errors, lifecycle, model
from rolecall.services.sagemaker.generic import (
    NOT_KEPT,
    PLAIN,
    Body,
    Hooks,
    add,
    arn_of,
    change,
    every,
    find,
    named,
    turn,
    view,
)
from rolecall.services.sagemaker.resources import BY_TYPE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

IMAGE: Final = BY_TYPE["image"]
VERSION: Final = BY_TYPE["image-version"]


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
    turn(call, unit, VERSION, _version(call, unit), lifecycle.IMAGE_VERSION.delete)
    return {}


def _version(call: Call, reader: Reader) -> Item:
    """The version that a request names by number or alias; the latest when by neither."""
    given = call.parameters
    image = find(call, reader, IMAGE, str(given["ImageName"]))
    if given.get("Version") is not None:
        return find(call, reader, VERSION, str(given["Version"]), image.name)
    alias = given.get("Alias")
    for held in every(call, reader, VERSION, image.name, latest_first=True):
        if alias is None or alias in (held.body.get("Aliases") or ()):
            return held
    arn = arn_of(call, VERSION, str(alias or ""), image.name)
    raise errors.unknown(VERSION.type, arn=arn, name=alias, noun=VERSION.noun)


def _delete(call: Call, unit: Unit, item: Item) -> None:
    for version in list(every(call, unit, VERSION, item.name)):
        unit.remove_item(version.id)


HOOKS: Final = {"image": Hooks(delete=_delete)}

OPERATIONS: Final = {
    "UpdateImage": Operation(update_image, writes=True),
    "CreateImageVersion": Operation(create_version, writes=True),
    "DescribeImageVersion": Operation(describe_version, writes=False),
    "DeleteImageVersion": Operation(delete_version, writes=True),
}
