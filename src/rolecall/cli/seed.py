"""`rolecall seed`: make a running server's accounts as a world file says. `up --seed` does it at the start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rolecall.cli.render import form_option, print_json

if TYPE_CHECKING:
    from rolecall.analysis.worlds import WorldFile
    from rolecall.connection import Connection
    from rolecall.seeds.changes import Change
    from rolecall.server.assembly import Server
    from rolecall.server.run import MakeApplication


@click.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@form_option
def seed(file: str, data: Path | None, form: str) -> None:
    """Make the accounts of a running server as the world in FILE says.

    What the file names is afterwards as it says; what it does not name stays as it is. Applying a file twice
    changes nothing the second time.
    """
    from rolecall.connection import find
    from rolecall.seeds.applying import apply

    world = read(file)
    server = with_own_account(find(data))
    changes = apply(world, lambda account, service: client(server.of_account(account), service, world.region))
    if form == "json":
        print_json({"changes": [{"verb": each.verb, "what": each.what} for each in changes]})
    else:
        for line in told(changes):
            click.echo(line)


def read(file: str) -> WorldFile:
    """The world in a file, with what its policies say."""
    from rolecall import catalog
    from rolecall.analysis.worlds import Library, read_world
    from rolecall.cli.test import read_text
    from rolecall.errors import InputError

    try:
        return read_world(Library(read_text, catalog.load()), file)
    except OSError as problem:
        raise InputError(f"cannot read {file}: {problem.strerror}") from None


def told(changes: Iterable[Change]) -> list[str]:
    return [str(change) for change in changes] or ["nothing to change"]


def summary(changes: Sequence[Change]) -> list[str]:
    """What a start says of a seed: how much it did, and everything that it did not."""
    left_out = [str(change) for change in changes if change.verb == "left out"]
    done = len(changes) - len(left_out)
    return [f"{done} things made or changed" if done else "nothing to change", *left_out]


def client(connection: Any, service: str, region: str) -> Any:
    """A client with an account's root keys, that asks once."""
    import boto3
    from botocore.config import Config

    return boto3.session.Session().client(
        service,
        endpoint_url=connection.endpoint,
        region_name=region,
        config=Config(retries={"total_max_attempts": 1}),
        **connection.keys(),
    )


def with_own_account(server: Connection) -> Connection:
    """The server with the account of the keys that we have, where the environment named nothing but keys."""
    from msgspec.structs import replace

    from rolecall.connection import RootKey

    if server.accounts:
        return server
    account = client(server, "sts", server.region).get_caller_identity()["Account"]
    own = RootKey(access_key_id=server.access_key_id, secret_access_key=server.secret_access_key)
    return replace(server, account=account, accounts={account: own})


def seeded(world: WorldFile) -> MakeApplication:
    """The application of a server whose accounts are made as the world says before it answers anybody."""
    from rolecall.seeds.applying import apply
    from rolecall.seeds.in_process import Clients
    from rolecall.server.run import application

    def make(server: Server) -> Any:
        with Clients(server, world.region) as clients:
            changes = apply(world, clients.of_root, clients.wish)
        for line in summary(changes):
            click.echo(f"  seed         {line}", err=True)
        return application(server)

    return make
