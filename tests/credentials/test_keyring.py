"""Keys, sealed secrets and session tokens: what opens, what does not, and what is never shown."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import stat
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.credentials import tokens
from rolecall.credentials.claims import SessionClaims, SessionKind, StudioClaim
from rolecall.credentials.errors import KeyUnusable, SecretDamaged, TokenDamaged, TokenTooLarge
from rolecall.credentials.keyring import KEY_FILE, Keyring

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
ONE, TWO, THREE = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))

CLAIMS = SessionClaims(
    kind=SessionKind.ASSUMED_ROLE,
    access_key_id="ASIAEXAMPLE",
    secret=SECRET,
    account="123456789012",
    holder_id="AROAEXAMPLE",
    holder_arn="arn:aws:iam::123456789012:role/service-role/Data",
    session_name="alice",
    issued=1_800_000_000,
    expires=1_800_003_600,
)
POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'

texts = st.text(max_size=40)
claims = st.builds(
    SessionClaims,
    kind=st.sampled_from(SessionKind),
    access_key_id=texts,
    secret=texts,
    account=texts,
    holder_id=texts,
    holder_arn=texts,
    session_name=texts,
    issued=st.integers(0, 2**40),
    expires=st.integers(0, 2**40),
    policies=st.lists(texts, max_size=3).map(tuple),
    policy_arns=st.lists(texts, max_size=3).map(tuple),
    tags=st.dictionaries(texts, texts, max_size=5),
    transitive_tag_keys=st.lists(texts, max_size=3).map(tuple),
    source_identity=st.none() | texts,
    federated_provider=st.none() | texts,
    mfa_time=st.none() | st.integers(0, 2**40),
    chained=st.booleans(),
    studio=st.none() | st.builds(StudioClaim, domain_id=texts, user_profile_name=st.none() | texts),
    request_keys=st.dictionaries(texts, texts, max_size=3),
)
RING = Keyring.ephemeral()


@given(claims)
def test_a_token_says_what_was_sealed(said: SessionClaims) -> None:
    token, _ = RING.seal_session(said)
    assert re.fullmatch("[A-Za-z0-9_-]+", token)
    assert token.startswith("IQoJb3JpZ2luX2Vj")  # as AWS's tokens of today
    assert RING.unseal_session(token) == said


def test_a_plain_session_is_a_short_token() -> None:
    """AWS's run from 400 to 1200 characters; header lines of clients and proxies take 8 KB."""
    full = msgspec.structs.replace(
        CLAIMS, policies=(POLICY,) * 2, tags={f"Tag{n}": f"Value{n}" for n in range(50)}
    )
    assert len(RING.seal_session(CLAIMS)[0]) < 400
    assert len(RING.seal_session(full)[0]) < 1200


def test_no_character_of_a_token_can_be_changed() -> None:
    token, _ = RING.seal_session(CLAIMS)
    for position, old in enumerate(token):
        for new in ("A", "B"):
            if new != old:
                with pytest.raises(TokenDamaged):
                    RING.unseal_session(token[:position] + new + token[position + 1 :])


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: "",
        lambda token: token[:-1],
        lambda token: token[:40],
        lambda token: token + "A",
        lambda token: token + token,
        lambda token: token + "☃",
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: "FwoGZXIvYXdz" + token[12:],
        lambda token: "x" * 100_000,
    ],
)
def test_a_damaged_token_is_refused(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(TokenDamaged):
        RING.unseal_session(damage(RING.seal_session(CLAIMS)[0]))


def test_a_token_of_another_deployment_is_refused() -> None:
    with pytest.raises(TokenDamaged):
        Keyring.ephemeral().unseal_session(RING.seal_session(CLAIMS)[0])


def test_a_claim_that_this_version_does_not_know_makes_the_token_void(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer gateway may have sealed a restriction that this one would overlook."""
    newer = msgspec.to_builtins(CLAIMS) | {"denied_regions": ["us-east-1"]}
    packed = tokens._compress(msgspec.msgpack.encode(newer))
    monkeypatch.setattr(tokens, "pack", lambda said: packed)
    token, _ = RING.seal_session(CLAIMS)
    with pytest.raises(TokenDamaged, match="does not know"):
        RING.unseal_session(token)


def test_the_dictionary_belongs_to_the_format() -> None:
    """Another dictionary needs another number in the header, or old tokens turn to garbage."""
    assert tokens.HEADER.endswith(b"\x01")
    digest = "dd2e9055c93f0a4e"
    assert hashlib.sha256(tokens.DICTIONARY).hexdigest()[:16] == digest


def test_without_policies_and_tags_nothing_is_packed() -> None:
    assert RING.seal_session(CLAIMS)[1] == 0


@pytest.mark.parametrize(
    "counted",
    [
        {"policies": (POLICY,)},
        {"policy_arns": ("arn:aws:iam::123456789012:policy/p",)},
        {"tags": {"Team": "a"}},
    ],
    ids=["policies", "policy_arns", "tags"],
)
def test_policies_arns_and_tags_count_against_the_packed_size(counted: dict[str, object]) -> None:
    _, percent = RING.seal_session(msgspec.structs.replace(CLAIMS, **counted))
    assert 0 < percent <= 100


def test_what_is_not_a_policy_arn_or_tag_does_not_count() -> None:
    tagged = msgspec.structs.replace(CLAIMS, tags={"Team": "a"})
    _, percent = RING.seal_session(tagged)
    keys = {f"saml:{n}": hashlib.sha512(bytes([n])).hexdigest() for n in range(60)}
    assert RING.seal_session(msgspec.structs.replace(tagged, request_keys=keys))[1] == percent


@given(st.lists(st.binary(min_size=90, max_size=90), min_size=1, max_size=60, unique=True))
def test_the_packed_size_has_a_budget_of_4096_bytes(random: list[bytes]) -> None:
    tags = {f"{n}": base64.b64encode(value).decode() for n, value in enumerate(random)}
    said = msgspec.structs.replace(CLAIMS, tags=tags)
    size = len(tokens._compress(msgspec.msgpack.encode(((), (), tags, ()))))
    if size > 4096:
        with pytest.raises(TokenTooLarge) as caught:
            RING.seal_session(said)
        assert caught.value.percent > 100
    else:
        percent = RING.seal_session(said)[1]
        assert (percent - 1) * 4096 < size * 100 <= percent * 4096


def test_more_than_the_budget_is_refused_with_the_percent() -> None:
    tags = {f"k{n}": hashlib.sha512(bytes([n])).hexdigest() * 2 for n in range(50)}
    with pytest.raises(TokenTooLarge) as caught:
        RING.seal_session(msgspec.structs.replace(CLAIMS, tags=tags))
    assert caught.value.percent > 100
    assert f"{caught.value.percent}%" in str(caught.value)


def test_a_sealed_secret_opens_under_its_access_key_id_only() -> None:
    sealed = RING.seal_secret("AKIAONE", SECRET)
    assert RING.open_secret("AKIAONE", sealed) == SECRET
    assert SECRET.encode() not in sealed
    assert RING.seal_secret("AKIAONE", SECRET) != sealed
    with pytest.raises(SecretDamaged):
        RING.open_secret("AKIATWO", sealed)


def test_a_damaged_secret_does_not_open() -> None:
    sealed = RING.seal_secret("AKIAONE", SECRET)
    for position in range(len(sealed)):
        with pytest.raises(SecretDamaged):
            RING.open_secret("AKIAONE", sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :])
        with pytest.raises(SecretDamaged):
            RING.open_secret("AKIAONE", sealed[:position])


def test_a_secret_is_no_token_and_a_token_no_secret() -> None:
    """Both are sealed with keys derived for their purpose."""
    token, _ = RING.seal_session(CLAIMS)
    raw = tokens.from_text(token)[len(tokens.HEADER) :]
    with pytest.raises(SecretDamaged):
        RING.open_secret("AKIAONE", raw)


def ring(*keys: str) -> Keyring:
    made = Keyring.from_environment({"ROLECALL_KEY": ",".join(keys)})
    assert made is not None
    return made


def test_while_rotating_the_new_key_seals_and_both_open() -> None:
    old, both, new = ring(ONE), ring(TWO, ONE), ring(TWO)
    secret, (token, _) = old.seal_secret("AKIA", SECRET), old.seal_session(CLAIMS)
    assert both.open_secret("AKIA", secret) == SECRET
    assert both.unseal_session(token) == CLAIMS
    fresh, (fresh_token, _) = both.seal_secret("AKIA", SECRET), both.seal_session(CLAIMS)
    assert new.open_secret("AKIA", fresh) == SECRET
    assert new.unseal_session(fresh_token) == CLAIMS
    with pytest.raises(SecretDamaged, match="not here"):
        new.open_secret("AKIA", secret)
    with pytest.raises(TokenDamaged):
        new.unseal_session(token)


def test_resealing_ends_a_rotation() -> None:
    sealed = ring(ONE).seal_secret("AKIA", SECRET)
    fresh = ring(TWO, ONE).reseal_secret("AKIA", sealed)
    assert fresh is not None
    assert ring(TWO).open_secret("AKIA", fresh) == SECRET
    assert ring(TWO, ONE).reseal_secret("AKIA", fresh) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("x", "base64"),
        ("☃", "base64"),
        (base64.b64encode(b"short").decode(), "32 bytes"),
        (f"{ONE},{TWO},{THREE}", "two while rotating"),
    ],
)
def test_an_unusable_key_says_what_is_expected_and_does_not_show_it(text: str, says: str) -> None:
    with pytest.raises(KeyUnusable, match=says) as caught:
        Keyring.from_environment({"ROLECALL_KEY": text})
    assert ONE not in str(caught.value)


def test_the_key_file_is_private_and_stays(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        first = Keyring.in_directory(tmp_path / "data")
    finally:
        os.umask(old)
    path = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == [KEY_FILE]
    sealed = first.seal_secret("AKIA", SECRET)
    assert Keyring.in_directory(tmp_path / "data").open_secret("AKIA", sealed) == SECRET


def test_processes_that_start_together_have_one_key(tmp_path: Path) -> None:
    rings: list[Keyring] = []
    threads = [threading.Thread(target=lambda: rings.append(Keyring.in_directory(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sealed = rings[0].seal_secret("AKIA", SECRET)
    assert [other.open_secret("AKIA", sealed) for other in rings] == [SECRET] * 8


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    Keyring.in_directory(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        Keyring.in_directory(tmp_path)


def test_a_damaged_key_file_is_refused_and_not_replaced(tmp_path: Path) -> None:
    Keyring.in_directory(tmp_path)
    (tmp_path / KEY_FILE).write_text("")
    with pytest.raises(KeyUnusable):
        Keyring.in_directory(tmp_path)
    assert (tmp_path / KEY_FILE).read_text() == ""


def test_the_environment_comes_before_the_file(tmp_path: Path) -> None:
    shared = Keyring.open(tmp_path, {"ROLECALL_KEY": ONE})
    assert not (tmp_path / KEY_FILE).exists()
    assert ring(ONE).open_secret("AKIA", shared.seal_secret("AKIA", SECRET)) == SECRET
    assert Keyring.open(tmp_path, {}).seal_secret("AKIA", SECRET)
    assert (tmp_path / KEY_FILE).exists()


def test_nothing_that_is_printed_shows_a_secret() -> None:
    keys = ring(ONE)
    for shown in (repr(keys), str(vars(keys)), repr(CLAIMS), str(CLAIMS), repr(CLAIMS.__rich_repr__())):
        assert SECRET not in shown
        assert ONE not in shown
        assert repr(base64.b64decode(ONE)) not in shown
