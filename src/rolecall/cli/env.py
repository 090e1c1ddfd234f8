"""`rolecall env`: what a shell or a program needs to reach a running server."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from rolecall.cli.render import form_option

# `rolecall up … &` and `rolecall env` stand on one line: the server may still be starting.
PATIENCE = 15.0


@click.command()
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@click.option("--account", metavar="ID", help="The account whose root user is meant (default: the first).")
@click.option("--as", "arn", metavar="ARN", help="Credentials of this role, user or user profile (default: root).")
@click.option(
    "--proxy",
    "through_proxy",
    is_flag=True,
    help="For clients that insist on AWS's host names: go through its proxy.",
)
@form_option
def env(data: Path | None, account: str | None, arn: str | None, through_proxy: bool, form: str) -> None:
    """Print what a shell or program needs to reach a running server.

    \b
    In a shell:   eval "$(rolecall env)"
    In a program: rolecall env --format json
    """
    from rolecall.connection import default_folder, from_folder

    connection = from_folder(data or default_folder(), wait=PATIENCE)
    if account is not None:
        connection = connection.of_account(account)
    if arn is not None:
        connection = connection.acting_as(arn)
    variables = connection.environment(through_proxy=through_proxy)
    if form == "json":
        # Nothing but variables: a program passes them on as an environment.
        click.echo(json.dumps(variables, indent=2))
        return
    for name, value in variables.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    if through_proxy:
        # Left over from another time, it would lead around the proxy.
        click.echo("unset AWS_ENDPOINT_URL")
    if "AWS_SESSION_TOKEN" not in variables:
        # A token left over from another session would be sent with the root user's key and refused.
        click.echo("unset AWS_SESSION_TOKEN")
