"""Presigned URLs to what no server of ours serves: the form AWS gives them, with a token that opens nothing.

What runs behind such a URL (MLflow, a partner's application, the files of a hub) is not there.
"""

from __future__ import annotations

from typing import Final

from rolecall.services.call import Call
from rolecall.services.sagemaker.errors import refuse
from rolecall.store.records import Item

TOKEN_LETTERS: Final = 64
RUNNING: Final = ("Created", "Updated", "Started", "Available")


def url_to(call: Call, item: Item, noun: str, address: str) -> str:
    """The address of something with a token; refused unless it runs."""
    if item.status not in RUNNING:
        raise refuse("not active", noun=noun, arn=item.arn, status=item.status)
    return f"{address}/auth?authToken={call.platform.new_id('', TOKEN_LETTERS)}"
