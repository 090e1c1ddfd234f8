"""`rolecall doctor`: what is wrong with a role that SageMaker works with, and what would mend it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

USES: Final = ("jobs", "endpoints", "notebooks", "studio", "pipelines")
SEVERITIES: Final = ("error", "warning", "suggestion")
FOUND: Final = 1


@click.command()
@click.option("--role", required=True, metavar="ARN", help="The execution role; its name alone where it is clear.")
@click.option("--domain", metavar="ID", help="Examine it as the role of Studio in this domain.")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="An exported account (get-account-authorization-details) or a world file, instead of a server.",
)
@click.option(
    "--account",
    "account_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The same as --from.",
)
@click.option("--data", type=click.Path(file_okay=False, path_type=Path), help="The folder of a running server.")
@click.option("--policy", "policies", multiple=True, metavar="FILE", help="A policy of the role (repeatable).")
@click.option("--trust", metavar="FILE", help="The role's trust policy (with --policy).")
@click.option("--boundary", metavar="FILE", help="The role's permissions boundary (with --policy).")
@click.option("--scp", "scps", multiple=True, metavar="FILE", help="A service control policy above (repeatable).")
@click.option("--caller", metavar="ARN", help="Who makes the calls and passes the role, if not the role itself.")
@click.option("--input", "inputs", multiple=True, metavar="S3-URI", help="Data it must read (repeatable).")
@click.option("--output", "outputs", multiple=True, metavar="S3-URI", help="Where it must write (repeatable).")
@click.option("--key", "keys", multiple=True, metavar="ARN", help="A KMS key it must use (repeatable).")
@click.option("--vpc", is_flag=True, help="Its jobs run in subnets of yours.")
@click.option(
    "--for", "uses", multiple=True, type=click.Choice(USES), help="What it is for.  [default: what it can be]"
)
@click.option("--region", metavar="NAME", help="Where the calls are made.  [default: the server's or world's]")
@click.option(
    "--severity",
    type=click.Choice(SEVERITIES),
    default="warning",
    show_default=True,
    help="Exit with 1 from this severity on.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit"]),
    default="text",
    show_default=True,
    help="How to print.",
)
def doctor(
    role: str,
    domain: str | None,
    file: Path | None,
    account_file: Path | None,
    data: Path | None,
    policies: tuple[str, ...],
    trust: str | None,
    boundary: str | None,
    scps: tuple[str, ...],
    caller: str | None,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    keys: tuple[str, ...],
    vpc: bool,
    uses: tuple[str, ...],
    region: str | None,
    severity: str,
    form: str,
) -> None:
    """Find what is wrong with an execution role of SageMaker, and what would mend it.

    Asks for every call that Studio, notebooks and pipelines make, and for all that SageMaker does with the role
    afterwards; the policy engine decides. Where a request that says more could be allowed (a tag, subnets, another
    instance) there is no fault: only denials that hold whatever the caller says are told. Every repair is decided
    again before it is offered.

    \b
    On a running server, in Studio:
      rolecall doctor --role arn:aws:iam::123456789012:role/Studio --domain d-abc123
    In an export of an account, or a world file:
      aws iam get-account-authorization-details > account.json
      rolecall doctor --role Studio --from account.json --input s3://ml-data
    With policy files alone:
      rolecall doctor --role Studio --policy studio.json --trust trust.json

    Exit code 0: clean, 1: findings, 2: a role, domain or file that cannot be used.
    """
    from rolecall import catalog
    from rolecall.analysis.doctor import Data, examine
    from rolecall.cli import doctor_reports as reports
    from rolecall.cli.doctor_sources import Asked, find
    from rolecall.errors import InputError

    if file is not None and account_file is not None:
        raise click.UsageError("--from and --account are the same: give one")
    for given in (*inputs, *outputs):
        if not given.removeprefix("s3://").partition("/")[0]:
            raise InputError(f"{given!r} is no place in S3: expected s3://BUCKET or s3://BUCKET/PREFIX")
    for key in keys:
        if not key.startswith("arn:") or ":kms:" not in key:
            raise InputError(f"{key} is no KMS key: expected its ARN")
    found = find(
        Asked(
            role=role,
            domain=domain,
            caller=caller,
            region=region,
            file=file or account_file,
            data_folder=data,
            policies=policies,
            trust=trust,
            boundary=boundary,
            scps=scps,
            uses=uses,
            data=Data(inputs, outputs, keys, vpc),
        )
    )
    examination = examine(found.patient, found.around, catalog.load())
    source = str(file or account_file or (policies[0] if policies else ""))
    reports.PRINTERS[form](reports.Report(examination, found.note, source))
    worst = SEVERITIES.index(severity)
    if any(reports.rank(finding) <= worst for finding in examination.findings):
        sys.exit(FOUND)
