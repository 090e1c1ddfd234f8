"""rolecall in tests: a pytest plugin, and a server in the process of whoever tests.

Imports nothing at first: every pytest run of an environment that has rolecall loads the plugin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolecall.testing.asserting import assert_allowed, assert_denied
    from rolecall.testing.server import Account, Acting, TestServer, in_process, over_http

_HOMES = {
    "Account": "server",
    "Acting": "server",
    "TestServer": "server",
    "assert_allowed": "asserting",
    "assert_denied": "asserting",
    "in_process": "server",
    "over_http": "server",
}

__all__ = [
    "Account",
    "Acting",
    "TestServer",
    "assert_allowed",
    "assert_denied",
    "in_process",
    "over_http",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{home}"), name)
