"""Outbound web identity federation: an account's own issuer of JSON web tokens, and the keys it signs with.

IAM switches it on and off, STS signs (GetWebIdentityToken), and the server shows the issuer's configuration and
verification keys to everybody, without credentials ("Federating AWS identities to external services", IAM
User Guide). An issuer keeps its address and keys while it is switched off: switching it on again changes nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from rolecall.services.call import Call, Platform
from rolecall.store.ports import Reader, Unit
from rolecall.store.records import Item

TYPE: Final = "token-issuer"
ALGORITHMS: Final = ("RS256", "ES384")
PREFIX: Final = "/_rolecall/issuers/"  # where issuers are served
HEX: Final = "0123456789abcdef"
COORDINATE: Final = 48  # octets of a coordinate of P-384


def issuer_of(reader: Reader, account: str) -> Item | None:
    """The issuer of an account, switched on or off; None: it never had one."""
    return reader.item(account, "iam", TYPE, account)


def is_enabled(issuer: Item | None) -> bool:
    return issuer is not None and issuer.status == "Enabled"


def address(issuer: Item, platform: Platform) -> str:
    """The `iss` of its tokens."""
    return f"{platform.endpoint}{PREFIX}{issuer.unique_id}"


def enable(call: Call, unit: Unit) -> Item:
    """Switch the account's issuer on; made with fresh keys when there is none yet."""
    issuer = issuer_of(unit, call.account)
    if issuer is not None:
        changed: Item = msgspec.structs.replace(issuer, status="Enabled", modified=call.now.replace(microsecond=0))
        unit.change_item(changed)
        return changed
    now = call.now.replace(microsecond=0)
    ident = "-".join(call.platform.new_id("", length, HEX) for length in (8, 4, 4, 4, 12))
    keys = {
        algorithm: {
            "kid": call.platform.new_id("", 32, HEX),
            "sealed": base64.b64encode(call.platform.seal_secret(f"{ident}/{algorithm}", made)).decode(),
            "public": public,
        }
        for algorithm, (made, public) in _fresh().items()
    }
    return unit.add_item(
        Item(
            account=call.account,
            service="iam",
            type=TYPE,
            name=call.account,
            arn=f"arn:{call.partition}:iam::{call.account}:{TYPE}",
            unique_id=ident,
            status="Enabled",
            created=now,
            modified=now,
            body={"Keys": keys},
        )
    )


def disable(call: Call, unit: Unit, issuer: Item) -> None:
    unit.change_item(msgspec.structs.replace(issuer, status="Disabled", modified=call.now.replace(microsecond=0)))


def configuration(issuer: Item, platform: Platform) -> dict[str, Any]:
    """What stands at `/.well-known/openid-configuration` of the issuer (OpenID Connect Discovery 1.0)."""
    iss = address(issuer, platform)
    return {
        "issuer": iss,
        "jwks_uri": f"{iss}/.well-known/jwks.json",
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "claims_supported": ["iss", "aud", "sub", "iat", "exp", "jti"],
    }


def key_set(issuer: Item) -> dict[str, Any]:
    """The verification keys (RFC 7517)."""
    keys = issuer.body["Keys"]
    return {
        "keys": [
            {**key["public"], "kid": key["kid"], "alg": algorithm, "use": "sig"} for algorithm, key in keys.items()
        ]
    }


def signed(issuer: Item, algorithm: str, claims: Mapping[str, Any], platform: Platform) -> str:
    """A token with these claims (RFC 7519)."""
    key = issuer.body["Keys"][algorithm]
    header = {"alg": algorithm, "kid": key["kid"], "typ": "JWT"}
    text = b".".join(_encoded(msgspec.json.encode(part)) for part in (header, claims))
    opened = platform.open_secret(f"{issuer.unique_id}/{algorithm}", base64.b64decode(key["sealed"]))
    private = load_der_private_key(base64.b64decode(opened), password=None)
    if isinstance(private, rsa.RSAPrivateKey):
        signature = private.sign(text, padding.PKCS1v15(), SHA256())
    else:
        assert isinstance(private, ec.EllipticCurvePrivateKey)
        r, s = decode_dss_signature(private.sign(text, ec.ECDSA(SHA384())))
        signature = r.to_bytes(COORDINATE, "big") + s.to_bytes(COORDINATE, "big")
    return b".".join((text, _encoded(signature))).decode()


def _fresh() -> dict[str, tuple[str, dict[str, str]]]:
    """A new pair for each algorithm: the private key as text, the public one as a JWK."""
    one, other = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())
    numbers, point = one.public_key().public_numbers(), other.public_key().public_numbers()
    return {
        "RS256": (_text(one), {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}),
        "ES384": (
            _text(other),
            {
                "kty": "EC",
                "crv": "P-384",
                "x": _encoded(point.x.to_bytes(COORDINATE, "big")).decode(),
                "y": _encoded(point.y.to_bytes(COORDINATE, "big")).decode(),
            },
        ),
    }


def _text(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()


def _number(value: int) -> str:
    return _encoded(value.to_bytes(-(-value.bit_length() // 8), "big")).decode()


def _encoded(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")
