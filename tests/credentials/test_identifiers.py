"""Identifiers look as AWS's do."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rolecall.credentials.identifiers import PREFIXES, account_of, new_access_key_id, new_id, new_secret


def fixed(byte: int) -> Callable[[int], bytes]:
    return lambda count: bytes([byte]) * count


@pytest.mark.parametrize("prefix", [p for p in PREFIXES.values() if p not in ("AKIA", "ASIA")])
def test_ids_are_a_prefix_and_17_characters(prefix: str) -> None:
    assert re.fullmatch(prefix + "[A-Z2-7]{17}", new_id(prefix))


@given(st.binary(min_size=5, max_size=5), st.integers(0, 10**12 - 1), st.sampled_from(["AKIA", "ASIA"]))
def test_an_access_key_id_carries_its_account(random: bytes, account: int, prefix: str) -> None:
    """As read by public decoders: base32 of the 16 characters, first six bytes, bits 7 to 46."""
    key = new_access_key_id(prefix, f"{account:012d}", randomness=lambda count: random[:count])
    assert re.fullmatch(prefix + "[A-Z2-7]{16}", key)
    assert account_of(key) == f"{account:012d}"


@given(st.binary(min_size=5, max_size=5), st.binary(min_size=5, max_size=5))
def test_other_randomness_is_another_access_key_id(one: bytes, two: bytes) -> None:
    ids = {new_access_key_id("AKIA", "123456789012", randomness=lambda count, r=r: r[:count]) for r in (one, two)}
    # 39 of the 40 bits are used.
    same = int.from_bytes(one, "big") & ((1 << 40) - 1) == int.from_bytes(two, "big") & ((1 << 40) - 1)
    assert len(ids) == 1 if same else len(ids) == 2


def test_a_published_access_key_id_is_decoded() -> None:
    """The example of AWS's GetAccessKeyInfo community decoders: ASIAQNZGKIQY56JQ7WML belongs to 029608264753."""
    assert account_of("ASIAQNZGKIQY56JQ7WML") == "029608264753"


@pytest.mark.parametrize(
    "text", ["", "AKIA", "AKIA" + "A" * 15, "AKIA" + "1" * 16, "AKIA" + "☃" * 16, "AKIA" + "A" * 24]
)
def test_what_is_no_access_key_id_has_no_account(text: str) -> None:
    assert account_of(text) is None


def test_secrets_have_40_characters_of_base64() -> None:
    assert re.fullmatch("[A-Za-z0-9+/]{40}", new_secret())
    assert new_secret(randomness=fixed(255)) == "/" * 40
    assert new_secret() != new_secret()


def test_ids_of_another_alphabet_prefer_no_letter() -> None:
    """252 of 256 bytes make 7 x 36 letters; the four above are thrown away."""
    every = bytes(range(256))
    source = iter(every)
    text = new_id(
        "d-",
        2 + 252,
        "abcdefghijklmnopqrstuvwxyz0123456789",
        randomness=lambda n: bytes(list(source) or every)[:n],
    )
    assert {text[2:].count(letter) for letter in "abcdefghijklmnopqrstuvwxyz0123456789"} == {7}
