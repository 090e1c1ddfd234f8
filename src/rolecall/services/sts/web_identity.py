"""AssumeRoleWithWebIdentity: a role session for whom an OpenID Connect provider vouches.

The token stands in place of a signature. It is verified twice with the same result: before authorization, which
needs its claims as condition keys, and in the handler, which makes the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall import catalog
from rolecall.services.call import Call, Operation
from rolecall.services.oidc_keys import host_and_path, keys_of
from rolecall.services.sts import web_tokens
from rolecall.services.sts.assume_role import role_answer, role_claims, role_of
from rolecall.services.sts.errors import fault
from rolecall.services.sts.sessions import checked_tags, session_tags
from rolecall.store.ports import Reader, Unit
from rolecall.wire.errors import AwsError

TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM: Final = "https://aws.amazon.com/source_identity"


class Identity(Struct, frozen=True):
    """What a verified token says. audience: the authorized party where the token names one."""

    provider_arn: str
    host: str
    subject: str
    audience: str
    claims: Mapping[str, Any]
    tags: Mapping[str, str]
    transitive: tuple[str, ...]
    source_identity: str | None

    def keys(self) -> dict[str, str | tuple[str, ...]]:
        """The token's claims as condition keys: those that AWS has for the provider, and no others."""
        made: dict[str, str | tuple[str, ...]] = {
            f"{self.host}:aud": self.audience,
            f"{self.host}:sub": self.subject,
        }
        if "azp" in self.claims:
            made[f"{self.host}:oaud"] = _texts(self.claims.get("aud"))[:1]
        known = catalog.load()
        for claim, value in self.claims.items():
            key = f"{self.host}:{claim}"
            texts = _texts(value)
            if key not in made and texts and known.condition_key(key) is not None:
                made[key] = texts if known.multivalued(key) else texts[0]
        return made


def verified(parameters: Mapping[str, Any], reader: Reader, now: datetime, partition: str) -> Identity:
    """The identity in the request's token; InvalidIdentityToken and its like when it is none."""
    if parameters.get("ProviderId"):
        raise AwsError(
            "IDPCommunicationError", "rolecall asks no OAuth provider: send an OpenID Connect ID token.", 400
        )
    token = web_tokens.read(parameters["WebIdentityToken"])
    claims = token.claims
    for name in ("iss", "sub", "aud", "exp"):
        if not claims.get(name):
            raise fault("missing claim", claim=name)
    issuer, account = str(claims["iss"]), str(parameters["RoleArn"]).split(":")[4]
    host = host_and_path(issuer)
    arn = f"arn:{partition}:iam::{account}:oidc-provider/{host}"
    provider = reader.item_by_arn(arn)
    if provider is None or not issuer.startswith("https://"):
        raise fault("no OIDC provider", issuer=issuer)
    keys = keys_of(reader, issuer)
    if not keys:
        raise fault("no verification key")
    if not web_tokens.is_signed_by(token, keys):
        raise fault("bad token signature")
    audience = _audience(claims)
    if audience not in provider.body["ClientIDList"]:
        raise fault("audience")
    _check_time(claims, now)
    return Identity(
        provider_arn=arn,
        host=host,
        subject=str(claims["sub"]),
        audience=audience,
        claims=claims,
        tags=_tags(claims),
        transitive=_transitive(claims),
        source_identity=_optional_text(claims.get(SOURCE_IDENTITY_CLAIM)),
    )


def _audience(claims: Mapping[str, Any]) -> str:
    if claims.get("azp"):
        return str(claims["azp"])
    audiences = _texts(claims["aud"])
    if len(audiences) != 1:
        raise fault("several audiences")
    return audiences[0]


def _check_time(claims: Mapping[str, Any], now: datetime) -> None:
    expiry, current = claims["exp"], int(now.timestamp())
    if not isinstance(expiry, int | float) or isinstance(expiry, bool) or expiry <= current:
        raise fault("token expired", now=current, expiry=expiry)
    begin = claims.get("nbf", 0)
    if not isinstance(begin, int | float) or begin > current + 300:
        raise fault("not yet valid")


def _tags(claims: Mapping[str, Any]) -> dict[str, str]:
    """Session tags: each key of `principal_tags` with a list of one value."""
    given = claims.get(TAGS_CLAIM)
    tags = given.get("principal_tags") if isinstance(given, dict) else None
    pairs = tags.items() if isinstance(tags, dict) else ()
    return checked_tags({"Key": str(key), "Value": _texts(values)[0]} for key, values in pairs if _texts(values))


def _transitive(claims: Mapping[str, Any]) -> tuple[str, ...]:
    given = claims.get(TAGS_CLAIM)
    return _texts(given.get("transitive_tag_keys")) if isinstance(given, dict) else ()


def _texts(value: Any) -> tuple[str, ...]:
    """A claim as values of a condition key; structures have none."""
    if isinstance(value, list | tuple):
        return tuple(text for one in value for text in _texts(one))
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return (str(value),) if isinstance(value, str | int | float) else ()


def _optional_text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def assume_role_with_web_identity(call: Call, unit: Unit) -> Mapping[str, Any]:
    identity = verified(call.parameters, unit, call.now, call.partition)
    role = role_of(call, unit)
    tags = session_tags(identity.tags, identity.transitive, None)
    claims = msgspec.structs.replace(
        role_claims(call, unit, role, tags, call.parameters["RoleSessionName"]),
        source_identity=identity.source_identity,
        federated_provider=identity.provider_arn,
    )
    return {
        **role_answer(call, role, claims),
        "SubjectFromWebIdentityToken": identity.subject,
        "Provider": identity.provider_arn,
        "Audience": identity.audience,
    }


OPERATIONS: Final = {"AssumeRoleWithWebIdentity": Operation(handler=assume_role_with_web_identity, writes=True)}
