"""What the edge lends to services: randomness, secrets, and calls to other services (services.call.Platform)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from rolecall.authorization.caller import Caller
from rolecall.credentials import identifiers
from rolecall.credentials.claims import SessionClaims
from rolecall.credentials.errors import TokenDamaged
from rolecall.credentials.keyring import Keyring
from rolecall.server.settings import Settings
from rolecall.services.blobs import Blobs
from rolecall.services.call import NO_KEYS, Call
from rolecall.store.ports import Reader, Unit


class Forwarder(Protocol):
    """Who performs calls that services make to each other."""

    def forward(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        unit: Unit,
        as_principal: Caller,
        keys: Mapping[str, str] = NO_KEYS,
        at: tuple[str, str] | None = None,
    ) -> Mapping[str, Any]: ...

    def may(self, call: Call, reader: Reader, action: str, resource: str) -> bool: ...


class ServerPlatform:
    """One per server. `forwarder` is set once, when the dispatcher that needs this platform exists."""

    def __init__(self, settings: Settings, keyring: Keyring) -> None:
        self.time_scale = settings.time_scale
        self.accounts = settings.accounts
        self.profile = settings.profile
        self.default_account = settings.accounts[0]
        self.endpoint = settings.address
        self.blobs = Blobs(None if settings.ephemeral else settings.folder / "blobs")
        self._keyring = keyring
        self.forwarder: Forwarder | None = None

    def new_id(self, prefix: str, length: int = 21, alphabet: str | None = None) -> str:
        return identifiers.new_id(prefix, length, alphabet)

    def new_secret(self) -> str:
        return identifiers.new_secret()

    def seal_secret(self, access_key_id: str, secret: str) -> bytes:
        return self._keyring.seal_secret(access_key_id, secret)

    def open_secret(self, access_key_id: str, sealed: bytes) -> str:
        return self._keyring.open_secret(access_key_id, sealed)

    def seal_session(self, claims: SessionClaims, at_least: int = 0) -> tuple[str, int]:
        return self._keyring.seal_session(claims, at_least)

    def seal_message(self, message: bytes) -> str:
        """An encoded authorization message."""
        return self._keyring.seal_message(message)

    def open_message(self, text: str) -> bytes | None:
        try:
            return self._keyring.open_message(text)
        except TokenDamaged:
            return None

    def call(
        self,
        call: Call,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        unit: Unit,
        *,
        as_principal: Caller,
        keys: Mapping[str, str] = NO_KEYS,
        at: tuple[str, str] | None = None,
    ) -> Mapping[str, Any]:
        return self._forwarding().forward(call, service, operation, parameters, unit, as_principal, keys, at)

    def may(self, call: Call, reader: Reader, action: str, resource: str) -> bool:
        return self._forwarding().may(call, reader, action, resource)

    def _forwarding(self) -> Forwarder:
        if self.forwarder is None:
            raise RuntimeError("the platform has no forwarder: it was not made by a dispatcher")
        return self.forwarder
