"""Checksums against published values, however the bytes arrive."""

from __future__ import annotations

import pytest

from rolecall.wire import checksums

# The check values of each ("123456789"), from the RFCs and the catalogue of parametrised CRC algorithms.
PUBLISHED = {
    "CRC32": "cbf43926",
    "CRC32C": "e3069283",
    "CRC64NVME": "ae8b14860a799888",
    "SHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "SHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
    "MD5": "25f9e794323b453885f5181f1b624d0b",
}


@pytest.mark.parametrize("algorithm", sorted(PUBLISHED))
@pytest.mark.parametrize("size", [1, 4, 9])
def test_published_values(algorithm: str, size: int) -> None:
    running = checksums.new(algorithm)
    for start in range(0, 9, size):
        running.update(b"123456789"[start : start + size])
    assert running.digest().hex() == PUBLISHED[algorithm]
    assert checksums.well_formed(algorithm, checksums.written(running.digest()))


@pytest.mark.parametrize("value", ["", "x", "y/Q5Jg", "y/Q5JgAA", "ü"])
def test_what_is_no_checksum(value: str) -> None:
    assert not checksums.well_formed("CRC32", value)


def test_an_unknown_algorithm_is_not_available() -> None:
    assert not checksums.known("CRC16")
    assert not checksums.available("CRC16")
