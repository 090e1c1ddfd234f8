"""AssumeRoleWithSAML: a role session for whom a SAML provider vouches.

Like a web identity, the response is verified before authorization and again in the handler.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import Struct

from rolecall.services.call import Call, Operation
from rolecall.services.saml_metadata import read_metadata
from rolecall.services.sts.assume_role import role_answer, role_claims, role_of
from rolecall.services.sts.errors import fault
from rolecall.services.sts.saml_responses import Assertion, name_qualifier, read_response
from rolecall.services.sts.sessions import checked_tags, session_tags
from rolecall.store.ports import Reader, Unit

AWS: Final = "https://aws.amazon.com/SAML/Attributes/"
TAG: Final = f"{AWS}PrincipalTag:"
AUDIENCES: Final = re.compile(
    r"urn:amazon:webservices(?::[a-z-]+)?|https://(?:[a-z0-9-]+\.)?signin\.(?:aws\.amazon|amazonaws|amazonaws-us-gov)"
    r"\.(?:com|cn)/saml(?:/acs/[\w-]+)?"
)
SESSION_NAME: Final = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")

# Attributes of directories (by object identifier) that are condition keys.
DIRECTORY: Final[Mapping[str, str]] = {
    **{
        f"urn:oid:1.3.6.1.4.1.5923.1.1.1.{number}": f"saml:eduperson{name}"
        for number, name in enumerate(
            (
                "affiliation",
                "nickname",
                "orgdn",
                "orgunitdn",
                "primaryaffiliation",
                "principalname",
                "entitlement",
                "primaryorgunitdn",
                "scopedaffiliation",
                "targetedid",
                "assurance",
            ),
            start=1,
        )
    },
    **{
        f"urn:oid:1.3.6.1.4.1.5923.1.2.1.{number}": f"saml:eduorg{name}"
        for number, name in enumerate(
            ("homepageuri", "identityauthnpolicyuri", "legalname", "superioruri", "whitepagesuri"), start=2
        )
    },
    "urn:oid:2.5.4.3": "saml:cn",
    "urn:oid:2.5.4.4": "saml:surname",
    "urn:oid:2.5.4.41": "saml:name",
    "urn:oid:2.5.4.42": "saml:givenName",
    "urn:oid:2.5.4.45": "saml:x500UniqueIdentifier",
    "urn:oid:0.9.2342.19200300.100.1.1": "saml:uid",
    "urn:oid:0.9.2342.19200300.100.1.3": "saml:mail",
    "urn:oid:0.9.2342.19200300.100.1.45": "saml:organizationStatus",
}


class Identity(Struct, frozen=True):
    """What a verified response says."""

    provider_arn: str
    assertion: Assertion
    session_name: str
    tags: Mapping[str, str]
    transitive: tuple[str, ...]
    source_identity: str | None
    qualifier: str

    def lasting_keys(self) -> dict[str, str]:
        """The keys that later requests of the session have as well."""
        return {
            "saml:namequalifier": self.qualifier,
            "saml:sub": self.assertion.subject,
            "saml:sub_type": self.assertion.subject_type,
        }

    def keys(self) -> dict[str, str | tuple[str, ...]]:
        account, _, name = self.provider_arn.split(":", 4)[4].partition(":saml-provider/")
        made: dict[str, str | tuple[str, ...]] = {
            **self.lasting_keys(),
            "saml:aud": self.assertion.recipient,
            "saml:iss": self.assertion.issuer,
            "saml:doc": f"{account}/{name}",
            "sts:RoleSessionName": self.session_name,
        }
        for attribute, key in DIRECTORY.items():
            if attribute in self.assertion.attributes:
                made[key] = self.assertion.attributes[attribute]
        return made


def verified(parameters: Mapping[str, Any], reader: Reader, now: datetime) -> Identity:
    """The identity in the request's assertion; InvalidIdentityToken and its like when it is none."""
    arn = parameters["PrincipalArn"]
    provider = reader.item_by_arn(arn)
    if provider is None or (provider.service, provider.type) != ("iam", "saml-provider"):
        raise fault("no SAML provider")
    metadata = read_metadata(reader.document(provider.body["Metadata"]) or "")
    if metadata.valid_until is not None and metadata.valid_until <= now:
        raise fault("SAML signature")
    assertion = read_response(parameters["SAMLAssertion"], metadata.certificates)
    if assertion.issuer != metadata.entity_id:
        raise fault("SAML issuer")
    if not any(AUDIENCES.fullmatch(audience) for audience in assertion.audiences) or not assertion.recipient:
        raise fault("SAML audience")
    if assertion.not_on_or_after is None or assertion.not_on_or_after <= now:
        raise fault("SAML expired")
    if assertion.session_end is not None and assertion.session_end <= now:
        raise fault("SAML expired")
    if assertion.not_before is not None and assertion.not_before > now:
        raise fault("SAML expired")
    if not _offers(assertion, parameters["RoleArn"], arn):
        raise fault("SAML no role")
    return Identity(
        provider_arn=arn,
        assertion=assertion,
        session_name=_session_name(assertion),
        tags=_tags(assertion),
        transitive=assertion.attributes.get(f"{AWS}TransitiveTagKeys", ()),
        source_identity=_source_identity(assertion),
        qualifier=name_qualifier(assertion.issuer, provider.account, provider.name),
    )


def _offers(assertion: Assertion, role: str, provider: str) -> bool:
    """Whether the assertion names the role together with the provider, in either order."""
    offered = ({part.strip() for part in pair.split(",")} for pair in assertion.attributes.get(f"{AWS}Role", ()))
    return any(pair == {role, provider} for pair in offered)


def _session_name(assertion: Assertion) -> str:
    name = assertion.one(f"{AWS}RoleSessionName")
    if not name:
        raise fault("SAML no session name")
    if not SESSION_NAME.fullmatch(name):
        raise fault("SAML session name")
    return name


def _source_identity(assertion: Assertion) -> str | None:
    given = assertion.one(f"{AWS}SourceIdentity")
    if given and (not SESSION_NAME.fullmatch(given) or given.lower().startswith("aws:")):
        raise fault("SAML source identity")
    return given or None


def _tags(assertion: Assertion) -> dict[str, str]:
    return checked_tags(
        {"Key": name.removeprefix(TAG), "Value": values[0]}
        for name, values in assertion.attributes.items()
        if name.startswith(TAG) and values
    )


def assume_role_with_saml(call: Call, unit: Unit) -> Mapping[str, Any]:
    identity = verified(call.parameters, unit, call.now)
    role = role_of(call, unit)
    tags = session_tags(identity.tags, identity.transitive, None)
    claims = role_claims(call, unit, role, tags, identity.session_name)
    end = identity.assertion.session_end
    claims = msgspec.structs.replace(
        claims,
        expires=claims.expires if end is None else min(claims.expires, int(end.timestamp())),
        source_identity=identity.source_identity,
        federated_provider=identity.provider_arn,
        request_keys=identity.lasting_keys(),
    )
    return {
        **role_answer(call, role, claims),
        "Subject": identity.assertion.subject,
        "SubjectType": identity.assertion.subject_type,
        "Issuer": identity.assertion.issuer,
        "Audience": identity.assertion.recipient,
        "NameQualifier": identity.qualifier,
    }


OPERATIONS: Final = {"AssumeRoleWithSAML": Operation(handler=assume_role_with_saml, writes=True)}
