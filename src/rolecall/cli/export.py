"""`rolecall export`: the accounts of a running server as a world file."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file.")
@click.option("--account", "wanted", multiple=True, metavar="ID", help="Only this account; repeatable.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="How to write it.",
)
def export(output: Path | None, wanted: tuple[str, ...], data: Path | None, form: str) -> None:
    """Write the accounts of a running server as a world: principals, policies, Studio domains and resources.

    The same file seeds another server (`rolecall up --seed FILE`) and is a world for policy tests.
    """
    import msgspec

    from rolecall.cli.seed import client
    from rolecall.connection import find
    from rolecall.errors import InputError
    from rolecall.seeds import exporting

    server = find(data)
    accounts = wanted or tuple(server.accounts) or (server.account,)
    world = exporting.export(
        accounts,
        server.region,
        lambda account, service: client(server.of_account(account), service, server.region),
    )
    if form == "json":
        text = msgspec.json.format(msgspec.json.encode(world), indent=2).decode() + "\n"
    else:
        text = exporting.as_yaml(world)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise InputError(f"cannot write {output}: {problem.strerror}") from None
