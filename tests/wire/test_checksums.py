"""Checksums against published values, however the bytes arrive."""

from __future__ import annotations

import pytest

from rolecall.wire import checksums

# The check values of each ("123456789"), from the RFCs and the catalogue of parametrised CRC algorithms.
PUBLISHED = {
    "CRC32": "y/Q5Jg==",
    "CRC32C": "4waSgw==",
    "CRC64NVME": "rosUhgp5mIg=",
    "SHA1": "98O8HYCOBHMq32eZZczDTKfuNEE=",
    "SHA256": "FeKw08M4kZCAAmHbdVdQWBCabPtxlGmjhp9Vjz3VIiU=",
    "MD5": "JfnnlDI7RThfUYG/GxRDug==",
}


@pytest.mark.parametrize("algorithm", sorted(PUBLISHED))
@pytest.mark.parametrize("size", [1, 4, 9])
def test_published_values(algorithm: str, size: int) -> None:
    running = checksums.new(algorithm)
    for start in range(0, 9, size):
        running.update(b"123456789"[start : start + size])
    value = checksums.written(running.digest())
    assert value == PUBLISHED[algorithm]
    assert checksums.well_formed(algorithm, value)


@pytest.mark.parametrize("value", ["", "x", "y/Q5Jg", "y/Q5JgAA", "ü"])
def test_what_is_no_checksum(value: str) -> None:
    assert not checksums.well_formed("CRC32", value)


def test_an_unknown_algorithm_is_not_available() -> None:
    assert not checksums.known("CRC16")
    assert not checksums.available("CRC16")
