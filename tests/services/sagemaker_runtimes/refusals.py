"""What comes of a call that must not go through."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int, str]:
    """Code, status and message of a call that must not go through."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    held = caught.value.response
    return held["Error"]["Code"], held["ResponseMetadata"]["HTTPStatusCode"], held["Error"]["Message"]
