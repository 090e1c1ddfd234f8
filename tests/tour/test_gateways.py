"""The whole tour against servers of several processes: every answer is what it is against one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateways import KINDS, two_gateways, two_workers
from rolecall.connection import Connection, RootKey
from rolecall.server import Running
from rolecall.tour.check import ACCOUNT, OTHER_ACCOUNT
from rolecall.tour.guide import TIME_SCALE
from rolecall.tour.play import play
from rolecall.tour.sections import OPENING, SECTIONS
from rolecall.tour.stage import Stage

pytestmark = [pytest.mark.clients, pytest.mark.slow]

OPTIONS = ("--account", ACCOUNT, "--account", OTHER_ACCOUNT, "--time-scale", str(TIME_SCALE))


@pytest.fixture(params=KINDS[1:])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    if request.param == "two workers on SQLite":
        up = two_workers(tmp_path, *OPTIONS)
    else:
        up = two_gateways(tmp_path, request.getfixturevalue("schema_url"), *OPTIONS)
    with up as found:
        yield found


def test_every_check_of_the_tour_is_right(server: Running) -> None:
    connection = Connection(
        endpoint=server.endpoint,
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
        account=ACCOUNT,
        accounts={root.account: RootKey(root.access_key_id, root.secret_access_key) for root in server.roots},
    )
    stage = Stage(connection)
    results = []
    for section in SECTIONS:
        if section.profile == "reference":
            results += play(section, stage, len(results) + 1, OPENING)
    assert len(results) > 60
    assert [(result.check.title, result.wrong) for result in results if result.wrong] == []
