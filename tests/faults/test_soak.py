"""A short soak (`make soak` runs a long one): kills under load lose nothing and let nobody in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from postgresql_server import binaries
from soaking import PostgresqlSite, SqliteSite, soak, told

pytestmark = [pytest.mark.clients, pytest.mark.slow]

SECONDS = 12.0


@pytest.mark.parametrize("kind", [SqliteSite, PostgresqlSite])
def test_kills_under_load_lose_nothing_and_let_nobody_in(kind: type[Any], tmp_path: Path) -> None:
    if kind is PostgresqlSite and binaries() is None:
        pytest.skip("no PostgreSQL: install the server")
    load = soak(kind, tmp_path, SECONDS, seed=4750)
    print(told(kind.__name__, load))
    assert load.wrong == []
    assert sum(load.site.kills.values()) >= 2
    assert len(load.acknowledged) > 20
    assert load.counts["policy checks"] > 20
