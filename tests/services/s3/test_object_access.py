"""S3 end to end: who gets to what, and what clients do with objects, with boto3 against a live server."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server import Running, running
from rolecall.wire.http import HttpRequest
from rolecall.wire.sigv2 import string_to_sign

OWNER, STRANGER = "123456789012", "210987654321"
OPEN = {
    "BlockPublicAcls": False,
    "IgnorePublicAcls": False,
    "BlockPublicPolicy": False,
    "RestrictPublicBuckets": False,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(accounts=(OWNER, STRANGER)) as up:
        yield up


class Bucket:
    """A bucket with an object `a/x` (tag team=red) and two users: of its account, and of another one."""

    def __init__(self, server: Running) -> None:
        self.server = server
        self.root = server.client("s3")
        self.name = f"b-{uuid.uuid4().hex[:12]}"
        self.arn = f"arn:aws:s3:::{self.name}"
        self.root.create_bucket(Bucket=self.name)
        self.root.put_object(Bucket=self.name, Key="a/x", Body=b"hello", Tagging="team=red")
        self.own, self.own_arn, self._own_iam = self._user(OWNER)
        self.other, self.other_arn, self._other_iam = self._user(STRANGER)

    def _user(self, account: str) -> tuple[Any, str, Any]:
        root = next(key for key in self.server.roots if key.account == account)
        keys = {"AccessKeyId": root.access_key_id, "SecretAccessKey": root.secret_access_key}
        iam = self.server.client_with(keys, "iam")
        name = f"u-{uuid.uuid4().hex[:8]}"
        arn = iam.create_user(UserName=name)["User"]["Arn"]
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self.server.client_with(key, "s3"), arn, (iam, name)

    def let(self, *statements: dict[str, Any], other: bool = False) -> None:
        iam, name = self._other_iam if other else self._own_iam
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)

    def policy(self, *statements: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.root.put_bucket_policy(Bucket=self.name, Policy=document)


@pytest.fixture
def bucket(server: Running) -> Bucket:
    return Bucket(server)


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource, **more}


def refusal(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**parameters)
    return str(error.value.response["Error"]["Code"])


def test_a_bucket_policy_alone_lets_a_user_of_the_account_in(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "a/x"}
    assert refusal(bucket.own.get_object, **named) == "AccessDenied"
    bucket.policy(allow("s3:GetObject", f"{bucket.arn}/*", Principal={"AWS": bucket.own_arn}))
    assert bucket.own.get_object(**named)["Body"].read() == b"hello"


def test_another_account_needs_both_policies(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "a/x"}
    bucket.policy(allow("s3:GetObject", f"{bucket.arn}/*", Principal={"AWS": bucket.other_arn}))
    assert refusal(bucket.other.get_object, **named) == "AccessDenied"
    bucket.let(allow("s3:GetObject"), other=True)
    assert bucket.other.get_object(**named)["Body"].read() == b"hello"


def test_a_missing_key_is_told_only_to_those_who_may_list(bucket: Bucket) -> None:
    bucket.let(allow("s3:GetObject"))
    assert refusal(bucket.own.get_object, Bucket=bucket.name, Key="none") == "AccessDenied"
    bucket.let(allow("s3:GetObject"), allow("s3:ListBucket"))
    assert refusal(bucket.own.get_object, Bucket=bucket.name, Key="none") == "NoSuchKey"


def test_a_prefix_is_present_exactly_when_it_is_sent(bucket: Bucket) -> None:
    bucket.let(allow("s3:ListBucket", Condition={"StringEquals": {"s3:prefix": ["", "a/"]}}))
    assert bucket.own.list_objects_v2(Bucket=bucket.name, Prefix="a/")["KeyCount"] == 1
    assert bucket.own.list_objects_v2(Bucket=bucket.name, Prefix="")["KeyCount"] == 1
    assert refusal(bucket.own.list_objects_v2, Bucket=bucket.name) == "AccessDenied"
    assert refusal(bucket.own.head_bucket, Bucket=bucket.name) == "403"


@pytest.mark.parametrize(("team", "allowed"), [("red", True), ("blue", False)])
def test_tags_of_an_object_decide_on_reading_it(bucket: Bucket, team: str, allowed: bool) -> None:
    bucket.let(allow("s3:GetObject", Condition={"StringEquals": {"s3:ExistingObjectTag/team": team}}))
    if allowed:
        assert bucket.own.get_object(Bucket=bucket.name, Key="a/x")["TagCount"] == 1
    else:
        assert refusal(bucket.own.get_object, Bucket=bucket.name, Key="a/x") == "AccessDenied"


def test_a_version_id_asks_for_another_action(bucket: Bucket) -> None:
    bucket.let(allow("s3:GetObject"))
    assert refusal(bucket.own.get_object, Bucket=bucket.name, Key="a/x", VersionId="null") == "AccessDenied"
    bucket.let(allow("s3:GetObjectVersion"))
    assert bucket.own.get_object(Bucket=bucket.name, Key="a/x", VersionId="null")["ContentLength"] == 5
    assert refusal(bucket.own.get_object, Bucket=bucket.name, Key="a/x") == "AccessDenied"


def test_tags_in_a_header_need_an_action_of_their_own(bucket: Bucket) -> None:
    bucket.let(allow("s3:PutObject"))
    bucket.own.put_object(Bucket=bucket.name, Key="k", Body=b"")
    assert refusal(bucket.own.put_object, Bucket=bucket.name, Key="k", Body=b"", Tagging="a=b") == "AccessDenied"
    bucket.let(allow("s3:PutObject*"))
    bucket.own.put_object(Bucket=bucket.name, Key="k", Body=b"", Tagging="a=b")


def test_a_demand_for_encryption_holds_for_every_part_of_an_upload(bucket: Bucket) -> None:
    bucket.let(allow("s3:PutObject"))
    missing = {"StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}}
    bucket.policy(deny("s3:PutObject", f"{bucket.arn}/*", Condition=missing))
    named = {"Bucket": bucket.name, "Key": "k"}
    assert refusal(bucket.own.create_multipart_upload, **named) == "AccessDenied"
    upload = bucket.own.create_multipart_upload(**named, ServerSideEncryption="AES256")["UploadId"]
    part = bucket.own.upload_part(**named, UploadId=upload, PartNumber=1, Body=b"x")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumCRC32": part["ChecksumCRC32"]}]}
    made = bucket.own.complete_multipart_upload(**named, UploadId=upload, MultipartUpload=parts)
    assert made["ETag"].endswith('-1"')


def test_who_began_an_upload_may_end_it(bucket: Bucket) -> None:
    bucket.let(allow("s3:PutObject"))
    named = {"Bucket": bucket.name, "Key": "k"}
    upload = bucket.own.create_multipart_upload(**named)["UploadId"]
    assert bucket.own.list_parts(**named, UploadId=upload).get("Parts") is None
    bucket.policy(deny("s3:AbortMultipartUpload", f"{bucket.arn}/*"))
    assert refusal(bucket.own.abort_multipart_upload, **named, UploadId=upload) == "AccessDenied"
    bucket.root.delete_bucket_policy(Bucket=bucket.name)
    bucket.own.abort_multipart_upload(**named, UploadId=upload)


def test_each_key_of_a_deletion_is_decided_alone(bucket: Bucket) -> None:
    bucket.let(allow("s3:DeleteObject", f"{bucket.arn}/mine/*"))
    bucket.root.put_object(Bucket=bucket.name, Key="mine/1", Body=b"")
    keys = {"Objects": [{"Key": "mine/1"}, {"Key": "a/x"}]}
    made = bucket.own.delete_objects(Bucket=bucket.name, Delete=keys)
    assert [one["Key"] for one in made["Deleted"]] == ["mine/1"]
    assert [(one["Key"], one["Code"]) for one in made["Errors"]] == [("a/x", "AccessDenied")]


def test_a_copy_needs_the_source_and_the_target(bucket: Bucket) -> None:
    copy = {"Bucket": bucket.name, "Key": "c", "CopySource": {"Bucket": bucket.name, "Key": "a/x"}}
    for actions in ("s3:GetObject*", "s3:PutObject*"):
        bucket.let(allow(actions))
        assert refusal(bucket.own.copy_object, **copy) == "AccessDenied"
    bucket.let(allow("s3:GetObject*"), allow("s3:PutObject*"))
    bucket.own.copy_object(**copy)
    assert bucket.own.get_object_tagging(Bucket=bucket.name, Key="c")["TagSet"] == [
        {"Key": "team", "Value": "red"}
    ]


def test_a_public_policy_is_refused_until_the_bucket_lets_it(bucket: Bucket) -> None:
    everybody = allow("s3:GetObject", f"{bucket.arn}/*", Principal="*")
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        bucket.policy(everybody)
    address = f"{bucket.server.endpoint}/{bucket.name}/a/x"
    bucket.root.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=OPEN)
    bucket.policy(everybody)
    assert bucket.root.get_bucket_policy_status(Bucket=bucket.name)["PolicyStatus"]["IsPublic"]
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == b"hello"
    restricted = {**OPEN, "RestrictPublicBuckets": True}
    bucket.root.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=restricted)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address)


def test_the_root_user_gets_a_bucket_back_from_its_policy(bucket: Bucket) -> None:
    bucket.policy(deny("s3:*", bucket.arn))
    assert refusal(bucket.root.get_bucket_versioning, Bucket=bucket.name) == "AccessDenied"
    bucket.root.delete_bucket_policy(Bucket=bucket.name)
    bucket.root.get_bucket_versioning(Bucket=bucket.name)


def test_the_policy_of_a_bucket_is_not_for_other_accounts(bucket: Bucket) -> None:
    bucket.policy(allow("s3:GetBucketPolicy", bucket.arn, Principal={"AWS": bucket.other_arn}))
    bucket.let(allow("s3:GetBucketPolicy"), other=True)
    assert refusal(bucket.other.get_bucket_policy, Bucket=bucket.name) == "MethodNotAllowed"


def test_a_wrong_expected_owner_is_refused(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "a/x"}
    assert refusal(bucket.root.get_object, **named, ExpectedBucketOwner=STRANGER) == "AccessDenied"
    assert refusal(bucket.root.get_object, **named, ExpectedBucketOwner="x") == "InvalidBucketOwnerAWSAccountID"


def test_encryption_with_kms_asks_for_the_key_through_s3(bucket: Bucket) -> None:
    kms = bucket.server.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    put = {"Bucket": bucket.name, "Key": "e", "Body": b"s", "ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    bucket.let(allow("s3:*"))
    with pytest.raises(ClientError, match="kms:GenerateDataKey") as error:
        bucket.own.put_object(**put)
    assert error.value.response["Error"]["Code"] == "AccessDenied"
    through = {"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
    bucket.let(allow("s3:*"), allow("kms:*", key, Condition=through))
    assert bucket.own.put_object(**put)["SSEKMSKeyId"] == key
    assert bucket.own.get_object(Bucket=bucket.name, Key="e")["Body"].read() == b"s"
    kms.disable_key(KeyId=key)
    assert refusal(bucket.own.get_object, Bucket=bucket.name, Key="e") == "KMS.DisabledException"


def test_objects_under_kms_need_the_newer_signature(bucket: Bucket) -> None:
    """S3 User Guide, "Using server-side encryption with AWS KMS keys"."""
    bucket.root.put_object(Bucket=bucket.name, Key="sealed", Body=b"x", ServerSideEncryption="aws:kms")
    url = bucket.root.generate_presigned_url("get_object", Params={"Bucket": bucket.name, "Key": "sealed"})
    assert "AWSAccessKeyId=" in url  # Signature Version 2
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)
    assert refused.value.code == 400
    assert b"require AWS Signature Version 4" in refused.value.read()


def test_presigned_urls_of_both_versions(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "a/x"}
    older = bucket.root.generate_presigned_url("get_object", Params=named)
    assert "AWSAccessKeyId=" in older
    with urllib.request.urlopen(older) as answer:
        assert answer.read() == b"hello"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(older.replace("/a/x?", "/a/y?"))


def test_the_text_that_version_2_signs() -> None:
    query = "AWSAccessKeyId=A&Signature=S&Expires=1795474430&x-amz-security-token=TOK%3D%3D"
    request = HttpRequest("GET", "/my-bucket/k", query, (("host", "127.0.0.1"),), b"")
    assert string_to_sign(request) == "GET\n\n\n1795474430\nx-amz-security-token:TOK==\n/my-bucket/k"


@pytest.mark.parametrize(
    "key",
    ["../up", "a//b/../c", "/lead", "tr/", "a b+c%2F", "ü~\U0001f600", "x" * 1024, "\x01\x02", ".", "a?b#c&d=e"],
)
def test_a_key_is_kept_byte_for_byte(bucket: Bucket, key: str) -> None:
    bucket.root.put_object(Bucket=bucket.name, Key=key, Body=key.encode())
    assert bucket.root.get_object(Bucket=bucket.name, Key=key)["Body"].read() == key.encode()
    listed = {one["Key"] for one in bucket.root.list_objects_v2(Bucket=bucket.name)["Contents"]}
    assert listed == {"a/x", key}
    bucket.root.delete_object(Bucket=bucket.name, Key=key)
    assert bucket.root.list_objects_v2(Bucket=bucket.name)["KeyCount"] == 1


def test_pages_roll_up_at_a_delimiter(bucket: Bucket) -> None:
    for key in ("a/y", "b/1", "b/2", "c", "d/1"):
        bucket.root.put_object(Bucket=bucket.name, Key=key, Body=b"")
    seen: list[str] = []
    for page in bucket.root.get_paginator("list_objects_v2").paginate(
        Bucket=bucket.name, Delimiter="/", PaginationConfig={"PageSize": 1}
    ):
        seen += [one["Prefix"] for one in page.get("CommonPrefixes", [])]
        seen += [one["Key"] for one in page.get("Contents", [])]
    assert seen == ["a/", "b/", "c", "d/"]


def test_a_body_that_is_not_what_was_said_leaves_nothing(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "bad"}
    assert refusal(bucket.root.put_object, **named, Body=b"x", ChecksumCRC32="AAAAAA==") == "BadDigest"
    assert refusal(bucket.root.put_object, **named, Body=b"x", ContentMD5="AAAA") == "InvalidDigest"
    assert refusal(bucket.root.head_object, **named) == "404"


def test_conditions_of_writes_and_reads(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "a/x"}
    assert refusal(bucket.root.put_object, **named, Body=b"", IfNoneMatch="*") == "PreconditionFailed"
    etag = bucket.root.head_object(**named)["ETag"]
    assert refusal(bucket.root.get_object, **named, IfNoneMatch=etag) == "304"
    bucket.root.put_object(**named, Body=b"2", IfMatch=etag)
    assert refusal(bucket.root.put_object, **named, Body=b"3", IfMatch=etag) == "PreconditionFailed"
    assert refusal(bucket.root.get_object, **named, Range="bytes=7-") == "InvalidRange"


def test_versions_come_back_when_a_marker_goes(bucket: Bucket) -> None:
    named = {"Bucket": bucket.name, "Key": "a/x"}
    bucket.root.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    bucket.root.put_object(**named, Body=b"two")
    marker = bucket.root.delete_object(**named)
    assert marker["DeleteMarker"]
    assert refusal(bucket.root.get_object, **named) == "NoSuchKey"
    assert refusal(bucket.root.get_object, **named, VersionId=marker["VersionId"]) == "MethodNotAllowed"
    bucket.root.delete_object(**named, VersionId=marker["VersionId"])
    assert bucket.root.get_object(**named)["Body"].read() == b"two"
    assert bucket.root.get_object(**named, VersionId="null")["Body"].read() == b"hello"
    assert refusal(bucket.root.delete_bucket, Bucket=bucket.name) == "BucketNotEmpty"


def test_what_is_not_served_says_so_after_the_decision(bucket: Bucket) -> None:
    rules = {"Bucket": bucket.name, "WebsiteConfiguration": {"IndexDocument": {"Suffix": "i"}}}
    assert refusal(bucket.own.put_bucket_website, **rules) == "AccessDenied"
    assert refusal(bucket.root.put_bucket_website, **rules) == "NotImplemented"


def test_objects_outlive_the_server(tmp_path: Path) -> None:
    body = b"x" * 3_000_000
    with running(data=tmp_path) as up:
        up.client("s3").create_bucket(Bucket="lasting-bucket")
        up.client("s3").put_object(Bucket="lasting-bucket", Key="k", Body=body)
    stray = tmp_path / "blobs" / "incoming" / "stray"
    stray.write_bytes(b"left over")
    with running(data=tmp_path) as up:
        assert up.client("s3").get_object(Bucket="lasting-bucket", Key="k")["Body"].read() == body
        assert not stray.exists()
