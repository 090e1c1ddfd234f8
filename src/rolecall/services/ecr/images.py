"""Images as they are declared: a manifest, its digest and tags. No layer is kept, so none can be pulled."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.services.call import Call, Operation
from rolecall.services.ecr import repositories
from rolecall.services.ecr.errors import refuse
from rolecall.services.ecr.repositories import IMAGE, SERVICE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"


def put_image(call: Call, unit: Unit) -> Mapping[str, Any]:
    repository = repositories.find(call, unit)
    given = call.parameters
    text, tag = str(given["imageManifest"]), given.get("imageTag")
    digest = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    if given.get("imageDigest") not in (None, digest):
        raise refuse("bad digest", digest=given["imageDigest"], actual=digest)
    kind = _media_type(text, given.get("imageManifestMediaType"))
    image = _by_digest(unit, repository, digest)
    if tag is not None:
        _free(unit, repository, str(tag), digest)
    if image is None:
        image = unit.add_item(
            Item(
                account=repository.account,
                region=repository.region,
                service=SERVICE,
                type=IMAGE,
                name=digest,
                parent=repository.name,
                arn=f"{repository.arn}/{digest}",
                created=call.now,
                modified=call.now,
                body={"manifest": text, "mediaType": kind, "tags": []},
            )
        )
    elif tag is None or tag in image.body["tags"]:
        raise refuse("same image", digest=digest, tag=tag or "", name=repository.name, registry=repository.account)
    if tag is not None:
        image = _tagged(unit, image, [*image.body["tags"], str(tag)])
    return {"image": _shown(image, repository, str(tag) if tag is not None else None)}


def batch_get_image(call: Call, reader: Reader) -> Mapping[str, Any]:
    repository = repositories.find(call, reader)
    found, failures = _chosen(call, reader, repository)
    return {"images": [_shown(image, repository, tag) for image, tag in found], "failures": failures}


def batch_delete_image(call: Call, unit: Unit) -> Mapping[str, Any]:
    """By tag alone the image stays as long as it has other tags."""
    repository = repositories.find(call, unit)
    found, failures = _chosen(call, unit, repository)
    gone = []
    for image, tag in found:
        now = unit.item_by_id(image.id)
        if now is None:
            continue
        left = [one for one in now.body["tags"] if one != tag]
        if tag is not None and left:
            _tagged(unit, now, left)
        else:
            unit.remove_item(now.id)
        gone.append(_id(now, tag))
    return {"imageIds": gone, "failures": failures}


def describe_images(call: Call, reader: Reader) -> Mapping[str, Any]:
    repository = repositories.find(call, reader)
    if call.parameters.get("imageIds"):
        found, failures = _chosen(call, reader, repository)
        if failures:
            missing = failures[0]["imageId"]
            raise refuse(
                "no such image",
                digest=missing.get("imageDigest", "null"),
                tag=missing.get("imageTag", "null"),
                name=repository.name,
                registry=repository.account,
            )
        images = [image for image, _ in found]
    else:
        images = list(repositories.images(reader, repository))
    return {"imageDetails": [_detail(image, repository) for image in images]}


def list_images(call: Call, reader: Reader) -> Mapping[str, Any]:
    repository = repositories.find(call, reader)
    status = (call.parameters.get("filter") or {}).get("tagStatus")
    ids = []
    for image in repositories.images(reader, repository):
        tags = image.body["tags"]
        if tags and status != "UNTAGGED":
            ids += [_id(image, tag) for tag in tags]
        elif not tags and status != "TAGGED":
            ids.append(_id(image, None))
    return {"imageIds": ids}


def batch_check_layer_availability(call: Call, reader: Reader) -> Mapping[str, Any]:
    repositories.find(call, reader)
    return {
        "layers": [
            {"layerDigest": str(digest), "layerAvailability": "UNAVAILABLE"}
            for digest in call.parameters["layerDigests"]
        ],
        "failures": [],
    }


def get_download_url_for_layer(call: Call, reader: Reader) -> Mapping[str, Any]:
    repositories.find(call, reader)
    raise refuse("no layers")


def _chosen(
    call: Call, reader: Reader, repository: Item
) -> tuple[list[tuple[Item, str | None]], list[dict[str, Any]]]:
    """The images that a request names by digest or tag, and what it names in vain."""
    found: list[tuple[Item, str | None]] = []
    failures: list[dict[str, Any]] = []
    for wanted in call.parameters["imageIds"]:
        digest, tag = wanted.get("imageDigest"), wanted.get("imageTag")
        image = _by_digest(reader, repository, digest) if digest else _by_tag(reader, repository, tag)
        if image is None or (tag is not None and tag not in image.body["tags"]):
            failures.append(
                {
                    "imageId": dict(wanted),
                    "failureCode": "ImageNotFound",
                    "failureReason": "Requested image not found",
                }
            )
        else:
            found.append((image, tag))
    return found, failures


def _by_digest(reader: Reader, repository: Item, digest: str) -> Item | None:
    return reader.item(
        repository.account, SERVICE, IMAGE, digest, region=repository.region, parent=repository.name
    )


def _by_tag(reader: Reader, repository: Item, tag: str | None) -> Item | None:
    return next((image for image in repositories.images(reader, repository) if tag in image.body["tags"]), None)


def _free(unit: Unit, repository: Item, tag: str, digest: str) -> None:
    """Take a tag from the image that has it, unless tags may not move."""
    holder = _by_tag(unit, repository, tag)
    if holder is None or holder.name == digest:
        return
    if repository.body["imageTagMutability"] != "MUTABLE":
        raise refuse("tag taken", tag=tag, name=repository.name)
    _tagged(unit, holder, [one for one in holder.body["tags"] if one != tag])


def _tagged(unit: Unit, image: Item, tags: list[str]) -> Item:
    return unit.change_item(msgspec.structs.replace(image, body={**image.body, "tags": tags}))


def _media_type(manifest: str, said: str | None) -> str:
    """What kind of manifest it is, as the request says or the manifest itself; refused when it is no JSON."""
    try:
        document = json.loads(manifest)
    except ValueError:
        raise refuse("bad manifest") from None
    own = document.get("mediaType") if isinstance(document, dict) else None
    return str(said or own or MANIFEST)


def _size(manifest: str) -> int:
    """What the manifest says its configuration and layers have; none of them is here."""
    document = json.loads(manifest)
    parts = [document.get("config"), *(document.get("layers") or ())] if isinstance(document, dict) else []
    return sum(int(part.get("size") or 0) for part in parts if isinstance(part, dict))


def _id(image: Item, tag: str | None) -> dict[str, str]:
    return {"imageDigest": image.name, **({} if tag is None else {"imageTag": tag})}


def _shown(image: Item, repository: Item, tag: str | None) -> dict[str, Any]:
    return {
        "registryId": repository.account,
        "repositoryName": repository.name,
        "imageId": _id(image, tag),
        "imageManifest": image.body["manifest"],
        "imageManifestMediaType": image.body["mediaType"],
    }


def _detail(image: Item, repository: Item) -> dict[str, Any]:
    tags = image.body["tags"]
    return {
        "registryId": repository.account,
        "repositoryName": repository.name,
        "imageDigest": image.name,
        **({"imageTags": tags} if tags else {}),
        "imageSizeInBytes": _size(image.body["manifest"]),
        "imagePushedAt": image.created,
        "imageManifestMediaType": image.body["mediaType"],
    }


OPERATIONS: Final = {
    "BatchCheckLayerAvailability": Operation(batch_check_layer_availability, writes=False),
    "BatchDeleteImage": Operation(batch_delete_image, writes=True),
    "BatchGetImage": Operation(batch_get_image, writes=False),
    "DescribeImages": Operation(describe_images, writes=False),
    "GetDownloadUrlForLayer": Operation(get_download_url_for_layer, writes=False),
    "ListImages": Operation(list_images, writes=False),
    "PutImage": Operation(put_image, writes=True),
}
