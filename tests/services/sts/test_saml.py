"""AssumeRoleWithSAML: responses signed here as identity providers sign them."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import Any

import pytest

from rolecall.decision.request import PrincipalType
from rolecall.services.sts.preparation import prepare
from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, NOW, Accounts, fits

signxml = pytest.importorskip("signxml", reason="the extra rolecall[saml] is not installed")

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from cryptography.x509.oid import NameOID  # noqa: E402
from lxml import etree  # noqa: E402

ENTITY = "https://idp.example.com/metadata"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Analyst"
AWS = "https://aws.amazon.com/SAML/Attributes/"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithSAML",
            "Principal": {"Federated": PROVIDER},
            "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        },
    }
)


def certified() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    return key, certificate


KEY, CERTIFICATE = certified()
OTHER_KEY, OTHER_CERTIFICATE = certified()


def metadata() -> str:
    der = base64.b64encode(CERTIFICATE.public_bytes(serialization.Encoding.DER)).decode()
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY}"><IDPSSODescriptor '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">'
        '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{der}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        f"</IDPSSODescriptor></EntityDescriptor>{' ' * 600}"
    )


def assertion(
    issuer: str = ENTITY,
    audience: str = "https://signin.aws.amazon.com/saml",
    minutes: int = 5,
    attributes: dict[str, str] | None = None,
) -> str:
    values = {
        f"{AWS}Role": f"{ROLE},{PROVIDER}",
        f"{AWS}RoleSessionName": "carol@example.com",
        **(attributes or {}),
    }
    listed = "".join(
        f'<saml:Attribute Name="{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
        for name, value in values.items()
        if value
    )
    end = (NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" '
        f'IssueInstant="2026-11-23T21:30:00Z"><saml:Issuer>{issuer}</saml:Issuer><saml:Subject>'
        '<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">carol</saml:NameID>'
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
        f'NotOnOrAfter="{end}" Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation>'
        f'</saml:Subject><saml:Conditions NotBefore="2026-11-23T21:00:00Z" NotOnOrAfter="{end}">'
        f"<saml:AudienceRestriction><saml:Audience>{audience}</saml:Audience></saml:AudienceRestriction>"
        '</saml:Conditions><saml:AuthnStatement AuthnInstant="2026-11-23T21:30:00Z"/>'
        f"<saml:AttributeStatement>{listed}</saml:AttributeStatement></saml:Assertion>"
    )


def sign(text: str, key: Any = KEY, certificate: Any = CERTIFICATE) -> str:
    signer = signxml.XMLSigner(c14n_algorithm=signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    signed = signer.sign(etree.fromstring(text), key=key, cert=[certificate], reference_uri="_a1")
    return etree.tostring(signed).decode()


def response(inside: str) -> str:
    text = (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0">'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f"{inside}</samlp:Response>"
    )
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(autouse=True)
def _provider(here: Accounts) -> None:
    here.iam("CreateSAMLProvider", Name="Corp", SAMLMetadataDocument=metadata())
    here.iam("CreateRole", RoleName="Analyst", AssumeRolePolicyDocument=TRUST)


def assume(here: Accounts, encoded: str) -> Any:
    return here.sts("AssumeRoleWithSAML", RoleArn=ROLE, PrincipalArn=PROVIDER, SAMLAssertion=encoded)


def refusal(here: Accounts, encoded: str) -> tuple[str, str]:
    with pytest.raises(AwsError) as raised:
        assume(here, encoded)
    return raised.value.code, raised.value.message


def test_a_signed_assertion_gives_a_session(here: Accounts) -> None:
    answer = assume(here, response(sign(assertion())))
    fits(
        {
            "Subject": "carol",
            "SubjectType": "persistent",
            "Issuer": ENTITY,
            "Audience": "https://signin.aws.amazon.com/saml",
            "NameQualifier": "~[A-Za-z0-9+/]{27}=",
            "AssumedRoleUser": {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Analyst/carol@example.com"},
        },
        answer,
    )
    caller = here.session(answer["Credentials"])
    assert caller.principal.type is PrincipalType.ROLE_SESSION
    assert caller.session is not None
    assert caller.session.federated_provider == PROVIDER
    assert caller.session.request_keys["saml:sub"] == "carol"


def test_authorization_sees_the_assertion(here: Accounts) -> None:
    encoded = response(sign(assertion(attributes={f"{AWS}PrincipalTag:Project": "x"})))
    parameters = {"RoleArn": ROLE, "PrincipalArn": PROVIDER, "SAMLAssertion": encoded}
    with here.store.read() as reader:
        made = prepare("AssumeRoleWithSAML", parameters, None, reader, here.now, here.platform)
    assert made.caller.principal.federated_provider == PROVIDER
    assert made.keys["saml:aud"] == "https://signin.aws.amazon.com/saml"
    assert made.keys["saml:iss"] == ENTITY
    assert made.keys["saml:doc"] == f"{ACCOUNT}/Corp"
    assert made.keys["sts:RoleSessionName"] == "carol@example.com"
    assert made.keys["aws:RequestTag/Project"] == "x"
    assert here.session(assume(here, encoded)["Credentials"]).principal.tags == {"Project": "x"}


def test_an_assertion_that_nobody_signed(here: Accounts) -> None:
    assert refusal(here, response(assertion())) == ("InvalidIdentityToken", "Response signature invalid")


def test_an_assertion_that_somebody_else_signed(here: Accounts) -> None:
    forged = response(sign(assertion(), OTHER_KEY, OTHER_CERTIFICATE))
    assert refusal(here, forged) == ("InvalidIdentityToken", "Response signature invalid")


def test_an_assertion_that_was_changed(here: Accounts) -> None:
    changed = response(sign(assertion()).replace("carol@example.com", "admin@example.com"))
    assert refusal(here, changed) == ("InvalidIdentityToken", "Response signature invalid")


def test_an_assertion_wrapped_beside_a_signed_one_is_not_looked_at(here: Accounts) -> None:
    evil = assertion().replace("carol", "admin").replace('ID="_a1"', 'ID="_evil"')
    assert assume(here, response(evil + sign(assertion())))["Subject"] == "carol"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        (
            {"issuer": "https://evil.example.com"},
            "InvalidIdentityToken",
            "Issuer not present in specified provider",
        ),
        (
            {"audience": "https://other.example.com"},
            "InvalidIdentityToken",
            "Response does not contain the required audience.",
        ),
        ({"minutes": 0}, "ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance"),
        (
            {"attributes": {f"{AWS}RoleSessionName": ""}},
            "InvalidIdentityToken",
            "RoleSessionName is required in AuthnResponse",
        ),
        (
            {"attributes": {f"{AWS}RoleSessionName": "a b"}},
            "InvalidIdentityToken",
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
        ),
        (
            {"attributes": {f"{AWS}SourceIdentity": "aws:x"}},
            "InvalidIdentityToken",
            'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
        ),
    ],
)
def test_what_an_assertion_must_say(changes: dict[str, Any], code: str, message: str, here: Accounts) -> None:
    assert refusal(here, response(sign(assertion(**changes)))) == (code, message)


def test_a_provider_that_does_not_exist(here: Accounts) -> None:
    here.iam("DeleteSAMLProvider", SAMLProviderArn=PROVIDER)
    assert refusal(here, response(sign(assertion()))) == (
        "InvalidIdentityToken",
        "Specified provider doesn't exist",
    )


def test_metadata_that_is_none(here: Accounts) -> None:
    for bad in ("x" * 1000, f'<!DOCTYPE a [<!ENTITY b "c">]>{metadata()}', metadata().replace("IDPSSO", "SPSSO")):
        with pytest.raises(AwsError, match="InvalidInput: Could not parse metadata"):
            here.iam("CreateSAMLProvider", Name="Bad", SAMLMetadataDocument=bad)
