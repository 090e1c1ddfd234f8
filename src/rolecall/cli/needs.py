"""`rolecall needs`: everything that one exact API call needs, as a table, a policy or a test.

Knows what the server would check without asking one; with --as it asks one, or an export, what somebody lacks.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from rolecall.cli.render import form_option, labelled, print_json
from rolecall.errors import InputError

if TYPE_CHECKING:
    from rolecall.analysis.needs import Need, Needs

ACCOUNT: Final = "123456789012"
ROLE: Final = re.compile(r"arn:[^:]*:iam::(\d{12}):role/")


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": True})
@click.argument(
    "words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="OPERATION [--parameter VALUE]..."
)
@click.option(
    "--cli-input-json", "file", metavar="FILE", help="The parameters as JSON, as the aws CLI takes them."
)
@click.option("--as", "who", metavar="ARN", help="Say which of the needs this user, role or root lacks.")
@click.option(
    "--from",
    "export",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --as: an exported account (get-account-authorization-details), not a server.",
)
@click.option("--as-policy", is_flag=True, help="Print the least policy that lets the call through.")
@click.option("--for-role", metavar="ARN", help="With --as-policy: for this role, which the call passes.")
@click.option("--as-test", is_flag=True, help="Print a policy test of the call (*.rolecall.yaml).")
@click.option(
    "--account", metavar="ID", help="The caller's account (default: that of --as, or of the passed role)."
)
@click.option("--region", default="us-east-1", show_default=True, help="Where the call goes.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@form_option
def needs(
    words: tuple[str, ...],
    file: str | None,
    who: str | None,
    export: Path | None,
    as_policy: bool,
    for_role: str | None,
    as_test: bool,
    account: str | None,
    region: str,
    data: Path | None,
    form: str,
) -> None:
    """Show everything that one exact API call needs, and why.

    \b
    OPERATION is CreateTrainingJob, sagemaker:CreateTrainingJob, or as the aws CLI
    writes it; parameters come from a file or as the aws CLI's options:
      rolecall needs CreateTrainingJob --cli-input-json job.json
      rolecall needs sagemaker create-model --model-name m --execution-role-arn ARN

    \b
    Leaves with 0, with --as: 1 when something is lacking, 2 for what is not understood.
    """
    import msgspec

    from rolecall.analysis.needs import least_policy, needs_of, role_policy, test_file
    from rolecall.cli.api_parameters import typed

    service, operation, rest = _named(words)
    parameters = _parameters(service, operation, file, rest)
    try:
        shaped = typed(service, operation, parameters)
    except ValueError as problem:
        raise InputError(str(problem)) from None
    account = account or (who.split(":")[4] if who and who.count(":") > 4 else "") or _account_of(parameters)
    given: dict[str, Any] = {"account": account, "region": region}
    if who is not None and export is not None:
        verdicts = _by_export(service, operation, shaped, who, export, given)
    elif who is not None:
        told, verdicts = _by_server(service, operation, shaped, who, data, given)
        found = msgspec.structs.replace(told, parameters=shaped)
    else:
        verdicts = None
    if who is None or export is not None:
        found = needs_of(service, operation, shaped, **given)
    if as_policy:
        policy = role_policy(found, _role(found, for_role)) if for_role else least_policy(found)
        click.echo(json.dumps(policy, indent=2))
    elif as_test:
        import yaml

        click.echo(yaml.safe_dump(test_file(found), sort_keys=False, allow_unicode=True, width=100), nl=False)
    elif form == "json":
        print_json(_data(found, verdicts))
    else:
        for line in _told(found, verdicts):
            click.echo(line)
    sys.exit(1 if verdicts is not None and not all(allowed for allowed, _ in verdicts) else 0)


# ---- what is asked


def _named(words: Sequence[str]) -> tuple[str, str, list[str]]:
    """Service (botocore's name), operation and the options that follow."""
    from rolecall.authorization.requirements import ROWS
    from rolecall.cli.aws_arguments import operation_named

    first, *rest = words
    service, colon, name = first.partition(":")
    if not colon and first in ROWS and rest and not rest[0].startswith("--"):
        service, name, rest = first, rest[0], rest[1:]
    elif not colon:
        service, name = "", first
    services = [one for one in ROWS if one == service or (not service and one)]
    if service == "sagemaker":
        services += [one for one in ROWS if one.startswith("sagemaker") and one != service]
    if not services:
        raise InputError(f"{service} is not served; there are {', '.join(sorted(ROWS))}")
    for one in services:
        found = operation_named(one, name)
        if found is not None:
            return one, found, rest
    from rolecall import catalog

    near = catalog.load().nearest(f"{service or 'sagemaker'}:{name}")
    raise InputError(f"there is no operation {name}{'; did you mean ' + ' or '.join(near) + '?' if near else ''}")


def _parameters(service: str, operation: str, file: str | None, rest: Sequence[str]) -> dict[str, Any]:
    from rolecall.cli.aws_arguments import parsed

    made: dict[str, Any] = {}
    if file is not None:
        try:
            text = sys.stdin.read() if file == "-" else Path(file.removeprefix("file://")).read_text("utf-8")
            made = json.loads(text)
        except OSError as problem:
            raise InputError(f"cannot read {file}: {problem.strerror}") from None
        except ValueError as problem:
            raise InputError(f"{file} is not valid JSON: {problem}") from None
        if not isinstance(made, dict):
            raise InputError(f"{file}: expected an object with the parameters of {operation}")
    return {**made, **parsed(service, operation, rest)}


def _account_of(value: Any) -> str:
    """The account of the first role that the parameters name."""
    found = ROLE.search(json.dumps(value, default=str))
    return found[1] if found else ACCOUNT


def _role(found: Needs, wanted: str) -> str:
    for one in found.roles:
        if wanted in (one.role, one.role.rpartition("/")[2]):
            return one.role
    known = ", ".join(one.role for one in found.roles) or "none"
    raise InputError(f"the call passes no role {wanted}; it passes {known}")


# ---- what somebody lacks: one (allowed, message) for each check

Verdicts = list[tuple[bool, str]]


def _by_export(
    service: str, operation: str, parameters: Mapping[str, Any], who: str, export: Path, given: Mapping[str, Any]
) -> Verdicts:
    from rolecall.analysis.needs import lacking, needs_of
    from rolecall.analysis.needs.finding import Nothing
    from rolecall.analysis.questions import nearest_principals, principal_of
    from rolecall.authorization.api_call import Ports
    from rolecall.cli.can_i import _world_of

    world = _world_of(export)
    principal = principal_of(who, world)
    if principal is None:
        near = nearest_principals(who, world.principals)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise InputError(f"{who} is no user or role of {export}{hint}")
    ports = Ports(Nothing(), Nothing(), world)
    found = needs_of(service, operation, parameters, caller=principal, ports=ports, **given)
    return [(one.allowed, one.message) for one in lacking(found, world)]


def _by_server(
    service: str,
    operation: str,
    parameters: Mapping[str, Any],
    who: str,
    data: Path | None,
    given: Mapping[str, Any],
) -> tuple[Needs, Verdicts]:
    """By the server, which knows what is there: tags, ids behind names, control policies."""
    import msgspec

    from rolecall.analysis.needs import Needs
    from rolecall.connection import find

    there = find(data)
    if there.account and there.account != given["account"]:
        there = there.of_account(given["account"])
    question = {
        "as": who,
        "service": service,
        "operation": operation,
        "region": given["region"],
        "parameters": msgspec.to_builtins(parameters),
    }
    answer = there.call("POST", "/_rolecall/needs", question)
    return msgspec.convert(answer["needs"], Needs), [(allowed, why) for allowed, why in answer["verdicts"]]


# ---- how it is told


def _told(found: Needs, verdicts: Verdicts | None) -> Iterator[str]:
    yield click.style(f"{found.service}:{found.operation}", bold=True) + f"  in {found.account}, {found.region}"
    yield ""
    yield "The caller needs" if found.checks else "The caller needs no permission"
    for index, need in enumerate(found.checks):
        yield from _need_lines(need, None if verdicts is None else verdicts[index])
    if found.beside:
        yield ""
        yield "AWS documents for other services"
        yield from _lines_of(found.beside)
    if found.under:
        yield ""
        yield f"It works under {found.under}."
    for one in found.roles:
        yield ""
        yield f"{one.role}"
        yield f"  must trust {one.service}, and will need"
        yield from _lines_of(one.needs)
        if not one.needs:
            yield "  nothing that the request tells of"


def _lines_of(found: Sequence[Need]) -> Iterator[str]:
    for same in _together(found):
        yield from (f"  {need.action}" for need in same[:-1])
        yield from _need_lines(same[-1], None)


def _together(found: Sequence[Need]) -> Iterator[list[Need]]:
    """Needs that follow each other and differ in nothing but their action."""
    for _, same in itertools.groupby(found, lambda need: (need.resource, need.why, need.when)):
        yield list(same)


def _need_lines(need: Need, verdict: tuple[bool, str] | None) -> Iterator[str]:
    mark = (
        ""
        if verdict is None
        else click.style("  has    ", fg="green")
        if verdict[0]
        else click.style("  lacks  ", fg="red")
    )
    yield f"{mark or '  '}{need.action}"
    yield f"      on    {need.resource}"
    yield from _labelled("why", need.why)
    if need.when:
        yield from _labelled("when", need.when)
    for key, values in need.keys.items():
        yield f"      with  {key} = {', '.join(values)}"
    if verdict is not None and verdict[1]:
        yield from _labelled("but", verdict[1])


def _labelled(label: str, text: str) -> Iterator[str]:
    yield from labelled(f"      {label}", text, 12)


def _data(found: Needs, verdicts: Verdicts | None) -> dict[str, Any]:
    checks = [_need_data(need) for need in found.checks]
    for check, verdict in zip(checks, verdicts or [], strict=False):
        check["allowed"], check["message"] = verdict
    return {
        "service": found.service,
        "operation": found.operation,
        "account": found.account,
        "region": found.region,
        "checks": checks,
        "beside": [_need_data(need) for need in found.beside],
        "works_under": found.under,
        "roles": [
            {"role": one.role, "trusts": one.service, "needs": [_need_data(need) for need in one.needs]}
            for one in found.roles
        ],
    }


def _need_data(need: Need) -> dict[str, Any]:
    return {
        "action": need.action,
        "resource": need.resource,
        "why": need.why,
        "when": need.when,
        "keys": {key: list(values) for key, values in need.keys.items()},
    }
