"""JSON web tokens (RFC 7519): read one, and see whether a provider's key signed it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from msgspec import Struct

from rolecall.services.sts.errors import fault

HASHES: Final[Mapping[str, type[hashes.HashAlgorithm]]] = {
    "256": hashes.SHA256,
    "384": hashes.SHA384,
    "512": hashes.SHA512,
}
CURVES: Final[Mapping[str, tuple[str, type[ec.EllipticCurve], int]]] = {
    # algorithm: curve as the key names it, curve, octets of a coordinate
    "ES256": ("P-256", ec.SECP256R1, 32),
    "ES384": ("P-384", ec.SECP384R1, 48),
    "ES512": ("P-521", ec.SECP521R1, 66),
}
# What IAM takes. "none" and shared secrets (HS…) are not among them.
ALGORITHMS: Final = frozenset({"RS256", "RS384", "RS512", *CURVES})
SMALLEST_RSA: Final = 2048


class WebToken(Struct, frozen=True):
    """A token in its parts; `signed` is what the signature covers."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes


def read(text: str) -> WebToken:
    parts = text.split(".")
    if len(parts) != 3:
        raise fault("not a JWT")
    try:
        header, claims = (msgspec.json.decode(_bytes(part)) for part in parts[:2])
        signature = _bytes(parts[2])
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise fault("not a JWT") from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise fault("not a JWT")
    return WebToken(header, claims, ".".join(parts[:2]).encode(), signature)


def is_signed_by(token: WebToken, keys: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of the keys made the signature, with the algorithm that the header names."""
    algorithm, key_id = token.header.get("alg"), token.header.get("kid")
    if algorithm not in ALGORITHMS:
        return False
    fitting = [key for key in keys if key_id is None or key.get("kid") == key_id]
    return any(_verifies(token, str(algorithm), key) for key in fitting)


def _verifies(token: WebToken, algorithm: str, key: Mapping[str, Any]) -> bool:
    if key.get("alg", algorithm) != algorithm or key.get("use", "sig") != "sig":
        return False
    digest = HASHES[algorithm[2:]]()
    try:
        if algorithm.startswith("RS"):
            if key["kty"] != "RSA":
                return False
            public = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
            if public.key_size < SMALLEST_RSA:
                return False
            public.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
            return True
        name, curve, size = CURVES[algorithm]
        if key["kty"] != "EC" or key["crv"] != name or len(token.signature) != 2 * size:
            return False
        point = ec.EllipticCurvePublicNumbers(_number(key["x"]), _number(key["y"]), curve()).public_key()
        r, s = (int.from_bytes(half, "big") for half in (token.signature[:size], token.signature[size:]))
        point.verify(encode_dss_signature(r, s), token.signed, ec.ECDSA(digest))
    except (InvalidSignature, KeyError, TypeError, ValueError):
        return False
    return True


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
