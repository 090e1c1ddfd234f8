"""`rolecall exec`: run a command as somebody."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

# Credentials and addresses of the caller's own environment that would win over ours.
SCRUBBED: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN")


@click.command(name="exec", context_settings={"ignore_unknown_options": True})
@click.option("--as", "arn", metavar="ARN", required=True, help="A role, user, Studio user profile, space or app.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(arn: str, data: Path | None, command: tuple[str, ...]) -> None:
    """Run a command with temporary credentials of a role or user.

    \b
    rolecall exec --as arn:aws:iam::123456789012:role/DataScientist -- \\
        aws sagemaker list-training-jobs

    With the ARN of a Studio user profile, space or app the command runs as its execution role, in a session that
    Studio opened: what it creates is tagged as Studio tags it, and the role must trust SageMaker.
    """
    from rolecall.connection import find

    if shutil.which(command[0]) is None:
        raise click.UsageError(f"there is no command {command[0]!r}")
    variables = find(data).acting_as(arn).environment()
    os.execvpe(command[0], list(command), environment(os.environ, variables))


def environment(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """The environment of the command: the caller's, with the credentials of the one it runs as."""
    kept = {
        name: value
        for name, value in ours.items()
        if name not in SCRUBBED and not name.startswith("AWS_ENDPOINT_URL_")
    }
    return {**kept, **theirs}
