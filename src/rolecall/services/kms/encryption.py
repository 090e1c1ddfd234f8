"""Encrypt, Decrypt, ReEncrypt and data keys."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from rolecall.services.call import Call, Operation
from rolecall.services.kms import grants, lookups, materials
from rolecall.services.kms.errors import refuse
from rolecall.services.kms.keys import SYMMETRIC
from rolecall.store.ports import Reader
from rolecall.store.records import Item

SIZES: Final = {"AES_256": 32, "AES_128": 16}


def encrypt(call: Call, reader: Reader) -> Mapping[str, Any]:
    key = _key(call, reader, "KeyId")
    _ready(call, key, "EncryptionAlgorithm")
    blob = materials.encrypt(call.platform, key, call.parameters["Plaintext"], _context(call))
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": SYMMETRIC}


def decrypt(call: Call, reader: Reader) -> Mapping[str, Any]:
    blob = materials.read(call.parameters["CiphertextBlob"])
    key = _key(call, reader, "KeyId")
    _ready(call, key, "EncryptionAlgorithm")
    return {
        "KeyId": key.arn,
        "Plaintext": _opened(call, key, blob, _context(call)),
        "EncryptionAlgorithm": SYMMETRIC,
        "KeyMaterialId": blob.material,
    }


def re_encrypt(call: Call, reader: Reader) -> Mapping[str, Any]:
    blob = materials.read(call.parameters["CiphertextBlob"])
    source = _key(call, reader, "SourceKeyId")
    target = _key(call, reader, "DestinationKeyId")
    for key, member in ((source, "SourceEncryptionAlgorithm"), (target, "DestinationEncryptionAlgorithm")):
        _ready(call, key, member)
    plaintext = _opened(call, source, blob, _context(call, "SourceEncryptionContext"))
    made = materials.encrypt(call.platform, target, plaintext, _context(call, "DestinationEncryptionContext"))
    return {
        "CiphertextBlob": made,
        "SourceKeyId": source.arn,
        "KeyId": target.arn,
        "SourceEncryptionAlgorithm": SYMMETRIC,
        "DestinationEncryptionAlgorithm": SYMMETRIC,
        "SourceKeyMaterialId": blob.material,
        "DestinationKeyMaterialId": materials.current(target)["id"],
    }


def generate_data_key(call: Call, reader: Reader) -> Mapping[str, Any]:
    plaintext, answer = _data_key(call, reader)
    return {**answer, "Plaintext": plaintext}


def generate_data_key_without_plaintext(call: Call, reader: Reader) -> Mapping[str, Any]:
    return _data_key(call, reader)[1]


def generate_random(call: Call, reader: Reader) -> Mapping[str, Any]:
    count = call.parameters.get("NumberOfBytes")
    if count is None:
        raise refuse("random size")
    return {"Plaintext": secrets.token_bytes(int(count))}


def _data_key(call: Call, reader: Reader) -> tuple[bytes, dict[str, Any]]:
    key = _key(call, reader, "KeyId")
    spec, count = call.parameters.get("KeySpec"), call.parameters.get("NumberOfBytes")
    if (spec is None) == (count is None):
        raise refuse("data key size")
    _ready(call, key, "EncryptionAlgorithm")
    plaintext = secrets.token_bytes(SIZES[spec] if spec is not None else int(count or 0))
    blob = materials.encrypt(call.platform, key, plaintext, _context(call))
    return plaintext, {
        "CiphertextBlob": blob,
        "KeyId": key.arn,
        "KeyMaterialId": materials.current(key)["id"],
    }


def _key(call: Call, reader: Reader, member: str) -> Item:
    return lookups.usable(lookups.find(call, reader, member))


def _ready(call: Call, key: Item, algorithm: str) -> None:
    """The last checks before anything is done; a dry run ends here."""
    grants.check_tokens(call.parameters.get("GrantTokens"))
    if call.parameters.get(algorithm) not in (None, SYMMETRIC):
        raise refuse("unsupported algorithm", arn=key.arn)
    if call.parameters.get("Recipient"):
        raise refuse("no enclaves")
    if call.parameters.get("DryRun"):
        raise refuse("dry run")


def _opened(call: Call, key: Item, blob: materials.Ciphertext, context: Mapping[str, str]) -> bytes:
    if blob.key_id != key.name:
        raise refuse("wrong key")
    return materials.decrypt(call.platform, key, blob, context)


def _context(call: Call, member: str = "EncryptionContext") -> Mapping[str, str]:
    return call.parameters.get(member) or {}


OPERATIONS: Final = {
    "Encrypt": Operation(encrypt, writes=False),
    "Decrypt": Operation(decrypt, writes=False),
    "ReEncrypt": Operation(re_encrypt, writes=False),
    "GenerateDataKey": Operation(generate_data_key, writes=False),
    "GenerateDataKeyWithoutPlaintext": Operation(generate_data_key_without_plaintext, writes=False),
    "GenerateRandom": Operation(generate_random, writes=False),
}
