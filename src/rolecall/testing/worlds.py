"""Seed a test's account: a world from a file or a dict, written for the account 123456789012.

That id stands for the test's account wherever it occurs, in the world and in the policies that it names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rolecall import catalog
from rolecall.analysis.worlds import Library, WorldFile, read_world
from rolecall.analysis.worlds.format import DEFAULT_ACCOUNT
from rolecall.seeds.applying import apply
from rolecall.seeds.in_process import Wishing

if TYPE_CHECKING:
    from rolecall.testing.server import Account

# The name under which a dict is told about in messages.
IN_TEST: Final = "world.json"


def apply_world(world: str | os.PathLike[str] | Mapping[str, Any], account: Account) -> None:
    """Apply a world to a test's account, and to the other accounts that it names."""
    found = read_for(account.id, world)
    server = account.server
    platform = server.server.platform
    wishing = Wishing(platform)
    server.server.platform = wishing  # type: ignore[assignment]
    server.server.judge.guarded = False
    try:
        apply(
            found,
            lambda ident, service: _of(account, ident).client(service, region_name=found.region),
            wishing.wish,
        )
    finally:
        server.server.platform = platform
        server.server.judge.guarded = True


def read_for(account: str, world: str | os.PathLike[str] | Mapping[str, Any]) -> WorldFile:
    """The world with this account in the place of the one it is written for."""
    # A dict that some YAML reader made has a date where a policy's version stands.
    text = json.dumps(world, default=str) if isinstance(world, Mapping) else None
    name = IN_TEST if text is not None else os.fspath(world)  # type: ignore[arg-type]

    def read_file(wanted: str) -> str:
        found = text if text is not None and wanted == name else Path(wanted).read_text("utf-8")
        return found.replace(DEFAULT_ACCOUNT, account)

    return read_world(Library(read_file, catalog.load()), name, account)


def _of(account: Account, ident: str) -> Account:
    return account if ident == account.id else account.server.new_account(ident)
