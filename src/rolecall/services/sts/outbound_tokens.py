"""GetWebIdentityToken: a signed statement for services outside about who the caller is.

Claims as "Understanding token claims" (IAM User Guide) has them: the standard ones, and AWS's own under STS's
name. Who verifies a token finds the keys at its issuer (`services.outbound_federation`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from rolecall.authorization.paths import instant
from rolecall.services import outbound_federation as federation
from rolecall.services.call import Call, Operation
from rolecall.services.organization import membership
from rolecall.services.sts.errors import fault
from rolecall.services.sts.sessions import checked_tags
from rolecall.services.unserved import refusing
from rolecall.store.ports import Reader

DEFAULT_DURATION: Final = 300
OWN_CLAIMS: Final = "https://sts.amazonaws.com/"
LARGEST: Final = 4096  # octets of claims; AWS does not say how many it takes
HEX: Final = "0123456789abcdef"


def get_web_identity_token(call: Call, reader: Reader) -> Mapping[str, Any]:
    issuer = federation.issuer_of(reader, call.account)
    if issuer is None or not federation.is_enabled(issuer):
        raise fault("federation disabled")
    algorithm = call.parameters["SigningAlgorithm"]
    if algorithm not in federation.ALGORITHMS:
        raise fault("bad algorithm", algorithm=algorithm)
    issued = int(call.now.timestamp())
    expires = issued + (call.parameters.get("DurationSeconds") or DEFAULT_DURATION)
    session = call.caller.session
    if session is not None and expires > session.expires:
        raise fault("token outlives session")
    audience = list(call.parameters["Audience"])
    claims = {
        "iss": federation.address(issuer, call.platform),
        "aud": audience[0] if len(audience) == 1 else audience,
        "sub": _subject(call),
        "iat": issued,
        "exp": expires,
        "jti": "-".join(call.platform.new_id("", length, HEX) for length in (8, 4, 4, 4, 12)),
        OWN_CLAIMS: _own(call, reader),
    }
    if len(msgspec.json.encode(claims)) > LARGEST:
        raise fault("token too large")
    return {
        "WebIdentityToken": federation.signed(issuer, algorithm, claims, call.platform),
        "Expiration": datetime.fromtimestamp(expires, UTC),
    }


def _subject(call: Call) -> str:
    """Whom the token is about: of a role session the role, whatever the session is called."""
    return call.caller.principal.role_arn or call.caller.principal.arn


def _own(call: Call, reader: Reader) -> dict[str, Any]:
    principal, session = call.caller.principal, call.caller.session
    made: dict[str, Any] = {
        "aws_account": call.account,
        "source_region": call.region,
        "principal_id": _subject(call),
    }
    place = membership(reader, call.account)
    if place is not None:
        made |= {"org_id": place.organization.name, "ou_path": [place.paths]}
    if principal.tags:
        made["principal_tags"] = dict(principal.tags)
    if session is not None:
        made["original_session_exp"] = instant(datetime.fromtimestamp(session.expires, UTC))
        if session.federated_provider is not None:
            made["federated_provider"] = session.federated_provider
    tags = checked_tags(call.parameters.get("Tags") or ())
    if tags:
        made["request_tags"] = tags
    return made


UNSERVED: Final = {
    "GetDelegatedAccessToken": "it trades in tokens of delegation requests, which AWS partners make at AWS; "
    "create a role for the partner instead",
}

OPERATIONS: Final = {
    "GetWebIdentityToken": Operation(handler=get_web_identity_token, writes=False),
    **refusing(UNSERVED),
}
