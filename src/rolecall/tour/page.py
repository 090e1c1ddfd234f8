"""Write the tour as one HTML page that needs nothing else: to read, to print, to send to a colleague."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rolecall.tour.check import Document, Root, Session, User, Who
from rolecall.tour.play import Result
from rolecall.tour.show import asked, caller, decided, last_line, why

STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --ok: #1a7f37; --no: #cf222e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h2 { border-bottom: 1px solid var(--line); margin-top: 2.5rem; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .6rem 0; padding: .5rem .8rem; }
summary { cursor: pointer; font-weight: 600; }
dl { display: grid; grid-template-columns: 7rem 1fr; gap: .2rem .8rem; }
dt { opacity: .7; } dd { margin: 0; overflow-wrap: anywhere; }
pre { overflow: auto; border: 1px solid var(--line); border-radius: 4px; padding: .5rem; font-size: 13px; }
.allowed { color: var(--ok); } .denied { color: var(--no); } .wrong { background: #cf222e33; }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --no: #ff7b72; } }
"""


def page(results: Sequence[Result], seconds: float) -> str:
    """The whole page."""
    wrong = sum(result.wrong is not None for result in results)
    body = "".join(_body(results))
    count = html.escape(last_line(len(results) - wrong, wrong, seconds))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>How SageMaker works with IAM</title><style>{STYLE}</style></head>"
        f"<body><h1>How SageMaker works with IAM</h1><p>Played against a rolecall server: {count}.</p>"
        f"{body}</body></html>\n"
    )


def _body(results: Sequence[Result]) -> Iterator[str]:
    for section, group in groupby(results, key=lambda result: result.section):
        yield f'<h2 id="{section.name}">{html.escape(section.title)}</h2><p>{html.escape(section.says)}</p>'
        for result in group:
            yield _check(result)


def _check(result: Result) -> str:
    verdict = "allowed" if result.answer.code is None else "denied"
    rows: list[tuple[str, str]] = [
        ("who", html.escape(f"{caller(result.check.who)} ({result.caller})")),
        ("asks", f"<code>{html.escape(asked(result.check.call))}</code>"),
        ("decided", f'<span class="{verdict}">{html.escape(decided(result))}</span>'),
        *(("why", html.escape(line)) for line in why(result)),
        ("reference", html.escape(result.check.reference)),
        ("request id", f"<code>{html.escape(result.answer.request_id)}</code>"),
    ]
    if result.wrong is not None:
        rows.append(("wrong", html.escape(result.wrong)))
    listed = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in rows)
    shown = _json("Request", result.check.call.parameters)
    shown += "".join(_json(name, document) for name, document in _documents(result.check.who))
    if result.explanation:
        shown += _json("Trace", result.explanation)
    mark = ' class="wrong"' if result.wrong is not None else ""
    return (
        f'<details{mark} id="check-{result.number}"><summary>{result.number}. {html.escape(result.check.title)} '
        f'<span class="{verdict}">{verdict if result.answer.code is None else html.escape(result.answer.code)}'
        f"</span></summary><dl>{listed}</dl>{shown}</details>"
    )


def _documents(who: Who) -> Iterator[tuple[str, Document]]:
    if isinstance(who, Root):
        return
    if who.policy is not None:
        yield "Identity-based policy", who.policy
    if isinstance(who, User):
        yield from ((f"Managed policy {name}", document) for name, document in who.managed.items())
        if who.group is not None:
            yield f"Policy of the group {who.group[0]}", who.group[1]
    if who.boundary is not None:
        yield f"Permissions boundary {who.boundary[0]}", who.boundary[1]
    if isinstance(who, Session):
        if who.trust is not None:
            yield "Trust policy", who.trust
        if who.session_policy is not None:
            yield "Session policy", who.session_policy


def _json(title: str, value: Mapping[str, Any]) -> str:
    text = html.escape(json.dumps(value, indent=2, default=str))
    return f"<details><summary>{html.escape(title)}</summary><pre>{text}</pre></details>"
