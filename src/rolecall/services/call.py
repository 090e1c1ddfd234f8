"""What a handler is given: the parsed call and the platform. Handlers never decide on access and never import
each other; they raise `AwsError` and give back the output members of their operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol

from msgspec import Struct

from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims
from rolecall.decision.profile import Profile
from rolecall.services.blobs import Blobs
from rolecall.store.ports import Reader, Unit

NO_KEYS: Final[Mapping[str, str]] = MappingProxyType({})


class Platform(Protocol):
    """What the edge lends to services: time, randomness, secrets, and calls to other services."""

    time_scale: float
    default_account: str
    endpoint: str  # the address under which clients reach the server
    accounts: tuple[str, ...]
    blobs: Blobs  # where bytes of objects lie
    profile: Profile  # which AWS decisions follow

    def new_id(self, prefix: str, length: int = 21, alphabet: str | None = None) -> str:
        """A fresh identifier such as AIDA…; letters and digits of AWS's alphabet (A-Z2-7) by default."""

    def new_secret(self) -> str:
        """40 characters, as AWS's secret access keys."""

    def seal_secret(self, access_key_id: str, secret: str) -> bytes:
        """Encrypt a secret access key, or another secret under its owner's name, for storage."""

    def open_secret(self, access_key_id: str, sealed: bytes) -> str:
        """What was sealed under this name; raises credentials.SecretDamaged."""

    def seal_session(self, claims: SessionClaims, at_least: int = 0) -> tuple[str, int]:
        """A session token of some least length, and its PackedPolicySize in percent; raises
        credentials.TokenTooLarge."""

    def open_message(self, text: str) -> bytes | None:
        """The inside of an encoded authorization message; None when it is none of this deployment."""

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
        """An authorized call to another service inside the same unit of work.

        keys: condition keys that it carries. at: account and region of what it is about; None: the caller's.
        """

    def may(self, call: Call, reader: Reader, action: str, resource: str) -> bool:
        """Whether the caller may do something to a resource (ARN), of whichever account: nothing is done."""


class Call(Struct, frozen=True):
    """One authorized API call. parameters: as botocore's model types them (datetimes, bytes, ints…).

    found: what was found for the decision (ApiCall.found). received: a body that was taken in before.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]
    caller: Caller
    account: str
    region: str
    now: datetime
    request_id: str
    platform: Platform
    source_ip: str = "127.0.0.1"
    user_agent: str = ""
    partition: str = "aws"
    found: Mapping[str, Any] = {}
    received: Any = None


ReadHandler = Callable[[Call, Reader], Mapping[str, Any]]
WriteHandler = Callable[[Call, Unit], Mapping[str, Any]]


class Operation(Struct, frozen=True):
    """An API operation that is served. `writes` says which kind of handler it is."""

    handler: Callable[..., Mapping[str, Any]]
    writes: bool
