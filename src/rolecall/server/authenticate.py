"""Who signed this request? From a signature to a caller, with AWS's errors in AWS's order.

A session token is unsealed and must be in its time; a long-term key must be known and active; then the signature
must be the secret's. Everything here looks at one snapshot of the store.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from rolecall.authorization.caller import Caller
from rolecall.credentials.claims import SessionClaims
from rolecall.credentials.errors import SecretDamaged, TokenDamaged
from rolecall.credentials.keyring import Keyring
from rolecall.services.iam.authenticate import caller_for
from rolecall.store.ports import Reader
from rolecall.wire import sigv2
from rolecall.wire.errors import AwsError, Fault, fault
from rolecall.wire.http import HttpRequest
from rolecall.wire.sigv4 import Signature, verify
from rolecall.wire.sigv4.keys import SIGNING_KEYS

ACTIVE: Final = "Active"


def authenticate(
    request: HttpRequest,
    signature: Signature,
    reader: Reader,
    keyring: Keyring,
    now: datetime,
    *,
    partition: str = "aws",
    explain: bool = False,
) -> Caller:
    """The caller whose secret made the signature; raises the family's AwsError."""
    family = signature.family
    if signature.token is not None:
        claims = _claims(signature, keyring, now)
        _verify(request, signature, claims.secret, now, explain=explain)
        row = None
    else:
        claims = None
        row = reader.access_key(signature.access_key_id)
        if row is None or row["status"] != ACTIVE:
            raise fault(family, Fault.UNKNOWN_KEY)
        try:
            sealed = row["sealed_secret"]
            secret = reader.kept(
                ("secret", signature.access_key_id), lambda: keyring.open_secret(signature.access_key_id, sealed)
            )
        except SecretDamaged:
            # Whoever rotated the keys away must hear of it in the log; the client hears that the key is no good.
            raise fault(family, Fault.UNKNOWN_KEY) from None
        _verify(request, signature, secret, now, explain=explain)
    try:
        if claims is None:
            return reader.kept(
                ("caller", signature.access_key_id, partition),
                lambda: caller_for(reader, row, None, partition=partition),
            )
        return caller_for(reader, row, claims, partition=partition)
    except AwsError as problem:
        # The holder is gone: said as every family says it.
        raise fault(family, Fault.UNKNOWN_KEY) from problem


def chunk_key(signature: Signature, reader: Reader, keyring: Keyring, now: datetime) -> bytes:
    """The key that signs the pieces of a body, of somebody whose signature was found to be right."""
    if signature.token is not None:
        secret = _claims(signature, keyring, now).secret
    else:
        row = reader.access_key(signature.access_key_id)
        if row is None:
            raise fault(signature.family, Fault.UNKNOWN_KEY)
        secret = keyring.open_secret(signature.access_key_id, row["sealed_secret"])
    return SIGNING_KEYS.key(secret, signature.date, signature.region, signature.service)


def _verify(request: HttpRequest, signature: Signature, secret: str, now: datetime, *, explain: bool) -> None:
    if signature.algorithm == sigv2.ALGORITHM:
        sigv2.verify(request, signature, secret)
    else:
        verify(request, signature, secret, now, explain=explain)


def _claims(signature: Signature, keyring: Keyring, now: datetime) -> SessionClaims:
    try:
        claims = keyring.unseal_session(signature.token or "")
    except TokenDamaged:
        raise fault(signature.family, Fault.DAMAGED_TOKEN) from None
    if claims.access_key_id != signature.access_key_id:
        raise fault(signature.family, Fault.DAMAGED_TOKEN)
    if claims.expires <= now.timestamp():
        raise fault(signature.family, Fault.EXPIRED_TOKEN)
    return claims
