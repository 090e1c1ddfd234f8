"""How do answers look? Text for people, JSON for programs, from the same values."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

WIDTH: Final = 80
SCHEMA_VERSION: Final = 1

form_option = click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print.",
)


def print_json(value: Mapping[str, Any]) -> None:
    """One JSON document with its schema version, keys in a stable order."""
    click.echo(json.dumps({"schema_version": SCHEMA_VERSION, **value}, indent=2, default=str))


def labelled(label: str, text: str, width: int = 12) -> Iterator[str]:
    """A label and a text beside it, wrapped."""
    yield from textwrap.wrap(
        text, WIDTH, initial_indent=f"{label:<{width}}", subsequent_indent=" " * width, break_on_hyphens=False
    ) or [label]


def bulleted(text: str, indent: int = 2, mark: str = "-") -> Iterator[str]:
    """A list entry, wrapped."""
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent + f"{mark} ",
        subsequent_indent=" " * (indent + 2),
        break_on_hyphens=False,
    )


def annotation(level: str, message: str, place: Mapping[str, str]) -> str:
    """A workflow command of GitHub: error, warning or notice, with file, line, title."""
    properties = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}" for name, value in place.items()
    )
    return f"::{level} {properties}::{_escaped(message)}"


def _escaped(value: str) -> str:
    return value.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(value: str) -> str:
    """Without the characters that XML 1.0 forbids."""
    return _NOT_XML.sub("\ufffd", value)
