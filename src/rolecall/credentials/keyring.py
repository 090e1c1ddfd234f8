"""The keys of a deployment: secrets of access keys at rest, and the sealing of session tokens.

A key comes from ROLECALL_KEY (shared by all gateways) or from a file of mode 0600 in the data directory, which is
made when missing. Two keys are accepted while rotating: the first seals, both open. Nothing here is logged, and
no repr shows a key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from rolecall.credentials import tokens
from rolecall.credentials.claims import SessionClaims
from rolecall.credentials.errors import KeyUnusable, SecretDamaged, TokenDamaged

ENVIRONMENT: Final = "ROLECALL_KEY"
KEY_FILE: Final = "key"
KEY_BYTES: Final = 32
_NAME_BYTES: Final = 4
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16


class _Key:
    """One master key and what is derived from it; `name` tells sealed values apart, and tells nothing else."""

    def __init__(self, master: bytes) -> None:
        self.name = hashlib.sha256(b"rolecall key name" + master).digest()[:_NAME_BYTES]
        self.secrets = AESGCM(_derive(master, b"rolecall access key secrets"))
        self.sessions = AESGCM(_derive(master, b"rolecall session tokens"))
        self.messages = AESGCM(_derive(master, b"rolecall authorization messages"))


class Keyring:
    def __init__(self, masters: tuple[bytes, ...]) -> None:
        """One key, or two while rotating: the current one first."""
        if not 1 <= len(masters) <= 2:
            raise KeyUnusable(
                f"one key or two are accepted, not {len(masters)}: the current one and the one before"
            )
        if any(len(master) != KEY_BYTES for master in masters):
            raise KeyUnusable(f"a key has {KEY_BYTES} bytes")
        self._keys = {key.name: key for key in map(_Key, masters)}
        self._current = next(iter(self._keys.values()))

    @property
    def rotating(self) -> bool:
        """Whether a second key is there, which only opens."""
        return len(self._keys) > 1

    @property
    def names(self) -> frozenset[bytes]:
        """What sealed values begin with, of the keys that are here."""
        return frozenset(self._keys)

    @classmethod
    def ephemeral(cls) -> Keyring:
        """A key that ends with the process."""
        return cls((secrets.token_bytes(KEY_BYTES),))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Keyring | None:
        """Keys of ROLECALL_KEY, separated by commas; None when it is not set."""
        text = environment.get(ENVIRONMENT)
        return None if not text else cls(_masters(text.split(","), ENVIRONMENT))

    @classmethod
    def in_directory(cls, directory: str | Path) -> Keyring:
        """Keys of the file in a data directory, a line each; made when missing."""
        path = Path(directory) / KEY_FILE
        try:
            return cls(_masters(_private_text(path).split(), str(path)))
        except FileNotFoundError:
            return cls(_masters(_make_key_file(path).split(), str(path)))

    @classmethod
    def open(cls, directory: str | Path | None = None, environment: Mapping[str, str] = os.environ) -> Keyring:
        """From the environment if it has a key, else from the data directory, else ephemeral."""
        shared = cls.from_environment(environment)
        if shared is not None:
            return shared
        return cls.ephemeral() if directory is None else cls.in_directory(directory)

    # ---- secrets of access keys
    def seal_secret(self, access_key_id: str, secret: str) -> bytes:
        """For storage; opens only under the same access key id."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = self._current.secrets.encrypt(nonce, secret.encode(), access_key_id.encode())
        return self._current.name + nonce + sealed

    def open_secret(self, access_key_id: str, sealed: bytes) -> str:
        key = self._keys.get(sealed[:_NAME_BYTES])
        if key is None:
            raise SecretDamaged(
                f"the secret of {access_key_id} was sealed with a key that is not here: start with the {KEY_FILE} "
                f"file or {ENVIRONMENT} of the gateway that wrote it"
            )
        body = sealed[_NAME_BYTES:]
        try:
            opened = key.secrets.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], access_key_id.encode())
        except (InvalidTag, ValueError):
            raise SecretDamaged(f"the stored secret of {access_key_id} is damaged") from None
        return opened.decode()

    def reseal_secret(self, access_key_id: str, sealed: bytes) -> bytes | None:
        """The secret under the current key; None when it is already. Rotation is over when all were resealed."""
        if sealed[:_NAME_BYTES] == self._current.name:
            return None
        return self.seal_secret(access_key_id, self.open_secret(access_key_id, sealed))

    # ---- session tokens
    def seal_session(self, claims: SessionClaims, at_least: int = 0) -> tuple[str, int]:
        """A session token of some least length, and its PackedPolicySize in percent (0: nothing counts).

        Raises TokenTooLarge.
        """
        percent = tokens.packed_percent(claims)
        header = tokens.HEADER + self._current.name
        nonce = secrets.token_bytes(_NONCE_BYTES)
        packed = tokens.pack(claims)
        # Whatever follows the claims is not read: a token is stretched by nothing at all.
        packed += bytes(max(0, -(-at_least * 3 // 4) - len(header) - len(nonce) - len(packed) - _TAG_BYTES))
        sealed = self._current.sessions.encrypt(nonce, packed, header)
        return tokens.to_text(header + nonce + sealed), percent

    def unseal_session(self, token: str) -> SessionClaims:
        """What a token says, expired or not. Raises TokenDamaged."""
        raw = tokens.from_text(token)
        header, body = raw[: len(tokens.HEADER) + _NAME_BYTES], raw[len(tokens.HEADER) + _NAME_BYTES :]
        key = self._keys.get(header[len(tokens.HEADER) :])
        if key is None or not header.startswith(tokens.HEADER):
            raise TokenDamaged("not a token of this deployment")
        try:
            packed = key.sessions.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], header)
        except (InvalidTag, ValueError):
            raise TokenDamaged("the token is damaged") from None
        return tokens.unpack(packed)

    # ---- encoded authorization messages
    def seal_message(self, message: bytes) -> str:
        """What a client is given of a denial: nobody reads it but through DecodeAuthorizationMessage."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return tokens.to_text(self._current.name + nonce + self._current.messages.encrypt(nonce, message, None))

    def open_message(self, text: str) -> bytes:
        """Raises TokenDamaged."""
        raw = tokens.from_text(text)
        key, body = self._keys.get(raw[:_NAME_BYTES]), raw[_NAME_BYTES:]
        if key is None:
            raise TokenDamaged("not a message of this deployment")
        try:
            return key.messages.decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], None)
        except (InvalidTag, ValueError):
            raise TokenDamaged("the message is damaged") from None


def _derive(master: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=purpose).derive(master)


def _masters(texts: list[str], where: str) -> tuple[bytes, ...]:
    try:
        masters = tuple(base64.b64decode(text.strip(), validate=True) for text in texts)
    except (binascii.Error, ValueError):
        raise KeyUnusable(f"{where} holds no base64") from None
    if any(len(master) != KEY_BYTES for master in masters):
        raise KeyUnusable(f"{where}: a key is base64 of {KEY_BYTES} bytes (openssl rand -base64 {KEY_BYTES})")
    if not 1 <= len(masters) <= 2:
        raise KeyUnusable(f"{where} holds {len(masters)} keys; one is expected, or two while rotating")
    return masters


def _private_text(path: Path) -> str:
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise KeyUnusable(
                f"{path} may be read by others (mode {mode:04o}): chmod 600 {path}, or make a new key"
            )
        return path.read_text("ascii")
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise KeyUnusable(f"cannot read {path}: {error}") from error


def _make_key_file(path: Path) -> str:
    """Make the file whole or not at all; when another process was first, its key counts."""
    text = base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n"
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(handle, text.encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            os.link(fresh, path)
        except FileExistsError:
            return _private_text(path)
        finally:
            fresh.unlink()
        _sync_directory(path.parent)
    except OSError as error:
        raise KeyUnusable(f"cannot write {path}: {error.strerror}") from error
    return text


def _sync_directory(directory: Path) -> None:
    # A key that is lost in a power cut takes all secrets with it.
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
