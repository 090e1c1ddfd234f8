"""`rolecall snapshot`: the whole state in one file, and back; also from SQLite to PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from rolecall.cli.render import form_option, print_json

F = TypeVar("F", bound=Callable[..., Any])


def where(function: F) -> F:
    """The options that say which store."""
    function = click.option(
        "--database", metavar="URL", envvar="ROLECALL_DATABASE", help="The state is in a database: postgresql://…"
    )(function)
    return click.option(
        "--data",
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder that keeps the state.  [default: the user's data folder]",
    )(function)


@click.group()
def snapshot() -> None:
    """Save the whole state in one file, and make a server's state from such a file.

    A snapshot is taken while the server runs. It holds secrets as they are sealed; the key that opens them (the
    file `key` in the data folder, or ROLECALL_KEY) is not in it and has to be kept apart.
    """


@snapshot.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@where
@form_option
def save(file: Path, data: Path | None, database: str | None, form: str) -> None:
    """Write the state to FILE, which must not exist."""
    from rolecall.store import snapshots

    counts = _told(lambda: snapshots.save(_store(data, database), file))
    _print(form, f"saved {file}", counts)


@snapshot.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@where
@form_option
def restore(file: Path, data: Path | None, database: str | None, form: str) -> None:
    """Make the state from FILE, in a folder or database that has none yet.

    The key of the server that the snapshot is of goes into the new data folder (or ROLECALL_KEY) as well.
    """
    from rolecall.connection import default_folder
    from rolecall.server.folder_lock import held
    from rolecall.store import snapshots

    if database is not None:
        counts = _told(lambda: snapshots.restore(file, database))
    else:
        folder = data or default_folder()
        if not file.is_file():
            _told(lambda: snapshots.contents(file))
        with held(folder):
            counts = _told(lambda: snapshots.restore(file, str(folder)))
    _print(form, f"restored {file}", counts)
    if missing := _missing_keys(file, data or default_folder()):
        click.echo(missing, err=True)


@snapshot.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@form_option
def show(file: Path, form: str) -> None:
    """Say whether FILE is a whole snapshot, and how much is in it."""
    from rolecall.store import snapshots

    _print(form, f"{file} is whole", _told(lambda: snapshots.contents(file)))


def _store(data: Path | None, database: str | None) -> str:
    from rolecall.connection import default_folder

    return database if database is not None else str(data or default_folder())


def _told(act: Callable[[], Mapping[str, int]]) -> Mapping[str, int]:
    from rolecall.errors import InputError
    from rolecall.store.errors import StoreError

    try:
        return act()
    except StoreError as problem:
        raise InputError(str(problem)) from None


def _missing_keys(file: Path, folder: Path) -> str | None:
    """A warning where the secrets of the snapshot cannot be opened with the keys that are here."""
    from rolecall.credentials.errors import KeyUnusable
    from rolecall.credentials.keyring import KEY_FILE, Keyring
    from rolecall.store import snapshots

    needed = snapshots.key_names(file)
    try:
        here = Keyring.from_environment()
        if here is None and (folder / KEY_FILE).exists():
            here = Keyring.in_directory(folder)
    except KeyUnusable as problem:
        return f"warning: {problem}"
    if needed <= (frozenset() if here is None else here.names):
        return None
    return (
        f"warning: the secrets in it were sealed with a key that is not here: put the {KEY_FILE} file of the "
        f"server it was taken from into {folder}, or set ROLECALL_KEY, before the first start"
    )


def _print(form: str, what: str, counts: Mapping[str, int]) -> None:
    if form == "json":
        print_json({"rows": dict(counts)})
        return
    click.echo(
        f"{what}: {counts.get('item', 0)} things, {counts.get('access_key', 0)} access keys, "
        f"{counts.get('audit', 0)} audit records"
    )
