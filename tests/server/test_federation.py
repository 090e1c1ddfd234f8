"""Sign-in from elsewhere, end to end: OpenID Connect and SAML providers made here, called with unsigned boto3.

Also what temporary credentials have in common: revocation by the time of issue, and what IAM remembers of a role.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from rolecall.errors import StartError
from rolecall.server import Running, running
from server.conftest import allow, deny, policy

BOTO: Any = boto3.session.Session(region_name="us-east-1")
ACCOUNT = "123456789012"
ISSUER = "https://idp.example.com/realms/ml"
HOST = ISSUER.removeprefix("https://")
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/Corp"
ENTITY = "https://corp.example.com/metadata"
AUDIENCE = "https://signin.aws.amazon.com/saml"
ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def key_set() -> str:
    public = KEY.public_key().public_numbers()
    n, e = (text(value.to_bytes((value.bit_length() + 7) // 8, "big")) for value in (public.n, public.e))
    return json.dumps({"keys": [{"kty": "RSA", "kid": "one", "alg": "RS256", "use": "sig", "n": n, "e": e}]})


def token(key: rsa.RSAPrivateKey = KEY, **more: Any) -> str:
    claims = {
        "iss": ISSUER,
        "sub": "carol",
        "aud": "rolecall",
        "exp": int(time.time()) + 300,
        "https://aws.amazon.com/tags": {"principal_tags": {"team": ["ml"]}, "transitive_tag_keys": ["team"]},
        **more,
    }
    parts = (json.dumps({"alg": "RS256", "kid": "one"}), json.dumps(claims))
    signed = ".".join(text(part.encode()) for part in parts)
    return f"{signed}.{text(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


class Provider:
    """A server that knows an OIDC provider's keys, with a client for its root and one for nobody."""

    def __init__(self, up: Running) -> None:
        self.up = up
        self.root = {"aws_access_key_id": up.access_key_id, "aws_secret_access_key": up.secret_access_key}
        self.iam = self.client("iam", self.root)
        self.nobody = BOTO.client("sts", endpoint_url=up.endpoint, config=Config(signature_version=UNSIGNED))

    def client(self, service: str, keys: dict[str, str]) -> Any:
        return BOTO.client(service, endpoint_url=self.up.endpoint, **keys)

    def session(self, service: str, credentials: dict[str, str]) -> Any:
        return self.client(
            service,
            {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            },
        )

    def role(self, name: str, trust: dict[str, Any], *statements: dict[str, Any]) -> str:
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return str(arn)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    file = tmp_path_factory.mktemp("keys") / "jwks.json"
    file.write_text(key_set())
    with running(oidc_keys=((ISSUER, file),)) as up:
        yield Provider(up)


def refused(call: Any, **parameters: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture(scope="module")
def web_role(here: Provider) -> str:
    here.iam.create_open_id_connect_provider(Url=ISSUER, ClientIDList=["rolecall"], ThumbprintList=["a" * 40])
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": OIDC},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {f"{HOST}:aud": "rolecall", f"{HOST}:sub": "carol"}},
    }
    own = {"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"}}
    return here.role("Web", trust, allow("sagemaker:CreateModelPackageGroup", "sagemaker:AddTags", Condition=own))


def test_a_token_of_the_provider_opens_a_session_with_its_tags(here: Provider, web_role: str) -> None:
    given = here.nobody.assume_role_with_web_identity(
        RoleArn=web_role, RoleSessionName="carol-1", WebIdentityToken=token()
    )
    assert given["SubjectFromWebIdentityToken"] == "carol"
    assert given["Provider"] == OIDC
    sagemaker = here.session("sagemaker", given["Credentials"])
    sagemaker.create_model_package_group(ModelPackageGroupName="g", Tags=[{"Key": "team", "Value": "ml"}])
    assert (
        refused(
            sagemaker.create_model_package_group,
            ModelPackageGroupName="h",
            Tags=[{"Key": "team", "Value": "other"}],
        )
        == "AccessDeniedException"
    )
    who = here.session("sts", given["Credentials"]).get_caller_identity()["Arn"]
    assert who == f"arn:aws:sts::{ACCOUNT}:assumed-role/Web/carol-1"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"sub": "mallory"}, "AccessDenied"),  # the trust policy names carol
        ({"aud": "other"}, "InvalidIdentityToken"),  # no client of the provider
        ({"iss": "https://other.example.com"}, "InvalidIdentityToken"),
        ({"exp": 1}, "ExpiredTokenException"),
    ],
)
def test_a_token_that_says_something_else_opens_none(
    here: Provider, web_role: str, wrong: dict[str, Any], code: str
) -> None:
    call = here.nobody.assume_role_with_web_identity
    assert refused(call, RoleArn=web_role, RoleSessionName="s-1", WebIdentityToken=token(**wrong)) == code


def test_a_token_that_somebody_else_signed_opens_none(here: Provider, web_role: str) -> None:
    call = here.nobody.assume_role_with_web_identity
    forged = token(STRANGER)
    assert (
        refused(call, RoleArn=web_role, RoleSessionName="s-1", WebIdentityToken=forged) == "InvalidIdentityToken"
    )


def test_a_session_of_the_provider_is_no_way_into_a_role_that_trusts_users(here: Provider, web_role: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRoleWithWebIdentity"}
    role = here.role("Users", trust, allow("*"))
    call = here.nobody.assume_role_with_web_identity
    assert refused(call, RoleArn=role, RoleSessionName="s-1", WebIdentityToken=token()) == "AccessDenied"


def certificate() -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "corp.example.com")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(KEY, hashes.SHA256())
    )


CERTIFICATE = certificate()


def metadata() -> str:
    der = base64.b64encode(CERTIFICATE.public_bytes(serialization.Encoding.DER)).decode()
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY}"><IDPSSODescriptor '
        'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">'
        '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>'
        f"<X509Certificate>{der}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        f"</IDPSSODescriptor></EntityDescriptor>{' ' * 600}"
    )


def assertion(role: str, name: str = "dora", key: rsa.RSAPrivateKey = KEY) -> str:
    """A response as an identity provider signs it."""
    signxml = pytest.importorskip("signxml", reason="the extra rolecall[saml] is not installed")
    from lxml import etree

    moment = datetime.now(UTC)
    begin, end = ((moment + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-5, 5))
    values = {"Role": f"{role},{SAML}", "RoleSessionName": name}
    listed = "".join(
        f'<saml:Attribute Name="{ATTRIBUTE}{attribute}"><saml:AttributeValue>{value}</saml:AttributeValue>'
        "</saml:Attribute>"
        for attribute, value in values.items()
    )
    inside = (
        '<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_a1" Version="2.0" '
        f'IssueInstant="{begin}"><saml:Issuer>{ENTITY}</saml:Issuer><saml:Subject>'
        f'<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">{name}</saml:NameID>'
        '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData '
        f'NotOnOrAfter="{end}" Recipient="{AUDIENCE}"/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{begin}" NotOnOrAfter="{end}"><saml:AudienceRestriction>'
        f"<saml:Audience>{AUDIENCE}</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
        f'<saml:AuthnStatement AuthnInstant="{begin}"/><saml:AttributeStatement>{listed}'
        "</saml:AttributeStatement></saml:Assertion>"
    )
    signer = signxml.XMLSigner(c14n_algorithm=signxml.CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0)
    signed = signer.sign(etree.fromstring(inside), key=key, cert=[CERTIFICATE], reference_uri="_a1")
    response = (
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_r1" Version="2.0">'
        '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>'
        f"{etree.tostring(signed).decode()}</samlp:Response>"
    )
    return base64.b64encode(response.encode()).decode()


def test_a_signed_assertion_opens_a_session_and_a_forged_one_does_not(here: Provider) -> None:
    here.iam.create_saml_provider(Name="Corp", SAMLMetadataDocument=metadata())
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": SAML},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": AUDIENCE}, "StringLike": {"SAML:sub": ["dora"]}},
    }
    role = here.role("Saml", trust, allow("sagemaker:ListModels"))
    call = here.nobody.assume_role_with_saml
    given = call(RoleArn=role, PrincipalArn=SAML, SAMLAssertion=assertion(role))
    assert given["Subject"] == "dora"
    assert here.session("sagemaker", given["Credentials"]).list_models()["Models"] == []
    assert given["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/Saml/dora"
    for wrong, code in (
        (assertion(role, key=STRANGER), "InvalidIdentityToken"),
        (assertion(role, "mallory"), "AccessDenied"),
    ):
        assert refused(call, RoleArn=role, PrincipalArn=SAML, SAMLAssertion=wrong) == code


def test_sessions_issued_before_a_moment_are_revoked(here: Provider) -> None:
    """The policy that IAM's console attaches under "Revoke active sessions"."""
    user = f"arn:aws:iam::{ACCOUNT}:user/erin"
    here.iam.create_user(UserName="erin")
    key = here.iam.create_access_key(UserName="erin")["AccessKey"]
    trust = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"}
    role = here.role("Revocable", trust, allow("sagemaker:*"))
    sts = here.client(
        "sts", {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    )
    old = here.session("sagemaker", sts.assume_role(RoleArn=role, RoleSessionName="s-1")["Credentials"])
    old.list_models()
    moment = (datetime.now(UTC) + timedelta(seconds=1)).replace(microsecond=0)
    revoked = deny("*", Condition={"DateLessThan": {"aws:TokenIssueTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}})
    here.iam.put_role_policy(
        RoleName="Revocable", PolicyName="AWSRevokeOlderSessions", PolicyDocument=policy(revoked)
    )
    assert refused(old.list_models) == "AccessDeniedException"
    while datetime.now(UTC) < moment:
        time.sleep(0.05)
    new = here.session("sagemaker", sts.assume_role(RoleArn=role, RoleSessionName="s-1")["Credentials"])
    assert new.list_models()["Models"] == []


def test_iam_remembers_when_a_role_was_used_last(here: Provider, web_role: str) -> None:
    trust = {"Effect": "Allow", "Principal": {"Federated": OIDC}, "Action": "sts:AssumeRoleWithWebIdentity"}
    role = here.role("Used", trust, allow("sagemaker:ListModels"))
    assert here.iam.get_role(RoleName="Used")["Role"]["RoleLastUsed"] == {}
    plain = token(**{"https://aws.amazon.com/tags": None})
    given = here.nobody.assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="carol-2", WebIdentityToken=plain
    )
    before = datetime.now(UTC).replace(microsecond=0)
    here.session("sagemaker", given["Credentials"]).list_models()
    until = time.monotonic() + 10
    while not (used := here.iam.get_role(RoleName="Used")["Role"]["RoleLastUsed"]):
        assert time.monotonic() < until, "it was not written"
        time.sleep(0.05)
    assert used["Region"] == "us-east-1"
    assert before <= used["LastUsedDate"] <= datetime.now(UTC)
    details = here.iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]
    assert next(one for one in details if one["RoleName"] == "Used")["RoleLastUsed"] == used


@pytest.mark.parametrize("content", [None, "{}", '{"keys": []}', "no JSON"])
def test_a_server_does_not_start_with_keys_that_are_none(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "jwks.json"
    if content is not None:
        file.write_text(content)
    with (
        pytest.raises(StartError, match=r"keys of https://idp\.example\.com"),
        running(oidc_keys=((ISSUER, file),)),
    ):
        pass
