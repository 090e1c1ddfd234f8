"""`rolecall explain`: why a request was allowed or denied, and what would turn it, by the server that answered."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from rolecall.cli.render import form_option, labelled, print_json
from rolecall.connection import Connection
from rolecall.decision.repairs import ChangeView, RepairsView, RepairView
from rolecall.errors import InputError

FIRST: Final = 0  # --apply without a number
STILL_DENIED: Final = 1


@click.command()
@click.argument("request_id")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@click.option(
    "--apply",
    "number",
    is_flag=False,
    flag_value=FIRST,
    type=click.IntRange(min=0),
    metavar="[N]",
    help="Make policy change N (default: the first) through IAM, and decide the request again.",
)
@click.option("--encoded", is_flag=True, help="Print the encoded authorization message of the denial.")
@form_option
def explain(request_id: str, data: Path | None, number: int | None, encoded: bool, form: str) -> None:
    """Say why a request was allowed or denied, and what would turn a denial.

    REQUEST-ID is what every answer carries: boto3 has it in ResponseMetadata, the aws CLI shows it with --debug.
    The question itself is authorized: it needs sts:DecodeAuthorizationMessage. --apply acts with the credentials
    of the environment, so it may do what they may; it leaves with 1 when the request is still denied.
    """
    from rolecall.connection import find

    connection = find(data)
    explanation = connection.explain(request_id)
    if encoded:
        message = _denied(explanation)["encoded"]
        print_json({"encoded": message}) if form == "json" else click.echo(message)
        return
    if number is not None:
        _apply(connection, explanation, number, form)
        return
    if form == "json":
        print_json(explanation)
        return
    for line in told(explanation):
        click.echo(line)


def told(explanation: Mapping[str, Any]) -> Iterator[str]:
    """An explanation as text: what was asked, and every decision it took, denials first."""
    import msgspec

    from rolecall.decision.trace import Trace
    from rolecall.decision.trace_text import render

    event = explanation["event"]
    rulings = sorted(explanation["rulings"], key=lambda ruling: bool(ruling["outcome"] == "allow"))
    yield from labelled("request", explanation["request_id"])
    yield from labelled("call", f"{event.get('eventSource', '').partition('.')[0]}:{event.get('eventName', '')}")
    yield from labelled("time", str(event.get("eventTime", "")))
    if event.get("errorCode"):
        yield from labelled("answer", f"{event['errorCode']}: {event.get('errorMessage', '')}")
    else:
        yield from labelled("answer", "success")
    if explanation.get("profile", "reference") != "reference":
        yield from labelled("profile", explanation["profile"])
    if not rulings:
        yield ""
        yield "Nothing was decided: the request was answered before, or needs no permission."
    for ruling in rulings:
        yield ""
        yield from render(msgspec.convert(ruling["trace"], Trace)).splitlines()
        yield from turned_lines(ruling)


def turned_lines(ruling: Mapping[str, Any]) -> Iterator[str]:
    """What would turn a denial, or what an allow rests on."""
    import msgspec

    from rolecall.decision.repairs import Grounds
    from rolecall.decision.repairs.text import ground_lines, repair_lines

    yield ""
    if "repairs" in ruling:
        yield from repair_lines(msgspec.convert(ruling["repairs"], RepairsView))
    elif "grounds" in ruling:
        yield from ground_lines(msgspec.convert(ruling["grounds"], Grounds))


def _denied(explanation: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ruling that denied the call; the last one, since nothing is asked after it."""
    rulings = explanation["rulings"]
    if not rulings or "repairs" not in rulings[-1]:
        raise InputError(f"request {explanation['request_id']} was not denied by a decision")
    return dict(rulings[-1])


def _apply(connection: Connection, explanation: Mapping[str, Any], number: int, form: str) -> None:
    import msgspec

    from rolecall.cli import applying

    ruling = _denied(explanation)
    repair = chosen(msgspec.convert(ruling["repairs"], RepairsView), number)
    done = [
        applying.apply(connection, change, ruling["principal"], ruling["resource"])
        for change in sorted(repair.changes, key=_last_first)
    ]
    again = connection.call("GET", f"/_rolecall/again/{explanation['request_id']}")
    if form == "json":
        print_json({"applied": done, "again": again})
    else:
        for line in retold(done, again):
            click.echo(line)
    sys.exit(0 if again["outcome"] == "allow" else STILL_DENIED)


def chosen(told: RepairsView, number: int) -> RepairView:
    """Repair number N, or the first one that IAM's API can make."""
    from rolecall.cli.applying import can_apply

    if number == FIRST:
        for repair in told.repairs:
            if all(map(can_apply, repair.changes)):
                return repair
        raise InputError("no change that IAM could make would allow the request")
    if number > len(told.repairs):
        raise InputError(f"there is no repair {number}: the explanation lists {len(told.repairs)}")
    repair = told.repairs[number - 1]
    for change in repair.changes:
        if change.side == "request":
            raise InputError(f"repair {number} is the caller's to make: {change.text}")
        if not can_apply(change):
            raise InputError(f"repair {number} is not made through IAM: {change.text}")
    return repair


def _last_first(change: ChangeView) -> tuple[bool, int]:
    """Statements go after others were changed, from the back, so that their numbers stay true."""
    return change.after is None, -(change.statement or 0)


def retold(done: list[str], again: Mapping[str, Any]) -> Iterator[str]:
    """What was done, and how the request is decided now."""
    for text in done:
        yield from labelled("done", text)
    if again["outcome"] == "allow":
        count = again["questions"]
        yield from labelled("now", f"allowed ({count} {'decision' if count == 1 else 'decisions'}); call again")
        return
    ruling = again["rulings"][-1]
    yield from labelled("now", f"denied: {ruling['message']}")
    yield from turned_lines(ruling)
