"""`rolecall import`: make accounts of a running server as exported authorization details say."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rolecall.cli.render import form_option, print_json

if TYPE_CHECKING:
    from rolecall.connection import Connection
    from rolecall.exchange.account_files import Details


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@click.option(
    "--into",
    metavar="ACCOUNT",
    help="Import into this account, whichever it was exported from; ARNs and policies are rewritten.",
)
@form_option
def import_(files: tuple[str, ...], data: Path | None, into: str | None, form: str) -> None:
    """Make accounts as FILES say: users, groups, roles and policies with their ids.

    FILES are what `aws iam get-account-authorization-details` wrote, of one account or several, whole or in pages;
    `rolecall export --format aws` writes the same. What they name is afterwards as they say; what they do not name
    stays as it is. Importing twice changes nothing the second time.
    """
    from rolecall.connection import find

    accounts = moved(read(files), into)
    server = find(data)
    done = {account: send(server, account, details, quiet=form == "json") for account, details in accounts.items()}
    if form == "json":
        print_json({"accounts": done})
        return
    for account, tally in done.items():
        click.echo(
            f"{account}: {tally['made']} made, {tally['changed']} changed, {tally['unchanged']} as they were"
        )
        for arn in tally["missing_policies"]:
            click.echo(f"  {arn} is attached and not in the files: it grants nothing until it is imported")


def read(files: Sequence[str]) -> dict[str, Details]:
    """The details in files, by account."""
    from rolecall.errors import InputError
    from rolecall.exchange.account_files import NoDetails, by_account, read_file

    def answers() -> Iterator[Mapping[str, Any]]:
        for file in files:
            try:
                with click.open_file(file, encoding="utf-8") as opened:
                    yield from read_file(opened.read())
            except OSError as problem:
                raise InputError(f"cannot read {file}: {problem.strerror}") from None
            except (NoDetails, UnicodeDecodeError) as problem:
                raise InputError(f"{file}: {problem}") from None

    try:
        return by_account(answers())
    except NoDetails as problem:
        raise InputError(str(problem)) from None


def moved(accounts: dict[str, Details], into: str | None) -> dict[str, Details]:
    """The same details as those of another account."""
    import json

    from rolecall.errors import InputError

    if into is None:
        return accounts
    if len(into) != 12 or not into.isdigit():
        raise InputError(f"{into} is no account id: it has 12 digits")
    if len(accounts) != 1:
        raise InputError(f"the files hold {len(accounts)} accounts; --into takes those of one")
    ((account, details),) = accounts.items()
    return {into: json.loads(json.dumps(details).replace(account, into))}


def send(server: Connection, account: str, details: Details, *, quiet: bool) -> dict[str, Any]:
    """Send the details part by part, telling how far it is; gives the sum of what was done.

    The root user of the server's first account sends them, who may import into all accounts.
    """
    from rolecall.exchange.account_files import count, parts

    server.of_account(account)  # says which accounts there are, if not this

    total: dict[str, Any] = {"made": 0, "changed": 0, "unchanged": 0, "missing_policies": []}

    def post(body: Mapping[str, Any]) -> None:
        tally = server.call("POST", "/_rolecall/import", {"account": account, **body})
        for name in total:
            total[name] += tally[name]

    with click.progressbar(
        length=count(details), label=f"importing {account}", file=sys.stderr, hidden=quiet
    ) as bar:
        for part in parts(details):
            post({"details": part})
            bar.update(count(part))
        names = [role["RoleName"] for role in details.get("RoleDetailList", ())]
        for start in range(0, len(names), SETTLED_AT_ONCE):
            post({"settle": names[start : start + SETTLED_AT_ONCE]})
    total["missing_policies"] = sorted(set(total["missing_policies"]))
    return total


SETTLED_AT_ONCE = 1000
