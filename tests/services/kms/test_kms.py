"""KMS as its clients use it: encryption round trips, the life of a key, aliases, grants; and what is refused."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from rolecall.server import Running, running
from rolecall.services.kms.materials import canonical

ACCOUNT = "123456789012"
NOWHERE = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def up() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture
def kms(up: Running) -> Any:
    return up.client("kms")


@pytest.fixture
def key(kms: Any) -> str:
    return str(kms.create_key(Description="for a test")["KeyMetadata"]["Arn"])


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_what_was_encrypted_comes_back_with_its_context_in_any_order(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "1", "b": "2"})["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext={"b": "2", "a": "1"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"secret", key)
    assert opened["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"


@pytest.mark.parametrize(
    "damage",
    [
        {"EncryptionContext": {"a": "2"}},
        {"EncryptionContext": {}},
        {"EncryptionContext": {"a": "1", "b": "1"}},
        {"CiphertextBlob": b"no ciphertext of ours"},
    ],
    ids=["another context", "none", "more", "other bytes"],
)
def test_nothing_else_opens_it(kms: Any, key: str, damage: dict[str, Any]) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "1"})["CiphertextBlob"]
    asked = {"CiphertextBlob": blob, "EncryptionContext": {"a": "1"}, **damage}
    assert refusal(kms.decrypt, **asked) == ("InvalidCiphertextException", "")


def test_every_byte_of_a_ciphertext_counts(kms: Any, key: str) -> None:
    blob = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    for place in range(0, len(blob), 7):
        damaged = bytearray(blob)
        damaged[place] ^= 1
        assert refusal(kms.decrypt, CiphertextBlob=bytes(damaged))[0] == "InvalidCiphertextException"


def test_a_ciphertext_of_another_key_is_the_wrong_one(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["KeyId"]
    blob = kms.encrypt(KeyId=other, Plaintext=b"x")["CiphertextBlob"]
    assert refusal(kms.decrypt, CiphertextBlob=blob, KeyId=key) == (
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )


def test_data_keys_open_to_what_was_given(kms: Any, key: str) -> None:
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    sealed = kms.generate_data_key_without_plaintext(KeyId=key, NumberOfBytes=17)
    assert "Plaintext" not in sealed
    assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == 17


def test_rotation_keeps_old_ciphertexts_readable(kms: Any, key: str) -> None:
    before = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    kms.rotate_key_on_demand(KeyId=key)
    after = kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"])
    opened = kms.decrypt(CiphertextBlob=before)
    assert opened["Plaintext"] == b"x"
    assert opened["KeyMaterialId"] != after["KeyMaterialId"]


def test_re_encrypting_moves_to_another_key_and_context(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "1"})["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=other,
        DestinationEncryptionContext={"b": "2"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"b": "2"})["Plaintext"] == b"x"


def test_a_key_that_is_switched_off_or_going_is_of_no_use(kms: Any, key: str) -> None:
    kms.disable_key(KeyId=key)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == ("DisabledException", f"{key} is disabled.")
    kms.enable_key(KeyId=key)
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert refusal(kms.encrypt, KeyId=key, Plaintext=b"x") == (
        "KMSInvalidStateException",
        f"{key} is pending deletion.",
    )
    kms.cancel_key_deletion(KeyId=key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"


def test_aliases_move_between_keys(kms: Any, key: str) -> None:
    other = kms.create_key()["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/moving", TargetKeyId=key)
    kms.update_alias(AliasName="alias/moving", TargetKeyId=other)
    assert kms.describe_key(KeyId="alias/moving")["KeyMetadata"]["Arn"] == other
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    assert [alias["AliasName"] for alias in kms.list_aliases(KeyId=other)["Aliases"]] == ["alias/moving"]
    kms.delete_alias(AliasName="alias/moving")
    assert refusal(kms.describe_key, KeyId="alias/moving")[0] == "NotFoundException"


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        ("describe_key", {"KeyId": NOWHERE}, "NotFoundException",
         f"Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/{NOWHERE}' does not exist"),
        ("describe_key", {"KeyId": "x"}, "NotFoundException", "Invalid keyId 'x'"),
        ("describe_key", {"KeyId": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/{NOWHERE}"}, "NotFoundException",
         "Invalid arn eu-west-1"),
        ("describe_key", {"KeyId": "alias/none"}, "NotFoundException",
         f"Alias arn:aws:kms:us-east-1:{ACCOUNT}:alias/none is not found."),
        ("create_key", {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}, "UnsupportedOperationException", None),
        ("create_key", {"Tags": [{"TagKey": "aws:x", "TagValue": "y"}]}, "TagException",
         "Tags beginning with aws: are reserved"),
        ("create_key", {"Policy": "{"}, "MalformedPolicyDocumentException", None),
        ("create_key", {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/x"}, "Action": "kms:*",
             "Resource": "*"}]})}, "MalformedPolicyDocumentException",
         "The new key policy will not allow you to update the key policy in the future."),
    ],
)  # fmt: skip
def test_what_is_refused(
    kms: Any, operation: str, parameters: dict[str, Any], code: str, message: str | None
) -> None:
    found, told = refusal(getattr(kms, operation), **parameters)
    assert found == code
    assert message is None or told == message


def test_a_grant_of_the_same_name_and_content_is_the_same_grant(kms: Any, key: str) -> None:
    asked = {
        "KeyId": key,
        "Name": "once",
        "GranteePrincipal": f"arn:aws:iam::{ACCOUNT}:user/x",
        "Operations": ["Encrypt"],
    }
    first, again = kms.create_grant(**asked), kms.create_grant(**asked)
    assert first["GrantId"] == again["GrantId"]
    assert [grant["GrantId"] for grant in kms.list_grants(KeyId=key)["Grants"]] == [first["GrantId"]]
    kms.retire_grant(GrantToken=first["GrantToken"])
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_a_named_grant_is_found_among_many(kms: Any, key: str) -> None:
    grantee = f"arn:aws:iam::{ACCOUNT}:user/x"
    first = kms.create_grant(KeyId=key, Name="once", GranteePrincipal=grantee, Operations=["Encrypt"])
    for _ in range(110):
        kms.create_grant(KeyId=key, GranteePrincipal=grantee, Operations=["Decrypt"])
    again = kms.create_grant(KeyId=key, Name="once", GranteePrincipal=grantee, Operations=["Encrypt"])
    assert again["GrantId"] == first["GrantId"]


def test_another_accounts_key_has_no_aliases_to_list() -> None:
    theirs = "222222222222"
    with running(accounts=(ACCOUNT, theirs)) as up:
        key = up.client("kms").create_key()["KeyMetadata"]["Arn"]
        root = next(one for one in up.roots if one.account == theirs)
        stranger = up.client(
            "kms", aws_access_key_id=root.access_key_id, aws_secret_access_key=root.secret_access_key
        )
        missing = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{NOWHERE}"
        told = [refusal(stranger.list_aliases, KeyId=arn) for arn in (key, missing)]
    assert told[0][0] == told[1][0] == "NotFoundException"
    assert told[0][1].replace(key, missing) == told[1][1]


def test_a_dry_run_does_nothing(kms: Any, key: str) -> None:
    assert (
        refusal(kms.generate_data_key, KeyId=key, KeySpec="AES_128", DryRun=True)[0] == "DryRunOperationException"
    )


def test_nothing_that_is_kept_holds_a_plaintext(tmp_path: Path) -> None:
    secret = b"a secret nobody else should read"
    with running(data=tmp_path) as up:
        kms = up.client("kms")
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.decrypt(CiphertextBlob=kms.encrypt(KeyId=key, Plaintext=secret)["CiphertextBlob"])
        data_key = kms.generate_data_key(KeyId=key, KeySpec="AES_256")["Plaintext"]
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"GenerateDataKey" in kept  # the trail is among what was read
    for plaintext in (secret, data_key):
        assert plaintext not in kept
        assert base64.b64encode(plaintext) not in kept


texts = st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=4)


@given(texts, texts)
def test_two_contexts_are_the_same_bytes_only_when_they_are_equal(
    one: dict[str, str], other: dict[str, str]
) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)
