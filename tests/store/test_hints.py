"""Gateways tell each other of changes of principals; nothing rests on it."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from rolecall.store import open_store
from store.samples import ACCOUNT, job, user


def test_a_change_of_principals_is_heard_of_by_the_other_gateway(schema_url: str) -> None:
    one, two = open_store(schema_url), open_store(schema_url)
    heard: list[str] = []
    came = threading.Event()

    def listener(scope: str) -> None:
        heard.append(scope)
        came.set()

    try:
        two.on_hint(listener)
        number = 0
        # The first may come before the other listens.
        while not came.wait(0.2):
            number += 1
            assert number < 100
            one.write_sync(lambda unit, number=number: unit.add_item(user(f"user-{number}")))
        assert set(heard) == {f"principals:{ACCOUNT}"}
        before = len(heard)
        one.write_sync(lambda unit: unit.add_item(job("job")))  # no principal: nobody is told
        came.clear()
        one.write_sync(lambda unit: unit.add_item(user("last")))
        assert came.wait(20)
        assert len(heard) == before + 1
    finally:
        one.close()
        two.close()


def test_a_unit_that_is_given_up_is_not_heard_of(schema_url: str) -> None:
    one, two = open_store(schema_url), open_store(schema_url)
    heard: list[str] = []
    came = threading.Event()

    def failing(unit: Any) -> None:
        unit.add_item(user("never"))
        raise LookupError

    try:
        two.on_hint(lambda scope: (heard.append(scope), came.set()))  # type: ignore[func-returns-value]
        number = 0
        while not came.wait(0.2):
            number += 1
            assert number < 100
            one.write_sync(lambda unit, number=number: unit.add_item(user(f"user-{number}")))
        count = len(heard)
        with contextlib.suppress(LookupError):
            one.write_sync(failing)
        came.clear()
        one.write_sync(lambda unit: unit.add_item(user("last")))
        assert came.wait(20)
        assert len(heard) == count + 1
    finally:
        one.close()
        two.close()
