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
    start = _position(token)
    if start > len(all_of_them):
        raise refuse("next token")
    end = start + limit
    following = base64.urlsafe_b64encode(b"at:%d" % end).decode("ascii") if end < len(all_of_them) else None
    return list(all_of_them[start:end]), following


def _position(token: str | None) -> int:
    if not token:
        return 0
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode("ascii", "replace")).partition(b":")
        if word != b"at":
            raise refuse("next token")
        return int(number)
    except (binascii.Error, ValueError) as bad:
        raise refuse("next token") from bad
