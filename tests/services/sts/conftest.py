from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.accounts import Accounts, accounts


@pytest.fixture
def here() -> Iterator[Accounts]:
    """Two fresh accounts."""
    with accounts() as made:
        yield made
