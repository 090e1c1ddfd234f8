"""Policy test files as pytest items: every case of a *.rolecall.yaml is a test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest

from rolecall import catalog
from rolecall.analysis.policy_tests.expansion import plan
from rolecall.analysis.policy_tests.format import Case, TestFile
from rolecall.analysis.policy_tests.reading import read_tests
from rolecall.analysis.policy_tests.running import Engine, Result, run
from rolecall.analysis.policy_tests.telling import Teller
from rolecall.analysis.worlds import Library
from rolecall.cli.api_parameters import typed
from rolecall.cli.test import read_text
from rolecall.errors import RolecallError

PROFILE: Final = "rolecall_profile"


class CaseFailed(Exception):
    """A case that was decided otherwise than expected."""

    def __init__(self, result: Result, teller: Teller) -> None:
        super().__init__(teller.headline(result))
        self.result = result
        self.teller = teller

    def __str__(self) -> str:
        place = self.result.case.place
        return "\n".join([f"{place.source.name}:{place.line}", *self.teller.lines(self.result)])


class PolicyTestFile(pytest.File):
    def collect(self) -> Iterator[PolicyTestItem]:
        library = Library(read_text, catalog.load())
        name = _shown(self.path, self.config.rootpath)
        try:
            found = read_tests(library, name)
        except RolecallError as problem:
            raise self.CollectError(str(problem)) from None
        engine = Engine.of(self.config.getini(PROFILE) or "reference")
        for case in found.cases:
            yield PolicyTestItem.from_parent(
                self, name=case.name, case=case, found=found, library=library, engine=engine
            )


class PolicyTestItem(pytest.Item):
    """One case."""

    def __init__(self, *, case: Case, found: TestFile, library: Library, engine: Engine, **more: Any) -> None:
        super().__init__(**more)
        self._case = case
        self._found = found
        self._library = library
        self._engine = engine

    def runtest(self) -> None:
        if self._case.skip is not None:
            pytest.skip(self._case.skip)
        planned = plan(self._case, self._found.world, self._library.catalog, typed, datetime.now(UTC))
        result = run(planned, self._engine)
        if not result.passed:
            raise CaseFailed(result, Teller(self._library.documents, self._engine))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, CaseFailed | RolecallError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self._case.place.line - 1, self.name


def _shown(path: Path, root: Path) -> str:
    """As the user would name it: relative to the current folder where that is shorter."""
    for folder in (Path.cwd(), root):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix() if folder == Path.cwd() else str(path)
    return str(path)
