"""Benches: SageMaker's handlers over a store of their own (bench.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from rolecall.store import open_store
from rolecall.store.ports import Store
from services.sagemaker.bench import Bench

Opener = Callable[[float], Bench]


@pytest.fixture
def bench_at() -> Iterator[Opener]:
    """Makes a bench whose time runs at a scale."""
    stores: list[Store] = []

    def make(time_scale: float) -> Bench:
        stores.append(open_store(None))
        return Bench(stores[-1], time_scale)

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def bench(bench_at: Opener) -> Bench:
    return bench_at(1.0)
