"""Test files as dicts, read as they would be from a disk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rolecall import catalog
from rolecall.analysis.policy_tests.format import TestFile
from rolecall.analysis.policy_tests.reading import read_tests
from rolecall.analysis.policy_tests.running import Engine, Result, plans, run
from rolecall.analysis.worlds import Library
from rolecall.cli.api_parameters import typed

NOW = datetime(2026, 11, 23, 21, 30, 50, tzinfo=UTC)
ENGINE = Engine.of()


def library_of(files: Mapping[str, str | Mapping[str, Any]]) -> Library:
    texts = {name: held if isinstance(held, str) else json.dumps(held, indent=1) for name, held in files.items()}

    def read_file(name: str) -> str:
        if name not in texts:
            raise FileNotFoundError(2, "No such file or directory")
        return texts[name]

    return Library(read_file, catalog.load())


def run_all(library: Library, file: TestFile) -> list[Result]:
    return [run(each, ENGINE) for each in plans(file, library.catalog, typed, NOW)]


def results(world: Mapping[str, Any], *cases: Mapping[str, Any], **files: Any) -> tuple[Library, list[Result]]:
    """The results of cases in a world; keyword arguments are policies, `p` in the file p.json."""
    named = [{"name": f"case {number}", **case} for number, case in enumerate(cases)]
    held = {f"{name}.json": body for name, body in files.items()}
    library = library_of({"t.json": {"world": world, "cases": named}, **held})
    return library, run_all(library, read_tests(library, "t.json"))
