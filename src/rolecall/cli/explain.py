"""`rolecall explain`: why a request was allowed or denied, from the server that answered it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from rolecall.cli.render import form_option, labelled, print_json


@click.command()
@click.argument("request_id")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="The data folder that says which server."
)
@form_option
def explain(request_id: str, data: Path | None, form: str) -> None:
    """Say why a request was allowed or denied.

    REQUEST-ID is what every answer carries: boto3 has it in ResponseMetadata, the aws CLI shows it with --debug.
    The question itself is authorized: it needs sts:DecodeAuthorizationMessage.
    """
    from rolecall.connection import find

    explanation = find(data).explain(request_id)
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
