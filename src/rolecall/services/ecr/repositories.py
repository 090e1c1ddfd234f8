"""Repositories: made, listed, tagged, with their policies; and the token that docker logs in with."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

import msgspec

from rolecall.policy.document import PolicyType
from rolecall.policy.findings import PolicyError
from rolecall.policy.parser import parse
from rolecall.services.call import Call, Operation
from rolecall.services.ecr.errors import refuse
from rolecall.services.resource_policies import RELATION, digest_of
from rolecall.services.walking import every
from rolecall.store.errors import BadPageToken
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

SERVICE: Final = "ecr"
REPOSITORY: Final = "repository"
IMAGE: Final = "image"
TAGS: Final = 50
PAGE: Final = 100
HOURS: Final = 12  # that a login lasts


def registry(call: Call) -> str:
    return str(call.parameters.get("registryId") or call.account)


def find(call: Call, reader: Reader, name: str | None = None) -> Item:
    """The repository that a request names; it may lie in another account's registry."""
    wanted = str(call.parameters["repositoryName"]) if name is None else name
    item = reader.item(registry(call), SERVICE, REPOSITORY, wanted, region=call.region)
    if item is None:
        raise refuse("no such repository", name=wanted, registry=registry(call))
    return item


def images(reader: Reader, repository: Item) -> Iterator[Item]:
    """All images of a repository by digest."""
    listing = Listing(
        account=repository.account, service=SERVICE, type=IMAGE, region=repository.region, parent=repository.name
    )
    return every(reader, listing)


def get_authorization_token(call: Call, reader: Reader) -> Mapping[str, Any]:
    """A login of docker's. It opens nothing here: images are declared, not stored."""
    token = base64.b64encode(f"AWS:{call.platform.new_secret()}".encode()).decode()
    wanted = call.parameters.get("registryIds") or [call.account]
    return {
        "authorizationData": [
            {
                "authorizationToken": token,
                "expiresAt": call.now + timedelta(hours=HOURS),
                "proxyEndpoint": f"https://{host(str(account), call.region)}",
            }
            for account in wanted
        ]
    }


def host(account: str, region: str) -> str:
    return f"{account}.dkr.ecr.{region}.amazonaws.com"


def create_repository(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    name = str(given["repositoryName"])
    if registry(call) != call.account:
        raise refuse("no such repository", name=name, registry=registry(call))
    if unit.item(call.account, SERVICE, REPOSITORY, name, region=call.region) is not None:
        raise refuse("repository taken", name=name, registry=call.account)
    item = unit.add_item(
        Item(
            account=call.account,
            region=call.region,
            service=SERVICE,
            type=REPOSITORY,
            name=name,
            arn=f"arn:{call.partition}:{SERVICE}:{call.region}:{call.account}:{REPOSITORY}/{name}",
            created=call.now,
            modified=call.now,
            body={
                "imageTagMutability": given.get("imageTagMutability") or "MUTABLE",
                "imageScanningConfiguration": {
                    "scanOnPush": bool((given.get("imageScanningConfiguration") or {}).get("scanOnPush"))
                },
                "encryptionConfiguration": dict(
                    given.get("encryptionConfiguration") or {"encryptionType": "AES256"}
                ),
            },
        ),
        _checked(given.get("tags") or (), {}),
    )
    return {"repository": _shown(item)}


def delete_repository(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    held = list(images(unit, item))
    if held and not call.parameters.get("force"):
        raise refuse("not empty", name=item.name, registry=item.account)
    for image in held:
        unit.remove_item(image.id)
    unit.remove_item(item.id)
    return {"repository": _shown(item)}


def describe_repositories(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    if given.get("repositoryNames"):
        return {"repositories": [_shown(find(call, reader, str(name))) for name in given["repositoryNames"]]}
    listing = Listing(
        account=registry(call),
        service=SERVICE,
        type=REPOSITORY,
        region=call.region,
        limit=int(given.get("maxResults") or PAGE),
        after=given.get("nextToken"),
    )
    try:
        page = reader.items(listing)
    except BadPageToken:
        raise refuse("bad token") from None
    answer: dict[str, Any] = {"repositories": [_shown(item) for item in page.items]}
    return answer | ({"nextToken": page.next} if page.next else {})


def put_image_tag_mutability(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    how = call.parameters["imageTagMutability"]
    unit.change_item(msgspec.structs.replace(item, body={**item.body, "imageTagMutability": how}))
    return {"registryId": item.account, "repositoryName": item.name, "imageTagMutability": how}


def set_repository_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    text = str(call.parameters["policyText"])
    try:
        parse(text, PolicyType.RESOURCE)
    except PolicyError:
        raise refuse("bad policy") from None
    unit.link(item.id, RELATION, unit.put_document(text))
    return _policy(item, text)


def get_repository_policy(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = find(call, reader)
    return _policy(item, _text(reader, item))


def delete_repository_policy(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = find(call, unit)
    text = _text(unit, item)
    unit.unlink(item.id, RELATION)
    return _policy(item, text)


def tag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _by_arn(call, unit)
    unit.set_tags(item.id, _checked(call.parameters["tags"], unit.tags(item.id)))
    return {}


def untag_resource(call: Call, unit: Unit) -> Mapping[str, Any]:
    item = _by_arn(call, unit)
    held = unit.tags(item.id)
    unit.remove_tags(item.id, [str(key) for key in call.parameters["tagKeys"] if key in held])
    return {}


def list_tags_for_resource(call: Call, reader: Reader) -> Mapping[str, Any]:
    item = _by_arn(call, reader)
    return {"tags": [{"Key": key, "Value": value} for key, value in reader.tags(item.id).items()]}


def _by_arn(call: Call, reader: Reader) -> Item:
    arn = str(call.parameters["resourceArn"])
    if ":repository/" not in arn:
        raise refuse("bad arn")
    item = reader.item_by_arn(arn)
    if item is None or (item.service, item.type, item.region) != (SERVICE, REPOSITORY, call.region):
        raise refuse("no such repository", name=arn.partition(":repository/")[2], registry=call.account)
    return item


def _checked(tags: Iterable[Mapping[str, Any]], held: Mapping[str, str]) -> dict[str, str]:
    given = {str(tag["Key"]): str(tag.get("Value") or "") for tag in tags}
    if any(key.lower().startswith("aws:") for key in given):
        raise refuse("reserved tag")
    if len({**held, **given}) > TAGS:
        raise refuse("too many tags", limit=TAGS)
    return given


def _text(reader: Reader, item: Item) -> str:
    digest = digest_of(reader, item)
    text = None if digest is None else reader.document(digest)
    if text is None:
        raise refuse("no policy", name=item.name, registry=item.account)
    return text


def _policy(item: Item, text: str) -> dict[str, Any]:
    return {"registryId": item.account, "repositoryName": item.name, "policyText": text}


def _shown(item: Item) -> dict[str, Any]:
    return {
        "repositoryArn": item.arn,
        "registryId": item.account,
        "repositoryName": item.name,
        "repositoryUri": f"{host(item.account, item.region)}/{item.name}",
        "createdAt": item.created,
        **item.body,
    }


OPERATIONS: Final = {
    "CreateRepository": Operation(create_repository, writes=True),
    "DeleteRepository": Operation(delete_repository, writes=True),
    "DeleteRepositoryPolicy": Operation(delete_repository_policy, writes=True),
    "DescribeRepositories": Operation(describe_repositories, writes=False),
    "GetAuthorizationToken": Operation(get_authorization_token, writes=False),
    "GetRepositoryPolicy": Operation(get_repository_policy, writes=False),
    "ListTagsForResource": Operation(list_tags_for_resource, writes=False),
    "PutImageTagMutability": Operation(put_image_tag_mutability, writes=True),
    "SetRepositoryPolicy": Operation(set_repository_policy, writes=True),
    "TagResource": Operation(tag_resource, writes=True),
    "UntagResource": Operation(untag_resource, writes=True),
}
