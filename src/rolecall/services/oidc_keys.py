"""The verification keys of OpenID Connect providers, as an operator registered them.

AWS fetches `/.well-known/openid-configuration` and the key set from the provider. rolecall reaches out to nobody:
the key set (JWKS, RFC 7517) is put beside the provider's URL once, as a setting. Without one, tokens of the
provider are refused with AWS's words for keys that cannot be had.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from rolecall.store.ports import Reader, Unit

SETTING: Final = "oidc-keys:"


class BadKeySet(ValueError):
    """Text that is no JWKS with at least one key."""


def register_keys(unit: Unit, url: str, jwks: str) -> int:
    """Keep the key set of a provider (`https://host/path`); gives the number of keys."""
    number = check_keys(jwks)
    unit.put_setting(SETTING + host_and_path(url), jwks)
    return number


def check_keys(jwks: str) -> int:
    """How many keys a set holds; raises BadKeySet for one that holds none."""
    keys = _keys(jwks)
    if not keys:
        raise BadKeySet('a key set is {"keys": [{"kty": …}, …]} with at least one key')
    return len(keys)


def keys_of(reader: Reader, url: str) -> tuple[Mapping[str, Any], ...]:
    """The registered keys of a provider; none when there are none."""
    text = reader.setting(SETTING + host_and_path(url))
    return () if text is None else _keys(text)


def host_and_path(url: str) -> str:
    """How IAM names a provider: its URL without scheme and final slash."""
    return url.removeprefix("https://").rstrip("/")


def _keys(jwks: str) -> tuple[Mapping[str, Any], ...]:
    try:
        decoded = msgspec.json.decode(jwks)
    except msgspec.DecodeError as error:
        raise BadKeySet(f"not JSON: {error}") from None
    keys = decoded.get("keys") if isinstance(decoded, dict) else None
    if not isinstance(keys, list):
        raise BadKeySet('no "keys" list')
    return tuple(key for key in keys if isinstance(key, dict) and isinstance(key.get("kty"), str))
