"""SSH public keys of users, as CodeCommit takes them: RSA, in the form of OpenSSH or PEM."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
    load_ssh_public_key,
)

from rolecall.services.call import Call, Operation
from rolecall.services.iam import users
from rolecall.services.iam.entities import USER, find
from rolecall.services.iam.errors import fault
from rolecall.services.iam.paging import page
from rolecall.services.iam.quotas import SSH_KEYS_PER_USER
from rolecall.services.iam.user_credentials import ACTIVE, SSH_KEY
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

SMALLEST: Final = 2048  # bits


def _read(body: str) -> RSAPublicKey:
    """The key in a request: `ssh-rsa …` or PEM. InvalidPublicKey for what is none, or too short."""
    text = body.strip().encode()
    try:
        key = load_pem_public_key(text) if text.startswith(b"-----BEGIN") else load_ssh_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise fault("bad SSH key") from None
    if not isinstance(key, RSAPublicKey) or key.key_size < SMALLEST:
        raise fault("bad SSH key")
    return key


def _as_ssh(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _as_pem(key: RSAPublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


WRITTEN: Final = {"SSH": _as_ssh, "PEM": _as_pem}


def fingerprint(key: RSAPublicKey) -> str:
    """MD5 over the key as SSH sends it, as `ssh-keygen -l -E md5` shows it."""
    digest = hashlib.md5(base64.b64decode(_as_ssh(key).split()[1]), usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def _brief(item: Item, user: Item) -> dict[str, Any]:
    return {
        "UserName": user.name,
        "SSHPublicKeyId": item.name,
        "Status": item.status,
        "UploadDate": item.created,
    }


def upload(call: Call, unit: Unit) -> Mapping[str, Any]:
    user = find(call, unit, USER)
    body = call.parameters["SSHPublicKeyBody"]
    key = _read(body)
    canonical = _as_ssh(key)
    present = SSH_KEY.of(user, unit)
    if any(_as_ssh(_read(one.body["Body"])) == canonical for one in present):
        raise fault("SSH key exists")
    if len(present) >= SSH_KEYS_PER_USER:
        raise fault("quota", quota="SSHPublicKeysPerUser", limit=SSH_KEYS_PER_USER)
    item = SSH_KEY.add(call, unit, user, call.platform.new_id("APKA"), {"Body": body})
    view = {**_brief(item, user), "Fingerprint": fingerprint(key), "SSHPublicKeyBody": body, "Status": ACTIVE}
    return {"SSHPublicKey": view}


def get(call: Call, reader: Reader) -> Mapping[str, Any]:
    user, item = SSH_KEY.named(call, reader)
    key = _read(item.body["Body"])
    body = WRITTEN[call.parameters["Encoding"]](key)
    view = {**_brief(item, user), "Fingerprint": fingerprint(key), "SSHPublicKeyBody": body}
    return {"SSHPublicKey": view}


def list_keys(call: Call, reader: Reader) -> Mapping[str, Any]:
    user = users.named_or_calling_user(call, reader)
    found, tail = page(call, SSH_KEY.of(user, reader), lambda item: item.name)
    return {"SSHPublicKeys": [_brief(item, user) for item in found], **tail}


OPERATIONS: Final = {
    "UploadSSHPublicKey": Operation(handler=upload, writes=True),
    "GetSSHPublicKey": Operation(handler=get, writes=False),
    "ListSSHPublicKeys": Operation(handler=list_keys, writes=False),
    "UpdateSSHPublicKey": Operation(handler=SSH_KEY.set_status, writes=True),
    "DeleteSSHPublicKey": Operation(handler=SSH_KEY.delete, writes=True),
}
