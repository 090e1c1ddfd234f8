"""A private server for the tests of the tour, new for each test: resources keep their names."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from rolecall.tour.guide import private_server
from rolecall.tour.stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    with contextlib.ExitStack() as servers:
        yield Stage(private_server(servers, "reference"))
