"""`rolecall can-i`: may somebody do something, and what can somebody do at all?

Asks a running server, signed like any client, or an exported account without any server.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click

from rolecall.cli.render import bulleted, form_option, labelled, print_json
from rolecall.errors import InputError

EXIT_CODES: Final = {"allow": 0, "explicit_deny": 1, "implicit_deny": 1, "undetermined": 3}
HEADLINES: Final = {"allow": "yes", "explicit_deny": "no", "implicit_deny": "no", "undetermined": "it depends"}


@click.command("can-i")
@click.argument("action", required=False)
@click.argument("resource", required=False, default="*")
@click.option(
    "--as", "who", metavar="ARN", default="", help="Ask about this user, role or root (default: yourself)."
)
@click.option(
    "--context",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="A condition key of the request; repeat a key to give it several values.",
)
@click.option(
    "--from",
    "export",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Ask an exported account (get-account-authorization-details), not a server.",
)
@click.option("--list", "everything", is_flag=True, help="List what the principal can do, by service and level.")
@click.option("--service", "services", multiple=True, metavar="PREFIX", help="With --list: of this service only.")
@click.option("--explain", "with_explanation", is_flag=True, help="Say why, and what would turn a no.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@form_option
def can_i(
    action: str | None,
    resource: str,
    who: str,
    given: tuple[str, ...],
    export: Path | None,
    everything: bool,
    services: tuple[str, ...],
    with_explanation: bool,
    data: Path | None,
    form: str,
) -> None:
    """Say whether a principal may do ACTION on RESOURCE (an ARN; * where the action has none).

    What a request would carry and nobody gives with --context is unknown; an answer that hangs on it says so.

    \b
    Leaves with 0 yes, 1 no, 2 unknown action, principal or key, 3 it depends.
    rolecall can-i sagemaker:ListModels
    rolecall can-i iam:PassRole arn:aws:iam::123456789012:role/R \\
        --context iam:PassedToService=sagemaker.amazonaws.com
    """
    if everything is (action is not None):
        raise click.UsageError("give either an ACTION or --list")
    question = {
        "as": who,
        "action": action or "",
        "resource": resource,
        "context": context_of(given),
        "list": everything,
        "services": [service.lower() for service in services],
        "explain": with_explanation,
    }
    _check_services(services)
    answer = _ask_server(question, data) if export is None else _ask_export(question, export)
    if form == "json":
        print_json(answer)
    else:
        for line in listed(answer) if everything else told(answer):
            click.echo(line)
    sys.exit(0 if everything else EXIT_CODES[answer["outcome"]])


def context_of(given: Iterable[str]) -> dict[str, list[str]]:
    """Condition keys and values out of KEY=VALUE texts."""
    made: dict[str, list[str]] = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InputError(f"--context {text}: expected KEY=VALUE")
        made.setdefault(key, []).append(value)
    return made


def _check_services(services: Iterable[str]) -> None:
    from rolecall import catalog

    known = catalog.load()
    for service in services:
        if known.service_name(service) is None:
            near = known.nearest(service)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise InputError(f"there is no service {service}{hint}")


def _ask_server(question: Mapping[str, Any], data: Path | None) -> Mapping[str, Any]:
    from rolecall.connection import find

    return find(data).call("POST", "/_rolecall/can-i", question)


def _ask_export(question: Mapping[str, Any], export: Path) -> Mapping[str, Any]:
    import msgspec

    from rolecall import catalog
    from rolecall.analysis.answers import told as answered
    from rolecall.analysis.permissions import permissions
    from rolecall.analysis.questions import (
        Question,
        Unaskable,
        check,
        gathered,
        nearest_principals,
        principal_of,
    )

    world, known, now = _world_of(export), catalog.load(), datetime.now(UTC)
    who = question["as"]
    if not who:
        raise InputError("an export is nobody's own: say whom you ask about with --as ARN")
    principal = principal_of(who, world)
    if principal is None and who in world.unknown:
        raise InputError(f"{export} does not hold the policy {world.unknown[who]} of {who}")
    if principal is None:
        near = nearest_principals(who, world.principals)
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        raise InputError(f"{who} is no user or role of {export}{hint}")
    if question["list"]:
        found = permissions(principal, world, known, now, services=tuple(question["services"]))
        return {"principal": principal.arn, "permissions": [msgspec.to_builtins(each) for each in found]}
    context = {key: tuple(values) for key, values in question["context"].items()}
    try:
        check(question["action"], question["resource"], context, known)
    except Unaskable as problem:
        raise InputError(str(problem)) from None
    asked = Question(
        principal=principal, action=question["action"], resource=question["resource"], context=context
    )
    request, policies = gathered(asked, world, known, now)
    return answered(request, policies, "reference", with_explanation=question["explain"])


def _world_of(export: Path) -> Any:
    from rolecall.exchange.account_details import read_account
    from rolecall.policy.findings import PolicyError

    try:
        return read_account([json.loads(export.read_text(encoding="utf-8"))])
    except (ValueError, KeyError, TypeError, AttributeError, StopIteration) as problem:
        raise InputError(
            f"{export} is not what `aws iam get-account-authorization-details` prints: {problem!r}"
        ) from None
    except PolicyError as problem:
        raise InputError(f"{export}: {problem.message}") from None


def told(answer: Mapping[str, Any]) -> Iterator[str]:
    """The answer in a line, and what it rests or hangs on."""
    import msgspec

    from rolecall.cli.explain import turned_lines
    from rolecall.decision.trace import Trace
    from rolecall.decision.trace_text import TYPE_NAMES, render

    headline, by = HEADLINES[answer["outcome"]], answer["by"]
    if answer["outcome"] == "undetermined":
        yield f"{headline}, on what the request carries:"
        for key in answer["depends_on"]:
            yield from bulleted(key)
        yield "Give it with --context KEY=VALUE."
    elif answer["outcome"] == "allow" and by is not None:
        named = f"statement {by['statement']}{' (' + by['sid'] + ')' if by.get('sid') else ''}"
        policy = " ".join(filter(None, (TYPE_NAMES[by["policy_type"]], by.get("name") or by.get("arn"))))
        yield from labelled(headline, f"{named} of the {policy} allows it", 5)
    else:
        yield from labelled(headline, answer["message"] or "no permission is needed", 5)
    if "trace" in answer:
        yield ""
        yield from render(msgspec.convert(answer["trace"], Trace)).splitlines()
        yield from turned_lines(answer)


def listed(answer: Mapping[str, Any]) -> Iterator[str]:
    """Permissions under their service and access level."""
    yield answer["principal"]
    heading = None
    for each in answer["permissions"]:
        if heading != (each["service"], each["level"]):
            if heading is None or heading[0] != each["service"]:
                yield ""
                yield each["service"]
            heading = (each["service"], each["level"])
            yield f"  {each['level'] or 'unknown access level'}"
        keys = each.get("depends_on", ())
        yield from bulleted(each["action"] + (f"  depends on {', '.join(keys)}" if keys else ""), 4)
        for resource in each["resources"] if each["resources"] != ["*"] else ():
            yield from bulleted(resource, 8, "on")
    if not answer["permissions"]:
        yield "nothing"
