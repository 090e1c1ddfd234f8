"""Which commands are there, and where does each live?

Commands are imported when they are called, so that `rolecall --help` and shell completion start in a blink.
Exit codes: 0 yes or clean, 1 no or findings, 2 usage or input error, 3 undetermined.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Final, NamedTuple

import click

from rolecall import __version__
from rolecall.errors import RolecallError


class Command(NamedTuple):
    """A command of the table: the module of `rolecall.cli` and the name in it, and its line of help."""

    module: str
    name: str
    summary: str


COMMANDS: Final = {
    "up": Command("up", "up", "Start the server."),
    "env": Command("env", "env", "Print what a shell or program needs to reach a running server."),
    "seed": Command("seed", "seed", "Make a running server's accounts as a world file says."),
    "import": Command("import_", "import_", "Make a running server's accounts as exported from AWS."),
    "export": Command("export", "export", "Write a running server's accounts as a world file."),
    "snapshot": Command("snapshot", "snapshot", "Save the whole state in one file, or restore it."),
    "exec": Command("exec", "exec_", "Run a command with temporary credentials of a role or user."),
    "explain": Command("explain", "explain", "Say why a request was allowed or denied."),
    "can-i": Command("can_i", "can_i", "Say whether a principal may do something."),
    "test": Command("test", "test", "Run policy tests: do the policies allow and deny what they should?"),
    "check": Command("check", "check", "Check policies: what is wrong, where, and what to do about it."),
    "lint": Command("check", "check", "The same as check."),
    "doctor": Command("doctor", "doctor", "Find what is wrong with an execution role, and what would mend it."),
    "decide": Command("decide", "decide", "Decide requests from a file, one JSON answer a line."),
    "needs": Command("needs", "needs", "Show everything that one exact API call needs."),
    "catalog": Command("catalog", "catalog", "Browse actions, resource types and condition keys."),
    "roles-for": Command("roles_for", "roles_for", "List the roles SageMaker could be given for an operation."),
    "tour": Command("tour", "tour", "Watch how SageMaker works with IAM, check by check."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports them one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        found = getattr(importlib.import_module(f"rolecall.cli.{entry.module}"), entry.name)
        assert isinstance(found, click.Command)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table from summaries alone: click's own version would import every command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


EXAMPLES: Final = """\b
Examples:
  rolecall tour                        see it work, in under a minute
  rolecall up --data ./rolecall-data   start a server
  eval "$(rolecall env)"               point boto3 and the aws CLI at it
  rolecall explain REQUEST-ID          why was that request denied?
"""


@click.group(
    cls=LazyGroup,
    help=f"Amazon SageMaker, IAM and STS with AWS's real authorization.\n\n{EXAMPLES}",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="rolecall")
def group() -> None:
    pass


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code."""
    try:
        code = group.main(args=arguments, prog_name="rolecall", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as problem:
        problem.show()
        code = problem.exit_code
    except RolecallError as problem:
        click.echo(f"rolecall: {problem}", err=True)
        code = problem.exit_code
    except BrokenPipeError:
        # The reader went away (`rolecall … | head`): nothing more to say, and nothing to flush into.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)
