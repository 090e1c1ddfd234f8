"""The CRC of two texts one after the other, from the CRC of each and the length of the second.

Appending zero bytes is a linear map over GF(2); its powers are made by squaring (zlib's crc32_combine).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Reflected polynomials.
POLYNOMIALS: Final[Mapping[str, tuple[int, int]]] = {
    "CRC32": (0xEDB88320, 32),
    "CRC32C": (0x82F63B78, 32),
    "CRC64NVME": (0x9A6C9329AC4BC9B5, 64),
}


def combine(algorithm: str, first: int, second: int, length: int) -> int:
    """The CRC of both. length: bytes of the second text."""
    polynomial, width = POLYNOMIALS[algorithm]
    one_zero_bit = [polynomial, *(1 << bit for bit in range(width - 1))]
    power = _square(_square(_square(one_zero_bit)))  # one zero byte
    while length:
        if length & 1:
            first = _times(power, first)
        length >>= 1
        if length:
            power = _square(power)
    return first ^ second


def _times(matrix: list[int], vector: int) -> int:
    total, column = 0, 0
    while vector:
        if vector & 1:
            total ^= matrix[column]
        vector >>= 1
        column += 1
    return total


def _square(matrix: list[int]) -> list[int]:
    return [_times(matrix, column) for column in matrix]
