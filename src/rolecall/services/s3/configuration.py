"""What a bucket is set to: versioning, encryption, tags, public access, ownership; and its unchanging ACL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import replace

from rolecall.services.call import Call, Operation
from rolecall.services.s3 import common
from rolecall.services.s3.buckets import OTHER_OWNERSHIPS, OWNERSHIP
from rolecall.services.s3.errors import lacking, refuse
from rolecall.services.s3.objects import owners_acl
from rolecall.services.s3.preparation import KMS
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SWITCHES: Final = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
DEFAULT: Final = {"SSEAlgorithm": "AES256"}


def _change(unit: Unit, home: Item, call: Call, **members: Any) -> None:
    """Set members of a bucket's row; None takes one away."""
    body = {name: value for name, value in {**home.body, **members}.items() if value is not None}
    unit.change_item(replace(home, body=body, modified=call.now))


def get_bucket_versioning(call: Call, reader: Reader) -> Mapping[str, Any]:
    status = common.home_of(call, reader).body.get("Versioning")
    return {"Status": status} if status else {}


def put_bucket_versioning(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    given = call.parameters.get("VersioningConfiguration")
    if not isinstance(given, Mapping):
        raise refuse("xml")
    if given.get("MFADelete") == "Enabled" or call.parameters.get("MFA"):
        raise lacking("MFA delete")
    if given.get("Status") is None:
        raise refuse("versioning")
    if given["Status"] not in ("Enabled", "Suspended"):
        raise refuse("xml")
    _change(unit, home, call, Versioning=given["Status"])
    return {}


def get_bucket_encryption(call: Call, reader: Reader) -> Mapping[str, Any]:
    rule = dict(common.home_of(call, reader).body.get("Encryption") or DEFAULT)
    bucket_key = bool(rule.pop("BucketKeyEnabled", False))
    rules = [{"ApplyServerSideEncryptionByDefault": rule, "BucketKeyEnabled": bucket_key}]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def put_bucket_encryption(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    rules = (call.parameters.get("ServerSideEncryptionConfiguration") or {}).get("Rules") or []
    if len(rules) != 1:
        raise refuse("xml")
    given = rules[0].get("ApplyServerSideEncryptionByDefault") or DEFAULT
    algorithm = given.get("SSEAlgorithm")
    if algorithm not in ("AES256", *KMS) or (algorithm == "AES256" and given.get("KMSMasterKeyID")):
        raise refuse("xml")
    rule = {name: given[name] for name in ("SSEAlgorithm", "KMSMasterKeyID") if given.get(name)}
    if rules[0].get("BucketKeyEnabled"):
        rule["BucketKeyEnabled"] = True
    _change(unit, home, call, Encryption=rule, EncryptionSet=True)
    return {}


def delete_bucket_encryption(call: Call, unit: Unit) -> Mapping[str, Any]:
    _change(unit, common.home_of(call, unit), call, Encryption=None, EncryptionSet=None)
    return {}


def get_bucket_tagging(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    tags = reader.tags(home.id)
    if not tags:
        raise refuse("no tags", BucketName=home.name)
    return {"TagSet": common.listed_tags(tags)}


def put_bucket_tagging(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    tags = common.check_tags(common.tag_set(call.parameters.get("Tagging")), bucket=True)
    unit.remove_tags(home.id, [key for key in unit.tags(home.id) if key not in tags])
    unit.set_tags(home.id, tags)
    return {}


def delete_bucket_tagging(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    unit.remove_tags(home.id, list(unit.tags(home.id)))
    return {}


def get_public_access_block(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    block = home.body.get("PublicAccessBlock")
    if block is None:
        raise refuse("no access block", BucketName=home.name)
    return {"PublicAccessBlockConfiguration": block}


def put_public_access_block(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    given = call.parameters.get("PublicAccessBlockConfiguration")
    if not isinstance(given, Mapping):
        raise refuse("xml")
    _change(unit, home, call, PublicAccessBlock={name: bool(given.get(name)) for name in SWITCHES})
    return {}


def delete_public_access_block(call: Call, unit: Unit) -> Mapping[str, Any]:
    _change(unit, common.home_of(call, unit), call, PublicAccessBlock=None)
    return {}


def get_ownership(call: Call, reader: Reader) -> Mapping[str, Any]:
    home = common.home_of(call, reader)
    if home.body.get("Ownership") is None:
        raise refuse("no ownership", BucketName=home.name)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": home.body["Ownership"]}]}}


def put_ownership(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    rules = (call.parameters.get("OwnershipControls") or {}).get("Rules") or []
    if len(rules) != 1:
        raise refuse("xml")
    wanted = rules[0].get("ObjectOwnership")
    if wanted in OTHER_OWNERSHIPS:
        raise lacking(f"buckets with ACLs (object ownership {wanted})")
    if wanted != OWNERSHIP:
        raise refuse("xml")
    _change(unit, home, call, Ownership=wanted)
    return {}


def delete_ownership(call: Call, unit: Unit) -> Mapping[str, Any]:
    """ACLs stay disabled: a bucket that AWS would let have them has none here."""
    _change(unit, common.home_of(call, unit), call, Ownership=None)
    return {}


def get_bucket_acl(call: Call, reader: Reader) -> Mapping[str, Any]:
    return owners_acl(common.home_of(call, reader).account)


def put_bucket_acl(call: Call, unit: Unit) -> Mapping[str, Any]:
    home = common.home_of(call, unit)
    given = call.parameters
    policy = given.get("AccessControlPolicy")
    own = owners_acl(home.account)["Grants"]
    if given.get("ACL") not in (None, "private") or any(given.get(name) for name in common.GRANTS):
        raise refuse("no acls")
    if policy is not None and policy.get("Grants") != own:
        raise refuse("no acls")
    return {}


def get_bucket_abac(call: Call, reader: Reader) -> Mapping[str, Any]:
    common.home_of(call, reader)
    return {"AbacStatus": {"Status": "Disabled"}}


def put_bucket_abac(call: Call, unit: Unit) -> Mapping[str, Any]:
    common.home_of(call, unit)
    if (call.parameters.get("AbacStatus") or {}).get("Status") != "Disabled":
        raise lacking("decisions by the tags of buckets (ABAC)")
    return {}


OPERATIONS: Final = {
    "GetBucketVersioning": Operation(get_bucket_versioning, writes=False),
    "PutBucketVersioning": Operation(put_bucket_versioning, writes=True),
    "GetBucketEncryption": Operation(get_bucket_encryption, writes=False),
    "PutBucketEncryption": Operation(put_bucket_encryption, writes=True),
    "DeleteBucketEncryption": Operation(delete_bucket_encryption, writes=True),
    "GetBucketTagging": Operation(get_bucket_tagging, writes=False),
    "PutBucketTagging": Operation(put_bucket_tagging, writes=True),
    "DeleteBucketTagging": Operation(delete_bucket_tagging, writes=True),
    "GetPublicAccessBlock": Operation(get_public_access_block, writes=False),
    "PutPublicAccessBlock": Operation(put_public_access_block, writes=True),
    "DeletePublicAccessBlock": Operation(delete_public_access_block, writes=True),
    "GetBucketOwnershipControls": Operation(get_ownership, writes=False),
    "PutBucketOwnershipControls": Operation(put_ownership, writes=True),
    "DeleteBucketOwnershipControls": Operation(delete_ownership, writes=True),
    "GetBucketAcl": Operation(get_bucket_acl, writes=False),
    "PutBucketAcl": Operation(put_bucket_acl, writes=True),
    "GetBucketAbac": Operation(get_bucket_abac, writes=False),
    "PutBucketAbac": Operation(put_bucket_abac, writes=True),
}
