"""Key material: 32 random bytes, sealed by the deployment's key; and the ciphertexts that it makes.

A ciphertext says which key and which material it was made with, so Decrypt needs no KeyId and rotated keys still
open what they closed. AES-256-GCM; the encryption context is authenticated with it, order-free.
"""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from msgspec import Struct

from rolecall.services.call import Platform
from rolecall.services.kms.errors import refuse
from rolecall.store.records import Item

FORM: Final = b"\x01rk"  # begins every ciphertext: the version of its layout
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
ID_BYTES: Final = 16
MATERIAL_BYTES: Final = 32
HEADER_BYTES: Final = len(FORM) + ID_BYTES + MATERIAL_BYTES + NONCE_BYTES


class Ciphertext(Struct, frozen=True):
    """The parts of a ciphertext."""

    key_id: str
    material: str
    nonce: bytes
    sealed: bytes
    header: bytes


def new(platform: Platform, key_id: str, now: datetime) -> dict[str, Any]:
    """Fresh material of a key, as its item keeps it."""
    secret = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()
    identifier = secrets.token_hex(MATERIAL_BYTES)
    sealed = platform.seal_secret(_owner(key_id, identifier), secret)
    return {"id": identifier, "sealed": base64.b64encode(sealed).decode(), "since": now.timestamp()}


def current(item: Item) -> Mapping[str, Any]:
    """The material that encrypts now; the others only decrypt."""
    newest: Mapping[str, Any] = item.body["_materials"][-1]
    return newest


def encrypt(platform: Platform, item: Item, plaintext: bytes, context: Mapping[str, str]) -> bytes:
    """A ciphertext under the key's current material."""
    material = current(item)
    nonce = secrets.token_bytes(NONCE_BYTES)
    header = FORM + uuid.UUID(item.name).bytes + bytes.fromhex(material["id"]) + nonce
    return header + _cipher(platform, item, material).encrypt(nonce, plaintext, header + canonical(context))


def decrypt(platform: Platform, item: Item, ciphertext: Ciphertext, context: Mapping[str, str]) -> bytes:
    """The plaintext; refused when context, key or bytes are not those it was made with."""
    material = next((one for one in item.body["_materials"] if one["id"] == ciphertext.material), None)
    if material is None:
        raise refuse("bad ciphertext")
    try:
        return _cipher(platform, item, material).decrypt(
            ciphertext.nonce, ciphertext.sealed, ciphertext.header + canonical(context)
        )
    except InvalidTag:
        raise refuse("bad ciphertext") from None


def read(blob: bytes) -> Ciphertext:
    """The parts of a ciphertext; refused when it is none of ours."""
    if not blob.startswith(FORM) or len(blob) <= HEADER_BYTES:
        raise refuse("bad ciphertext")
    header, sealed = blob[:HEADER_BYTES], blob[HEADER_BYTES:]
    key_id = header[len(FORM) : len(FORM) + ID_BYTES]
    material = header[len(FORM) + ID_BYTES : -NONCE_BYTES]
    return Ciphertext(str(uuid.UUID(bytes=key_id)), material.hex(), header[-NONCE_BYTES:], sealed, header)


def canonical(context: Mapping[str, str]) -> bytes:
    """An encryption context as bytes: the same for the same pairs in any order, and for no others."""
    made = bytearray()
    for name, value in sorted(context.items()):
        for text in (name.encode(), value.encode()):
            made += len(text).to_bytes(4, "big") + text
    return bytes(made)


def _cipher(platform: Platform, item: Item, material: Mapping[str, Any]) -> AESGCM:
    sealed = base64.b64decode(material["sealed"])
    return AESGCM(base64.b64decode(platform.open_secret(_owner(item.name, material["id"]), sealed)))


def _owner(key_id: str, material: str) -> str:
    """The name under which material is sealed: it opens for this key and this material only."""
    return f"kms/{key_id}/{material}"
