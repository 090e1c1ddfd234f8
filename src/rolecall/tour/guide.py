"""Lead through the tour: start private servers, play the sections, tell and count."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from rolecall.connection import Connection, RootKey
from rolecall.server import running
from rolecall.tour.check import ACCOUNT, OTHER_ACCOUNT, Section
from rolecall.tour.play import Result, play
from rolecall.tour.sections import OPENING
from rolecall.tour.show import as_data, heading, last_line, told
from rolecall.tour.stage import Stage

# Life cycles run by the minute on AWS; a visitor sees them move.
TIME_SCALE: Final = 60.0


def guide(sections: Sequence[Section], *, started: float, keep: bool, html: Path | None, as_json: bool) -> int:
    """Play the sections and tell them; gives the number of wrong checks."""
    say = _quiet if as_json else click.echo
    results: list[Result] = []
    with contextlib.ExitStack() as servers:
        stages: dict[str, Stage] = {}
        total = sum(len(section.checks) for section in sections)
        for section in sections:
            if section.profile not in stages:
                stages[section.profile] = Stage(private_server(servers, section.profile))
            for line in heading(section, len(results) + 1, total):
                say(line)
            for result in play(section, stages[section.profile], len(results) + 1, OPENING):
                results.append(result)
                for line in told(result):
                    say(line)
        wrong = [result for result in results if result.wrong is not None]
        seconds = time.monotonic() - started
        if as_json:
            data = [as_data(result) for result in results]
            click.echo(json.dumps({"schema_version": 1, "checks": data, "wrong": len(wrong)}, indent=2))
        if html is not None:
            from rolecall.tour.page import page

            html.write_text(page(results, seconds), encoding="utf-8")
            say(f"Written: {html}")
        if keep:
            _stay(next(iter(stages.values())).connection)
        for result in wrong:
            say(f"wrong: {result.number} {result.check.title}")
        say(last_line(len(results) - len(wrong), len(wrong), seconds))
    return len(wrong)


def private_server(servers: contextlib.ExitStack, profile: str) -> Connection:
    """A server of our own, in memory, that ends with the stack."""
    server = servers.enter_context(
        running(profile=profile, accounts=(ACCOUNT, OTHER_ACCOUNT), time_scale=TIME_SCALE)
    )
    return Connection(
        endpoint=server.endpoint,
        access_key_id=server.access_key_id,
        secret_access_key=server.secret_access_key,
        account=ACCOUNT,
        accounts={root.account: RootKey(root.access_key_id, root.secret_access_key) for root in server.roots},
    )


def _stay(connection: Connection) -> None:
    """Leave the server up until Ctrl-C."""
    click.echo("The server stays up. Point a shell at it with:\n", err=True)
    for name, value in connection.environment().items():
        click.echo(f"export {name}={value}", err=True)
    click.echo("\nCtrl-C ends it.", err=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


def _quiet(line: str) -> None:
    """Nothing but data on standard output."""
    if line.startswith("wrong:"):
        print(line, file=sys.stderr)
