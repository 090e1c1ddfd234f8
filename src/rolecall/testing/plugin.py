"""The pytest plugin: fixtures for a server and an account per test, and policy test files as tests.

Imports nothing but pytest: whoever has rolecall installed has this module in every run, also in runs that never
use it. docs/PYTEST.md is the guide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from rolecall.testing.server import Account, Acting, TestServer

ENDINGS = (".rolecall.yaml", ".rolecall.yml", ".rolecall.json")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rolecall")
    group.addoption(
        "--rolecall-http",
        action="store_true",
        default=None,
        help="let the tests' clients reach rolecall over HTTP on 127.0.0.1 instead of within the process",
    )
    parser.addini("rolecall_http", "reach rolecall over HTTP instead of within the process", "bool", False)
    parser.addini("rolecall_profile", "how to decide: reference or guide", default="reference")
    parser.addini("rolecall_time_scale", "how many times as fast life cycles run", default="100")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if not file_path.name.endswith(ENDINGS):
        return None
    from rolecall.testing.collecting import PolicyTestFile

    collector: pytest.Collector = PolicyTestFile.from_parent(parent, path=file_path)
    return collector


@pytest.fixture(scope="session")
def rolecall_server(pytestconfig: pytest.Config) -> Iterator[TestServer]:
    """A server for the whole run; each pytest-xdist worker has its own."""
    from rolecall.testing.server import in_process, over_http

    over = pytestconfig.getoption("--rolecall-http") or pytestconfig.getini("rolecall_http")
    make = over_http if over else in_process
    scale = float(pytestconfig.getini("rolecall_time_scale"))
    with make(time_scale=scale, profile=pytestconfig.getini("rolecall_profile")) as server:
        yield server


@pytest.fixture
def rolecall_account(rolecall_server: TestServer) -> Iterator[Account]:
    """An account of the test's own. Clients that are made without arguments act as its root user."""
    account = rolecall_server.new_account()
    with account:
        yield account


@pytest.fixture
def rolecall_clients(rolecall_account: Account) -> Callable[..., Any]:
    """Makes boto3 clients of the root user of the test's account: `rolecall_clients("iam")`."""
    return rolecall_account.client


@pytest.fixture
def as_principal(rolecall_account: Account) -> Callable[..., Acting]:
    """`with as_principal("role/DataScientist") as ds:` acts as a role, user, user profile or space."""
    return rolecall_account.as_principal


@pytest.fixture
def assert_allowed(rolecall_server: TestServer) -> Callable[..., Any]:
    """`assert_allowed(client.create_model, ModelName=…)` gives the answer, or fails with the explanation."""
    from rolecall.testing.asserting import assert_allowed as check

    def assert_allowed(call: Callable[..., Any], /, **parameters: Any) -> Any:
        __tracebackhide__ = True
        return check(rolecall_server, call, **parameters)

    return assert_allowed


@pytest.fixture
def assert_denied(rolecall_server: TestServer) -> Callable[..., Any]:
    """`assert_denied(client.create_model, because="boundary", ModelName=…)` gives the error, or fails."""
    from rolecall.testing.asserting import assert_denied as check

    def assert_denied(call: Callable[..., Any], /, *, because: Any = None, **parameters: Any) -> Any:
        __tracebackhide__ = True
        return check(rolecall_server, call, because=because, **parameters)

    return assert_denied
