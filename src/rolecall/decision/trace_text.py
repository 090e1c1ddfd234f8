"""A trace as text for a terminal of 80 columns. Says everything in words; colour is for whoever prints it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from rolecall.decision.trace import ElementTrace, PolicyTrace, Rung, StatementTrace, Trace

WIDTH: Final = 80

HEADLINES: Final = {
    "allow": "ALLOWED",
    "explicit_deny": "DENIED by an explicit Deny",
    "implicit_deny": "DENIED because nothing allows it",
    "undetermined": "UNDETERMINED",
}
TYPE_NAMES: Final = {
    "identity": "identity policy",
    "boundary": "permissions boundary",
    "session": "session policy",
    "scp": "service control policy",
    "rcp": "resource control policy",
    "resource": "resource policy",
    "trust": "role trust policy",
    "endpoint": "VPC endpoint policy",
}


def render(trace: Trace, width: int = WIDTH) -> str:
    """The whole trace, ending with a newline."""
    return "".join(f"{line}\n" for line in _lines(trace, width))


def _lines(trace: Trace, width: int) -> Iterator[str]:
    yield HEADLINES[trace.decision]
    for label, value in (("principal", trace.principal), ("action", trace.action), ("resource", trace.resource)):
        yield from _labelled(label, value, 2, width)
    if trace.note:
        yield from _labelled("note", trace.note, 2, width)
    if trace.depends_on:
        yield from _labelled("depends on", ", ".join(trace.depends_on), 2, width)
    yield ""
    yield from _wrap(f"Policy types ({trace.rule}):", 0, width)
    for rung in trace.ladder:
        yield from _rung(rung, width)
    for policy in trace.policies:
        yield ""
        yield from _policy(policy, trace, width)


def _rung(rung: Rung, width: int) -> Iterator[str]:
    mark = ">" if rung.decisive else " "
    reason = f" ({rung.reason})" if rung.reason else ""
    yield from _wrap(f"{mark} {TYPE_NAMES[rung.policy_type]:<24}{rung.says}{reason}", 0, width, hanging=26)


def _policy(policy: PolicyTrace, trace: Trace, width: int) -> Iterator[str]:
    number = f"{policy.level}.{policy.index}" if policy.level is not None else str(policy.index)
    title = f"{TYPE_NAMES[policy.policy_type]} {number}"
    for name in (policy.name, policy.arn):
        title += f" {name}" if name else ""
    yield from _wrap(f"{title}: says {policy.says}", 0, width, hanging=2)
    for statement in policy.statements:
        yield from _statement(statement, width)


def _statement(statement: StatementTrace, width: int) -> Iterator[str]:
    sid = f" {statement.sid}" if statement.sid else ""
    outcome = {"yes": "matches", "no": "does not match", "unknown": "may match"}[statement.matched]
    near = ", but for one element" if statement.near else ""
    named = (
        f" (names the caller: {', '.join(statement.named)})" if statement.named and not statement.failed else ""
    )
    head = f"statement {statement.index}{sid}, {statement.effect}: {outcome}{near}{named}"
    yield from _wrap(head, 2, width, hanging=4)
    if statement.failed is not None:
        yield from _element(statement.failed, width)


def _element(element: ElementTrace, width: int) -> Iterator[str]:
    title = element.element
    if element.operator is not None:
        title = f"{title} {element.operator} {element.key}"
    yield from _wrap(title, 4, width, hanging=6)
    yield from _labelled("wanted", _values(element.wanted), 6, width)
    yield from _labelled("seen", "nothing" if element.seen is None else _values(element.seen), 6, width)
    if element.note:
        yield from _labelled("note", element.note, 6, width)


def _values(values: Sequence[str]) -> str:
    return ", ".join(value if value else '""' for value in values) or "(no value)"


def _labelled(label: str, value: str, indent: int, width: int) -> Iterator[str]:
    yield from _wrap(f"{label:<11}{value}", indent, width, hanging=indent + 11)


def _wrap(text: str, indent: int, width: int, hanging: int | None = None) -> Iterator[str]:
    """Lines no wider than asked for: ARNs without blanks are cut where they must be, never at their hyphens."""
    yield from textwrap.wrap(
        text,
        width,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent if hanging is None else hanging),
        break_on_hyphens=False,
        drop_whitespace=True,
        replace_whitespace=True,
        expand_tabs=True,
    )
