"""AssumeRoleWithWebIdentity: tokens of a provider whose keys are registered, made here as providers make them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from rolecall import catalog
from rolecall.authorization.api_call import ApiCall
from rolecall.decision.request import PrincipalType
from rolecall.server.judging import Judge, denial_text
from rolecall.services.oidc_keys import BadKeySet, register_keys
from rolecall.services.sts.preparation import Prepared, prepare
from rolecall.wire.errors import AwsError
from services.accounts import ACCOUNT, NOW, Accounts, fits

ISSUER = "https://token.actions.githubusercontent.com"
HOST = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/Deploy"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
CLAIMS = {
    "iss": ISSUER,
    "sub": "repo:acme/model:ref:refs/heads/main",
    "aud": "sts.amazonaws.com",
    "exp": int(NOW.timestamp()) + 300,
    "repository": "acme/model",
}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": PROVIDER},
                "Condition": {"StringLike": {f"{HOST}:sub": "repo:acme/*"}},
            }
        ],
    }
)


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def number(value: int) -> str:
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def key_set() -> str:
    public, point = RSA_KEY.public_key().public_numbers(), EC_KEY.public_key().public_numbers()
    return json.dumps(
        {
            "keys": [
                {"kty": "RSA", "kid": "one", "use": "sig", "n": number(public.n), "e": number(public.e)},
                {"kty": "EC", "kid": "two", "crv": "P-256", "x": number(point.x), "y": number(point.y)},
            ]
        }
    )


def token(claims: dict[str, Any], algorithm: str = "RS256", kid: str = "one", key: Any = RSA_KEY) -> str:
    header = text(json.dumps({"alg": algorithm, "typ": "JWT", "kid": kid}).encode())
    signed = f"{header}.{text(json.dumps(claims).encode())}"
    match algorithm:
        case "RS256":
            signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        case "ES256":
            r, s = decode_dss_signature(EC_KEY.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        case _:
            signature = b""
    return f"{signed}.{text(signature)}"


@pytest.fixture(autouse=True)
def _provider(here: Accounts) -> None:
    here.iam("CreateOpenIDConnectProvider", Url=ISSUER, ClientIDList=["sts.amazonaws.com"])
    here.iam("CreateRole", RoleName="Deploy", AssumeRolePolicyDocument=TRUST)
    here.store.write_sync(lambda unit: register_keys(unit, ISSUER, key_set()))


def assume(here: Accounts, web_token: str) -> Any:
    return here.sts("AssumeRoleWithWebIdentity", RoleArn=ROLE, RoleSessionName="run-1", WebIdentityToken=web_token)


def prepared(here: Accounts, web_token: str) -> Prepared:
    parameters = {"RoleArn": ROLE, "RoleSessionName": "run-1", "WebIdentityToken": web_token}
    with here.store.read() as reader:
        return prepare("AssumeRoleWithWebIdentity", parameters, None, reader, here.now, here.platform)


@pytest.mark.parametrize(("algorithm", "kid"), [("RS256", "one"), ("ES256", "two")])
def test_a_signed_token_gives_a_session(algorithm: str, kid: str, here: Accounts) -> None:
    answer = assume(here, token(CLAIMS, algorithm, kid))
    fits(
        {
            "SubjectFromWebIdentityToken": CLAIMS["sub"],
            "Provider": PROVIDER,
            "Audience": "sts.amazonaws.com",
            "AssumedRoleUser": {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/run-1"},
            "PackedPolicySize": None,
        },
        answer,
    )
    caller = here.session(answer["Credentials"])
    assert caller.principal.type is PrincipalType.ROLE_SESSION
    assert caller.session is not None
    assert caller.session.federated_provider == PROVIDER


def test_authorization_sees_the_provider_and_its_claims(here: Accounts) -> None:
    made = prepared(here, token({**CLAIMS, "shoe_size": "44"}))
    assert made.caller.principal.federated_provider == PROVIDER
    assert made.caller.principal.account == ACCOUNT
    assert made.caller.principal.type is PrincipalType.ANONYMOUS
    assert made.keys[f"{HOST}:sub"] == CLAIMS["sub"]
    assert made.keys[f"{HOST}:aud"] == "sts.amazonaws.com"
    assert made.keys[f"{HOST}:repository"] == "acme/model"
    assert made.keys["aws:FederatedProvider"] == PROVIDER
    assert f"{HOST}:shoe_size" not in made.keys, "AWS has no such key"


def test_session_tags_come_from_the_token(here: Accounts) -> None:
    tags = {"principal_tags": {"Project": ["x"]}, "transitive_tag_keys": ["Project"]}
    claims = {
        **CLAIMS,
        "https://aws.amazon.com/tags": tags,
        "https://aws.amazon.com/source_identity": "bob",
    }
    keys = prepared(here, token(claims)).keys
    assert keys["aws:RequestTag/Project"] == "x"
    assert keys["sts:TransitiveTagKeys"] == keys["aws:TagKeys"] == ("Project",)
    assert keys["sts:SourceIdentity"] == "bob"
    caller = here.session(assume(here, token(claims))["Credentials"])
    assert caller.principal.tags == {"Project": "x"}
    assert caller.session is not None
    assert caller.session.transitive_tag_keys == ("Project",)
    assert caller.session.source_identity == "bob"


NOT_A_JWT = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"


@pytest.mark.parametrize(
    ("web_token", "code", "message"),
    [
        ("opaque", "InvalidIdentityToken", NOT_A_JWT),
        ("a.b.c", "InvalidIdentityToken", NOT_A_JWT),
        (token(CLAIMS, key=OTHER_KEY), "InvalidIdentityToken", "Invalid token signature"),
        (token(CLAIMS, "none"), "InvalidIdentityToken", "Invalid token signature"),
        (token(CLAIMS, kid="two"), "InvalidIdentityToken", "Invalid token signature"),
        (token(CLAIMS)[:-8] + "AAAAAAAA", "InvalidIdentityToken", "Invalid token signature"),
        (token({**CLAIMS, "aud": "somebody"}), "InvalidIdentityToken", "Incorrect token audience"),
        (
            token({**CLAIMS, "aud": ["sts.amazonaws.com", "other"]}),
            "InvalidIdentityToken",
            "Token audience contains more than one audience while authorized party is not present",
        ),
        (
            token({name: value for name, value in CLAIMS.items() if name != "aud"}),
            "InvalidIdentityToken",
            "Missing a required claim: aud.",
        ),
        (
            token({**CLAIMS, "iss": "https://example.com"}),
            "InvalidIdentityToken",
            "No OpenIDConnect provider found in your account for https://example.com",
        ),
        (
            token({**CLAIMS, "exp": int(NOW.timestamp())}),
            "ExpiredTokenException",
            f"Token expired: current date/time {int(NOW.timestamp())} must be before the expiration date/time"
            f"{int(NOW.timestamp())}",
        ),
    ],
)
def test_tokens_that_are_refused(web_token: str, code: str, message: str, here: Accounts) -> None:
    for ask in (assume, prepared):
        with pytest.raises(AwsError) as raised:
            ask(here, web_token)
        assert (raised.value.code, raised.value.status, raised.value.message) == (code, 400, message)


def test_a_provider_without_registered_keys(here: Accounts) -> None:
    here.iam("CreateOpenIDConnectProvider", Url="https://id.example.com/x", ClientIDList=["a"])
    with pytest.raises(AwsError, match="Couldn't retrieve verification key from your identity provider"):
        assume(here, token({**CLAIMS, "iss": "https://id.example.com/x", "aud": "a"}))


def test_a_key_set_must_be_one(here: Accounts) -> None:
    for bad in ("", "[]", "{}", '{"keys": []}', '{"keys": 1}'):
        with pytest.raises(BadKeySet):
            here.store.write_sync(lambda unit, bad=bad: register_keys(unit, ISSUER, bad))


def test_an_unsigned_call_with_another_operation_has_no_caller(here: Accounts) -> None:
    with here.store.read() as reader, pytest.raises(AwsError, match="MissingAuthenticationToken"):
        prepare("AssumeRole", {"RoleArn": ROLE, "RoleSessionName": "s1"}, None, reader, here.now, here.platform)


@pytest.mark.parametrize(
    ("subject", "allowed"), [("repo:acme/model:ref:x", True), ("repo:evil/model:ref:x", False)]
)
def test_the_trust_policy_decides_on_the_claims(subject: str, allowed: bool, here: Accounts) -> None:
    web_token = token({**CLAIMS, "sub": subject})
    made = prepared(here, web_token)
    call = ApiCall(
        service="sts",
        operation="AssumeRoleWithWebIdentity",
        parameters={"RoleArn": ROLE, "RoleSessionName": "run-1", "WebIdentityToken": web_token},
        caller=made.caller,
        account=made.caller.principal.account,
        region="us-east-1",
        now=here.now,
        token_keys=made.keys,
    )
    with here.store.read() as reader:
        denial = Judge(catalog.load(), "reference", here.platform).judge(call, reader).denial
    assert (denial is None) is allowed
    if denial is not None:
        assert denial_text(denial) == "Not authorized to perform sts:AssumeRoleWithWebIdentity"
