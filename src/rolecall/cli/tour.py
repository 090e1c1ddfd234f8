"""`rolecall tour`: play the tour against a private server and say how it went."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from rolecall.cli.render import form_option


@click.command()
@click.option("--section", "section", metavar="NAME", help="Play one section only (names: --list).")
@click.option("--list", "only_list", is_flag=True, help="List the sections and checks, and play nothing.")
@click.option("--keep", is_flag=True, help="Leave the server up afterwards, until Ctrl-C.")
@click.option(
    "--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to send to a colleague."
)
@form_option
def tour(section: str | None, only_list: bool, keep: bool, html: Path | None, form: str) -> None:
    """Watch how SageMaker works with IAM, check by check.

    A private server is started, boto3 asks, and every answer is compared with what AWS's documents say.
    The exit code is 1 when one of them differs.
    """
    from rolecall.tour.sections import SECTIONS
    from rolecall.tour.show import listed

    chosen = [found for found in SECTIONS if section in (None, found.name)]
    if not chosen:
        names = ", ".join(found.name for found in SECTIONS)
        raise click.UsageError(f"there is no section {section!r}; the sections are: {names}")
    if only_list:
        for line in listed(chosen):
            click.echo(line)
        return
    started = time.monotonic()
    from rolecall.tour.guide import guide

    wrong = guide(chosen, started=started, keep=keep, html=html, as_json=form == "json")
    sys.exit(1 if wrong else 0)
