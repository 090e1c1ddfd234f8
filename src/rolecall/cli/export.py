"""`rolecall export`: the accounts of a running server as a world file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click


@click.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--account", "wanted", multiple=True, metavar="ID", help="Only this account; repeatable.")
@click.option("--region", help="Read SageMaker's resources of this region.  [default: the server's]")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json", "aws"]),
    default="yaml",
    show_default=True,
    help="How to write it; aws: as `aws iam get-account-authorization-details` does, accounts by their ids.",
)
@click.option(
    "--organization-of",
    "profile",
    metavar="PROFILE",
    help="Read only an organization, and not from a running server: from AWS, as this profile of the aws CLI.",
)
def export(
    output: Path | None,
    wanted: tuple[str, ...],
    region: str | None,
    data: Path | None,
    form: str,
    profile: str | None,
) -> None:
    """Write the accounts of a running server as a world: principals, policies, Studio domains and resources,
    and the organization that one of the accounts manages.

    The same file seeds another server (`rolecall up --seed FILE`) and is a world for policy tests. What
    --format aws writes is read by `rolecall import`.
    """
    from rolecall.errors import InputError
    from rolecall.seeds import exporting

    if profile is None:
        world = read_server(wanted, region, data, form)
    elif wanted or data or form == "aws":
        raise InputError(
            "--organization-of reads an organization as a world: no --account, --data or --format aws"
        )
    else:
        world = read_organization(profile, region)
    text = exporting.as_yaml(world) if form == "yaml" else as_json(world)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot write {output}: {problem.strerror}") from None


def read_server(wanted: tuple[str, ...], region: str | None, data: Path | None, form: str) -> dict[str, Any]:
    """Accounts of a running server: a world, or their authorization details."""
    from rolecall.cli.seed import client, with_own_account
    from rolecall.connection import find
    from rolecall.seeds import exporting

    server = with_own_account(find(data))
    region = region or server.region
    accounts = wanted or tuple(server.accounts)

    def client_for(account: str, service: str) -> Any:
        return client(server.of_account(account), service, region)

    if form == "aws":
        found = {account: exporting.details(client_for(account, "iam")) for account in accounts}
        return found if len(found) > 1 else found[accounts[0]]
    return exporting.export(accounts, region, client_for)


def read_organization(profile: str, region: str | None) -> dict[str, Any]:
    """The organization that a profile's account manages, wherever the profile points."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from rolecall.errors import InputError
    from rolecall.seeds import exporting

    try:
        session = boto3.session.Session(profile_name=profile)
        region = region or session.region_name or "us-east-1"
        caller = session.client("sts", region_name=region).get_caller_identity()
        return exporting.organization_of(caller["Account"], session.client("organizations", region_name=region))
    except (BotoCoreError, ClientError) as problem:
        raise InputError(f"profile {profile}: {problem}") from None


def as_json(world: Mapping[str, Any]) -> str:
    """JSON with times as the aws CLI writes them."""
    return json.dumps(world, indent=2, default=lambda value: value.isoformat()) + "\n"
