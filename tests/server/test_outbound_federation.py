"""GetWebIdentityToken: its claims, who may have one, and that somebody else can verify it."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rolecall.server.run import Running, running

ISSUER = "https://tokens.example.com"
OWN = "https://sts.amazonaws.com/"


@pytest.fixture
def server() -> Iterator[Running]:
    with running() as server:
        yield server


def user(server: Running, policy: dict[str, Any]) -> Any:
    """An STS client of a user with a policy and a tag."""
    iam = server.client("iam")
    iam.create_user(UserName="bob", Tags=[{"Key": "team", "Value": "ml"}])
    document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    return server.client_with(iam.create_access_key(UserName="bob")["AccessKey"], "sts")


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return decoded


def fetched(url: str) -> Any:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


ANY = {"Effect": "Allow", "Action": ["sts:GetWebIdentityToken", "sts:TagGetWebIdentityToken"], "Resource": "*"}


def test_a_token_says_who_asked_for_it(server: Running) -> None:
    issuer = server.client("iam").enable_outbound_web_identity_federation()["IssuerIdentifier"]
    answer = user(server, ANY).get_web_identity_token(
        Audience=["https://api.example.com"],
        SigningAlgorithm="ES384",
        DurationSeconds=600,
        Tags=[{"Key": "job", "Value": "7"}],
    )
    said = claims(answer["WebIdentityToken"])
    assert said["iss"] == issuer
    assert (said["aud"], said["sub"]) == ("https://api.example.com", f"arn:aws:iam::{server.account}:user/bob")
    assert said["exp"] - said["iat"] == 600
    assert answer["Expiration"].timestamp() == said["exp"]
    own = said[OWN]
    assert own["aws_account"] == server.account
    assert (own["principal_tags"], own["request_tags"]) == ({"team": "ml"}, {"job": "7"})


def test_a_token_of_a_role_session_names_the_role(server: Running) -> None:
    """As AWS's own tokens do: the name of the session stands nowhere, and times end in Z."""
    iam = server.client("iam")
    iam.enable_outbound_web_identity_federation()
    iam.create_role(RoleName="app", Path="/x/", AssumeRolePolicyDocument=json.dumps(trusting(server.account)))
    iam.put_role_policy(
        RoleName="app",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ANY]}),
    )
    role = f"arn:aws:iam::{server.account}:role/x/app"
    bob = user(server, {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role})
    given = bob.assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    sts = server.client_with(given, "sts")
    said = claims(sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")["WebIdentityToken"])
    assert (said["sub"], said[OWN]["principal_id"]) == (role, role)
    assert said[OWN]["original_session_exp"] == given["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ")


def trusting(account: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def test_nobody_gets_a_token_before_federation_is_switched_on(server: Running) -> None:
    with pytest.raises(ClientError, match="OutboundWebIdentityFederationDisabledException"):
        user(server, ANY).get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")


@pytest.mark.parametrize(
    ("condition", "asked", "allowed"),
    [
        ({"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": "a"}}, {}, True),
        ({"ForAllValues:StringEquals": {"sts:IdentityTokenAudience": "b"}}, {}, False),
        ({"NumericLessThanEquals": {"sts:DurationSeconds": "300"}}, {}, True),
        ({"NumericLessThanEquals": {"sts:DurationSeconds": "300"}}, {"DurationSeconds": 301}, False),
        ({"StringEquals": {"sts:SigningAlgorithm": "ES384"}}, {}, False),
    ],
)
def test_policies_see_audience_duration_and_algorithm(
    server: Running, condition: dict[str, Any], asked: dict[str, Any], allowed: bool
) -> None:
    server.client("iam").enable_outbound_web_identity_federation()
    sts = user(server, {**ANY, "Condition": condition})
    if allowed:
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256", **asked)
        return
    with pytest.raises(ClientError, match="sts:GetWebIdentityToken"):
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256", **asked)


def test_tags_need_a_permission_of_their_own(server: Running) -> None:
    server.client("iam").enable_outbound_web_identity_federation()
    sts = user(server, {"Effect": "Allow", "Action": "sts:GetWebIdentityToken", "Resource": "*"})
    with pytest.raises(ClientError, match="sts:TagGetWebIdentityToken"):
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256", Tags=[{"Key": "job", "Value": "7"}])


def test_a_token_does_not_outlive_the_session_that_asked(server: Running) -> None:
    iam = server.client("iam")
    iam.enable_outbound_web_identity_federation()
    iam.create_user(UserName="bob")
    keys = iam.create_access_key(UserName="bob")["AccessKey"]
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{server.account}:user/bob"},
            }
        ],
    }
    role = iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.put_role_policy(
        RoleName="R",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [ANY]}),
    )
    assumed = server.client_with(keys, "sts").assume_role(
        RoleArn=role, RoleSessionName="session", DurationSeconds=900
    )
    sts = server.client_with(assumed["Credentials"], "sts")
    with pytest.raises(ClientError, match="SessionDurationEscalationException"):
        sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256", DurationSeconds=3600)
    token = sts.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")["WebIdentityToken"]
    assert claims(token)["sub"] == role


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_another_server_verifies_the_token_by_the_issuers_keys(tmp_path: Path, algorithm: str) -> None:
    with running(public_url=ISSUER) as ours:
        issuer = ours.client("iam").enable_outbound_web_identity_federation()["IssuerIdentifier"]
        assert issuer.startswith(f"{ISSUER}/")
        here = ours.endpoint + issuer.removeprefix(ISSUER)
        configuration = fetched(f"{here}/.well-known/openid-configuration")
        assert configuration["issuer"] == issuer
        keys = fetched(ours.endpoint + configuration["jwks_uri"].removeprefix(ISSUER))
        token = user(ours, ANY).get_web_identity_token(Audience=["other"], SigningAlgorithm=algorithm)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps(keys))
    with running(oidc_keys=((issuer, file),)) as theirs:
        iam = theirs.client("iam")
        arn = iam.create_open_id_connect_provider(Url=issuer, ClientIDList=["other"])["OpenIDConnectProviderArn"]
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": {"Federated": arn}}
            ],
        }
        role = iam.create_role(RoleName="R", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        assumed = theirs.client("sts").assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="session", WebIdentityToken=token["WebIdentityToken"]
        )
        assert assumed["SubjectFromWebIdentityToken"] == f"arn:aws:iam::{ours.account}:user/bob"


def test_a_switched_off_issuer_shows_nothing_and_comes_back_the_same(server: Running) -> None:
    iam = server.client("iam")
    issuer = iam.enable_outbound_web_identity_federation()["IssuerIdentifier"]
    keys = fetched(f"{issuer}/.well-known/jwks.json")
    iam.disable_outbound_web_identity_federation()
    with pytest.raises(urllib.error.HTTPError):
        fetched(f"{issuer}/.well-known/jwks.json")
    with pytest.raises(ClientError, match="FeatureDisabled"):
        iam.get_outbound_web_identity_federation_info()
    assert iam.enable_outbound_web_identity_federation()["IssuerIdentifier"] == issuer
    assert fetched(f"{issuer}/.well-known/jwks.json") == keys


def test_a_session_token_is_as_long_as_asked_for(server: Running) -> None:
    """MinimumSessionTokenSize; answers to requests without it have no sizes (recorded replies)."""
    sts = server.client("sts")
    plain = sts.get_session_token()
    assert plain.keys() == {"Credentials", "ResponseMetadata"}
    long = sts.get_session_token(MinimumSessionTokenSize=3000)
    token = long["Credentials"]["SessionToken"]
    assert len(token) == long["SessionTokenSize"]
    assert 3000 <= len(token) <= 3004
    assert long["SessionTokenUtilization"] == 73
    assert server.client_with(long["Credentials"], "sts").get_caller_identity()["Account"] == server.account
