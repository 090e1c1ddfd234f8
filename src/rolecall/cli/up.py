"""`rolecall up`: start the server in the foreground and say where it is and what it enforces."""

from __future__ import annotations

import ipaddress
import os
import shlex
import signal
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rolecall import __version__
from rolecall.errors import StartError

if TYPE_CHECKING:
    from rolecall.analysis.worlds import WorldFile
    from rolecall.analysis.worlds.format import Unit
    from rolecall.server import Running, Settings

ENFORCED: Final = (
    "identity-based policies, permissions boundaries, session policies, service and resource control policies, "
    "resource and role trust policies, iam:PassRole, tags"
)


@click.command()
@click.option("--port", type=int, help="Port to listen on; 0 takes any free one.  [default: 4750]")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option(
    "--data",
    type=click.Path(file_okay=True, path_type=Path),
    help="Folder that keeps the state.  [default: the user's data folder]",
)
@click.option("--ephemeral", is_flag=True, default=None, help="Keep the state in memory: it is gone at the end.")
@click.option("--database", metavar="URL", help="Keep the state in a database: postgresql://…")
@click.option(
    "--profile",
    type=click.Choice(["reference", "guide"]),
    help="AWS as it is today (reference) or as SageMaker's page describes it (guide).  [default: reference]",
)
@click.option("--time-scale", type=float, metavar="N", help="Let life cycles run N times as fast.  [default: 1]")
@click.option(
    "--account",
    "accounts",
    multiple=True,
    metavar="ID",
    help="An account to serve; repeatable.  [default: 123456789012]",
)
@click.option(
    "--workers", type=int, metavar="N", help="Answer with N processes that share the state.  [default: 1]"
)
@click.option(
    "--tls", is_flag=True, default=None, help="Speak HTTPS, with a certificate of the data folder's own CA."
)
@click.option(
    "--tls-certificate",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Speak HTTPS with this certificate (PEM, with its chain); needs --tls-key.",
)
@click.option("--tls-key", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Its key (PEM).")
@click.option(
    "--proxy",
    type=int,
    metavar="PORT",
    help="Also open an HTTPS proxy that stands in for AWS's host names: `rolecall env --proxy`.",
)
@click.option(
    "--log",
    type=click.Choice(["errors", "requests"]),
    help="What to log to standard error: errors, or every request too.  [default: errors]",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), help="How to log.  [default: text]")
@click.option(
    "--oidc-keys",
    "oidc_keys",
    multiple=True,
    metavar="URL=FILE",
    callback=lambda context, parameter, given: key_sets(given),
    help="Keys (JWKS) of an OpenID Connect provider, whose tokens AssumeRoleWithWebIdentity takes; repeatable.",
)
@click.option(
    "--public-url",
    metavar="URL",
    help="Where clients reach the server, if not at its own address: the issuer of its web identity tokens.",
)
@click.option(
    "--seed",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Make the accounts as a world file says before anybody is answered.",
)
@click.option("--allow-reset", is_flag=True, default=None, help="Let POST /_rolecall/reset forget everything.")
def up(seed: str | None, **given: Any) -> None:
    """Start the server.

    Every option may also be set by a variable: ROLECALL_PORT, ROLECALL_DATA and so on.
    """
    from rolecall.cli.seed import read, seeded
    from rolecall.server import make_settings, serve
    from rolecall.server.logs import configure
    from rolecall.server.run import application

    world = None if seed is None else read(seed)
    settings = make_settings(**given)
    if world is not None:
        settings = with_accounts(settings, accounts_of(world), given["accounts"])
        settings = in_region(settings, world.region)
    configure(settings.log_format, settings.log)
    prepare(settings.folder)

    serving = False

    def started(running: Running) -> None:
        nonlocal serving
        serving = True
        for line in banner(settings, running):
            click.echo(line, err=True)

    def end(number: int, frame: object) -> None:
        # While it serves, the web server has handlers of its own: it drains, and raises the signal once more at
        # the very end for whoever had the handler before. Then there is nothing left to do.
        if not serving:
            raise click.Abort

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    serve(settings, started=started, make_application=application if world is None else seeded(world))
    click.echo("stopped", err=True)


def accounts_of(world: WorldFile) -> list[str]:
    """The accounts of a world, with those that its organization names; the one that manages it comes last."""

    def placed(unit: Unit) -> Iterator[str]:
        yield from unit.accounts
        for inner in unit.units:
            yield from placed(inner)

    organization = world.organization
    if organization is None:
        return [*world.accounts]
    return list(dict.fromkeys((*world.accounts, *placed(organization.root), organization.management_account)))


def with_accounts(settings: Settings, seeded: Iterable[str], given: tuple[str, ...]) -> Settings:
    """The settings with the accounts of a seed, after those that were asked for by name."""
    from msgspec.structs import replace

    asked = settings.accounts if given or "ROLECALL_ACCOUNTS" in os.environ else ()
    return replace(settings, accounts=tuple(dict.fromkeys((*asked, *seeded))))


def in_region(settings: Settings, region: str) -> Settings:
    """The settings with the Region of a seed, where no other was asked for: what is seeded lies there."""
    from msgspec.structs import replace

    return settings if "ROLECALL_REGION" in os.environ else replace(settings, region=region)


def key_sets(given: tuple[str, ...]) -> tuple[tuple[str, Path], ...]:
    """The pairs of --oidc-keys."""
    from rolecall.server.settings import key_set

    try:
        return tuple(key_set(text) for text in given)
    except ValueError as problem:
        raise click.BadParameter(str(problem)) from None


def prepare(folder: Path) -> None:
    """Make the data folder; what is wrong with it is said before anything starts."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise StartError(
            f"cannot write to {folder}: {problem.strerror}; name a folder of yours with --data"
        ) from None


def banner(settings: Settings, running: Running) -> Iterator[str]:
    """What to say when the server is up."""
    if settings.ephemeral:
        state = "in memory, gone at the end"
    elif settings.database:
        state = f"in the database, keys in {settings.folder}"
    else:
        state = f"in {settings.folder}"
    where = "" if settings.data is None else f" --data {shlex.quote(str(settings.data))}"
    yield f"rolecall {__version__} answers at {running.endpoint}"
    yield f"  accounts     {', '.join(settings.accounts)} in {settings.region}"
    yield f"  state        {state}"
    if settings.workers > 1:
        yield f"  workers      {settings.workers} processes"
    yield f"  enforced     {ENFORCED}"
    if settings.profile != "reference":
        yield f'  profile      {settings.profile}: SageMaker statements match only with Resource "*"'
    if running.proxy is not None:
        yield f'  proxy        {running.proxy} for AWS host names: eval "$(rolecall env --proxy{where})"'
    yield f'  credentials  eval "$(rolecall env{where})"'
    if not is_loopback(settings.host):
        yield (
            f"  warning      {settings.host} can be reached from other machines: whoever has a key of an account "
            f"may use it{'' if running.endpoint.startswith('https') else ', and the traffic is not encrypted'}"
        )
    if settings.allow_reset:
        yield "  warning      anybody who reaches this server may reset it (--allow-reset)"
    yield "Ready. Ctrl-C ends it."


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
