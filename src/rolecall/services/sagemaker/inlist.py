"""Pages of lists that are computed and not stored: child jobs, steps, search results."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from rolecall.services.sagemaker.errors import refuse

One = TypeVar("One")


def page_of(all_of_them: Sequence[One], limit: int, token: str | None) -> tuple[list[One], str | None]:
    """The elements from where a token points, and the token of the next page."""
    needs_room(limit)
    start = _position(token)
    if start > len(all_of_them):
        raise refuse("next token")
    end = start + limit
    following = base64.urlsafe_b64encode(b"at:%d" % end).decode("ascii") if end < len(all_of_them) else None
    return list(all_of_them[start:end]), following


def needs_room(limit: int) -> None:
    """Refuse a page for less than one element: some operations' models set no lower limit."""
    if limit < 1:
        raise refuse("page size", size=limit)


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode("ascii", "replace")).partition(b":")
        if word != b"at":
            raise refuse("next token")
        position = int(number)
    except (binascii.Error, ValueError) as bad:
        raise refuse("next token") from bad
    if position < 0:
        raise refuse("next token")
    return position
