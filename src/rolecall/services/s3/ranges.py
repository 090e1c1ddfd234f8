"""Which bytes of an object are asked for, and from which blobs they come (RFC 9110, 14; GetObject)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

from msgspec import Struct

from rolecall.services.blobs import PIECE, Blobs
from rolecall.services.s3.errors import refuse

RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")


class Piece(Struct, frozen=True):
    """Bytes of one blob."""

    blob: str
    start: int
    length: int


class Chosen(Struct, frozen=True):
    """A stretch of an object. partial: the answer is 206."""

    start: int
    length: int
    partial: bool
    pieces: tuple[Piece, ...]


def chosen(given: Mapping[str, Any], body: Mapping[str, Any]) -> Chosen:
    """The bytes that Range or partNumber ask for; all of them without either."""
    size, parts = int(body["Size"]), body["Parts"]
    asked, number = given.get("Range"), given.get("PartNumber")
    if asked is not None and number is not None:
        raise refuse("range and part")
    start, length, partial = 0, size, False
    if number is not None:
        number = int(number)
        if not 1 <= number <= 10_000:
            raise refuse("part number", ArgumentName="partNumber", ArgumentValue=number)
        if number > len(parts):
            raise refuse("part beyond", PartNumberRequested=number, ActualPartCount=len(parts))
        start = sum(int(part["Size"]) for part in parts[: number - 1])
        length, partial = int(parts[number - 1]["Size"]), size > 0
    elif asked is not None:
        found = stretch(str(asked), size)
        if found is not None:
            start, length = found
            partial = True
    return Chosen(start, length, partial, tuple(cut(parts, start, length)))


def stretch(text: str, size: int) -> tuple[int, int] | None:
    """Start and length of a range; None for one that is ignored; raises 416 for one that cannot be had."""
    found = RANGE.fullmatch(text.strip())
    if found is None or (not found[1] and not found[2]):
        return None
    if not found[1]:
        length = min(int(found[2]), size)
        if length == 0:
            raise refuse("range", RangeRequested=text, ActualObjectSize=size)
        return size - length, length
    first = int(found[1])
    last = min(int(found[2]), size - 1) if found[2] else size - 1
    if found[2] and int(found[2]) < first:
        return None
    if first >= size:
        raise refuse("range", RangeRequested=text, ActualObjectSize=size)
    return first, last - first + 1


def cut(parts: list[Mapping[str, Any]], start: int, length: int) -> Iterator[Piece]:
    """The stretches of blobs that a stretch of an object lies in."""
    at = 0
    for part in parts:
        size = int(part["Size"])
        first, last = max(start, at), min(start + length, at + size)
        if first < last:
            yield Piece(str(part["Blob"]), first - at, last - first)
        at += size


class FilePieces:
    """The bytes of an answer. Files are opened at once, so that they stay readable while an object is replaced."""

    def __init__(self, blobs: Blobs, pieces: tuple[Piece, ...], length: int) -> None:
        self.length = length
        self._blobs = blobs
        self._pieces = pieces
        self._first: BinaryIO | None = blobs.open(pieces[0].blob) if pieces else None

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            file, self._first = self._first or self._blobs.open(piece.blob), None
            with file:
                file.seek(piece.start)
                left = piece.length
                while left:
                    data = file.read(min(left, PIECE))
                    if not data:
                        raise OSError(f"blob {piece.blob} is shorter than its row says")
                    left -= len(data)
                    yield data

    def close(self) -> None:
        if self._first is not None:
            self._first.close()
