"""Buckets: create, head, delete, list, and where they are."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import botocore.session

from rolecall.services.call import Call, Operation
from rolecall.services.s3 import common, rows
from rolecall.services.s3.errors import lacking, refuse
from rolecall.services.s3.names import after, bucket_arn, is_bucket_name
from rolecall.services.s3.rows import SERVICE
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item, Listing

HOME: Final = "us-east-1"
# All four on: so are buckets made since April 2023.
BLOCKED: Final = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
OWNERSHIP: Final = "BucketOwnerEnforced"
OTHER_OWNERSHIPS: Final = ("BucketOwnerPreferred", "ObjectWriter")


def create_bucket(call: Call, unit: Unit) -> Mapping[str, Any]:
    given = call.parameters
    name = str(given["Bucket"])
    if not is_bucket_name(name):
        raise refuse("bucket name", BucketName=name)
    common.check_headers(call)
    _check_ownership(given.get("ObjectOwnership"))
    configuration = given.get("CreateBucketConfiguration") or {}
    for member in ("Location", "Bucket"):
        if configuration.get(member):
            raise lacking("directory buckets")
    region = _region(call, configuration.get("LocationConstraint"))
    tags = common.check_tags(
        [(str(tag.get("Key", "")), str(tag.get("Value", ""))) for tag in configuration.get("Tags") or []],
        bucket=True,
    )
    there = rows.bucket(unit, call.partition, name)
    arn = bucket_arn(call.partition, name)
    location = f"/{name}" if call.region == HOME else f"http://{name}.s3.amazonaws.com/"
    if there is not None and there.account != call.account:
        raise refuse("bucket taken", BucketName=name)
    if there is not None:
        if call.region != HOME or there.body["Region"] != HOME or tags:
            raise refuse("own bucket", BucketName=name)
        return {"Location": location, "BucketArn": arn}
    unit.add_item(
        Item(
            account=call.account,
            service=SERVICE,
            type="bucket",
            name=name,
            arn=arn,
            unique_id=call.platform.new_id("bucket-", 32),
            created=call.now,
            modified=call.now,
            body={"Region": region, "PublicAccessBlock": BLOCKED, "Ownership": OWNERSHIP},
        ),
        tags,
    )
    return {"Location": location, "BucketArn": arn}


def _check_ownership(value: object) -> None:
    if value in (None, OWNERSHIP):
        return
    if value in OTHER_OWNERSHIPS:
        raise lacking(f"buckets with ACLs (object ownership {value})")
    raise refuse("ownership", value=value, ArgumentName="x-amz-object-ownership", ArgumentValue=value)


def _region(call: Call, constraint: object) -> str:
    """Where a bucket comes to be: the region of the endpoint is that of the signature."""
    asked = None if constraint is None else str(constraint)
    if call.region == HOME:
        if asked is None:
            return HOME
        if asked == HOME or asked not in _regions(call.partition):
            raise refuse("location", LocationConstraint=asked)
        return "eu-west-1" if asked == "EU" else asked
    if asked != call.region:
        raise refuse("elsewhere", region=asked or "unspecified")
    return asked


def _regions(partition: str) -> frozenset[str]:
    session = botocore.session.get_session()
    return frozenset({*session.get_available_regions("s3", partition), "EU"})


def head_bucket(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    return {"BucketArn": home.arn, "BucketRegion": home.body["Region"], "AccessPointAlias": False}


def delete_bucket(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    for kind in ("object", "version"):
        page = unit.items(
            Listing(account=home.account, service=SERVICE, type=kind, parent=home.unique_id, limit=1)
        )
        if page.items:
            raise refuse("versions left" if home.body.get("Versioning") else "not empty", BucketName=home.name)
    gone: list[str] = []
    while uploads := unit.items(
        Listing(account=home.account, service=SERVICE, type="upload", parent=home.unique_id, limit=100)
    ).items:
        for upload in uploads:
            for part in list(rows.parts(unit, home, str(upload.body["UploadId"]))):
                gone += rows.end(unit, part)
            unit.remove_item(upload.id)
    unit.remove_item(home.id)
    return {"_gone": gone}


def list_buckets(call: Call, reader: Reader) -> Mapping[str, Any]:
    given = call.parameters
    prefix = str(given.get("Prefix") or "")
    most = int(given["MaxBuckets"]) if given.get("MaxBuckets") is not None else 10_000
    token = given.get("ContinuationToken")
    start = prefix
    if token:
        try:
            start = max(start, base64.urlsafe_b64decode(str(token)).decode() + "\x01")
        except ValueError:
            raise refuse("token", ArgumentName="continuation-token", ArgumentValue=token) from None
    found: list[Item] = []
    while len(found) <= most:
        page = reader.items(
            Listing(
                account=call.account,
                service=SERVICE,
                type="bucket",
                name_from=start or None,
                name_until=after(prefix),
                limit=1000,
            )
        ).items
        wanted = given.get("BucketRegion")
        found += [item for item in page if wanted in (None, item.body["Region"])]
        if len(page) < 1000:
            break
        start = page[-1].name + "\x01"
    made: dict[str, Any] = {
        "Buckets": [
            {
                "Name": item.name,
                "CreationDate": item.created,
                "BucketRegion": item.body["Region"],
                "BucketArn": item.arn,
            }
            for item in found[:most]
        ],
        "Owner": common.owner(call.account),
    }
    if prefix:
        made["Prefix"] = prefix
    if len(found) > most:
        made["ContinuationToken"] = base64.urlsafe_b64encode(found[most - 1].name.encode()).decode()
    return made


def get_bucket_location(call: Call, reader: Reader) -> Mapping[str, Any]:
    region = common.home_of(call, reader).body["Region"]
    return {"LocationConstraint": None if region == HOME else region}


OPERATIONS: Final = {
    "CreateBucket": Operation(create_bucket, writes=True),
    "HeadBucket": Operation(head_bucket, writes=False),
    "DeleteBucket": Operation(delete_bucket, writes=True),
    "ListBuckets": Operation(list_buckets, writes=False),
    "GetBucketLocation": Operation(get_bucket_location, writes=False),
}
