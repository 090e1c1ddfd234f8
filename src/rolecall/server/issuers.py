"""Issuers of web identity tokens as the world sees them: configuration and verification keys, for everybody.

GET /_rolecall/issuers/<id>/.well-known/openid-configuration
GET /_rolecall/issuers/<id>/.well-known/jwks.json
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rolecall.services import outbound_federation as federation
from rolecall.services.call import Platform
from rolecall.store.ports import Reader
from rolecall.store.records import Item

Page = Callable[[Item, Platform], Mapping[str, Any]]
PAGES: Final[Mapping[str, Page]] = {
    ".well-known/openid-configuration": federation.configuration,
    ".well-known/jwks.json": lambda issuer, platform: federation.key_set(issuer),
}


def page(path: str, reader: Reader, platform: Platform) -> Mapping[str, Any] | None:
    """What stands at `<issuer id>/<path>`; None for nothing, and for issuers that are switched off."""
    ident, _, rest = path.partition("/")
    make = PAGES.get(rest)
    issuer = reader.item_by_unique_id(ident) if make is not None else None
    if make is None or issuer is None or issuer.type != federation.TYPE or not federation.is_enabled(issuer):
        return None
    return make(issuer, platform)
