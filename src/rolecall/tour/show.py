"""Tell the tour as text, 80 columns wide: who asks what, what was decided and why."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Container, Iterator, Mapping, Sequence
from typing import Any, Final

from rolecall.tour.check import ACCOUNT, Do, Document, Root, Section, Session, User, Who
from rolecall.tour.play import Result

WIDTH: Final = 80
LABEL: Final = 11


def heading(section: Section, first: int, total: int) -> Iterator[str]:
    """The lines that open a section."""
    last = first + len(section.checks) - 1
    counter = f" {first}-{last} of {total} =="
    title = f"== {section.title} "
    yield ""
    yield title + "=" * max(2, WIDTH - len(title) - len(counter)) + counter
    yield from textwrap.wrap(section.says, WIDTH - 4, initial_indent="   ", subsequent_indent="   ")
    yield ""


def told(result: Result) -> Iterator[str]:
    """The lines of one check."""
    mark = "ok" if result.wrong is None else "WRONG"
    title = f"{result.number:3} {result.check.title} "
    yield title + "." * max(1, WIDTH - len(title) - len(mark) - 1) + " " + mark
    yield from _labelled("who", caller(result.check.who))
    for statement in policies(result.check.who):
        yield from _labelled("may", statement)
    yield from _labelled("asks", asked(result.check.call))
    yield from _labelled("decided", decided(result))
    for line in why(result):
        yield from _labelled("why", line)
    yield from _labelled("reference", result.check.reference)
    if result.wrong is not None:
        yield from _labelled("WRONG", result.wrong)
    yield ""


def listed(sections: Sequence[Section]) -> Iterator[str]:
    """All checks by title, for `--list`."""
    number = 0
    for section in sections:
        yield f"{section.name}: {section.title}"
        for check in section.checks:
            number += 1
            yield from textwrap.wrap(
                f"{number:5}  {check.title}", WIDTH, subsequent_indent=" " * 7, break_on_hyphens=False
            )
    yield f"{number} checks"


def last_line(right: int, wrong: int, seconds: float) -> str:
    """The line that counts."""
    if wrong:
        return f"{right + wrong} checks, {wrong} wrong ({seconds:.1f} s)"
    return f"{right} checks, all right ({seconds:.1f} s)"


def caller(who: Who) -> str:
    """Who asks, in a few words."""
    match who:
        case Root():
            return "the root user"
        case User():
            tags = f", tagged {_pairs(who.tags)}" if who.tags else ""
            group = f", in the group {who.group[0]}" if who.group else ""
            account = "" if who.account == ACCOUNT else f" of account {who.account}"
            return f"user {who.name}{account}{tags}{group}"
        case Session():
            extra = [f"tagged {_pairs(who.tags)}"] if who.tags else []
            extra += [f"with session tags {_pairs(who.session_tags)}"] if who.session_tags else []
            extra += [f"with source identity {who.source_identity}"] if who.source_identity else []
            extra += ["opened by Studio"] if who.studio else []
            return f"a session of the role {who.role}" + "".join(f", {part}" for part in extra)


def policies(who: Who) -> Iterator[str]:
    """The statements that apply to a principal, one a line."""
    if isinstance(who, Root):
        return
    if who.policy is not None:
        yield from statements(who.policy)
    if isinstance(who, User):
        for name, document in who.managed.items():
            yield from (f"[{name}] {line}" for line in statements(document))
        if who.group is not None:
            yield from (f"[group {who.group[0]}] {line}" for line in statements(who.group[1]))
    for arn in who.attached:
        yield f"[{arn.rpartition('/')[2]}, managed by AWS]"
    if who.boundary is not None:
        yield from (f"[boundary {who.boundary[0]}] {line}" for line in statements(who.boundary[1]))
    if isinstance(who, Session) and who.session_policy is not None:
        yield from (f"[session policy] {line}" for line in statements(who.session_policy))


def statements(document: Document) -> Iterator[str]:
    """A document's statements, each as one sentence."""
    for statement in document["Statement"]:
        action = "Action" if "Action" in statement else "NotAction"
        resource = "Resource" if "Resource" in statement else "NotResource"
        line = statement["Effect"]
        line += (" all but " if action == "NotAction" else " ") + _several(statement[action])
        if resource == "NotResource":
            line += f" on all but {_several(statement[resource])}"
        elif statement.get(resource) not in (None, "*"):
            line += f" on {_several(statement[resource])}"
        if "Condition" in statement:
            line += f" when {_condition(statement['Condition'])}"
        yield line


def asked(call: Do) -> str:
    """The call in one line: the operation and the members that matter."""
    operation = "".join(part.capitalize() for part in call.operation.split("_"))
    shown = call.parameters if call.shown is None else call.shown
    members = ", ".join(f"{name}={_value(value)}" for name, value in shown.items())
    return f"{call.service}:{operation}({members})"


def decided(result: Result) -> str:
    """The answer in one line."""
    if result.answer.code is None:
        return "allowed"
    return f"{result.answer.code}: {result.answer.message}"


GUARDRAILS: Final = ("scp", "rcp")  # they let through and grant nothing


def why(result: Result) -> Iterator[str]:
    """What the server gives as its reason beyond AWS's sentence, in a line for each decision that was taken."""
    rulings = (result.explanation or {}).get("rulings", ())
    denials = [ruling for ruling in rulings if ruling["outcome"] != "allow"]
    if denials:
        yield from _why_denied(denials[0]["trace"])
        return
    for ruling in rulings:
        for name, statement in _statements(ruling["trace"], but=GUARDRAILS):
            if statement["effect"] == "Allow" and statement["matched"] == "yes":
                yield f"{ruling['action']}: allowed by statement {statement['index']} of {name}"
                break
    if rulings and result.answer.code:
        yield "authorized; the refusal is the service's own"


def as_data(result: Result) -> dict[str, Any]:
    """A result for programs."""
    return {
        "number": result.number,
        "section": result.section.name,
        "title": result.check.title,
        "caller": result.caller,
        "call": asked(result.check.call),
        "code": result.answer.code,
        "message": result.answer.message,
        "request_id": result.answer.request_id,
        "right": result.wrong is None,
        "wrong": result.wrong,
        "reference": result.check.reference,
    }


def _why_denied(trace: Mapping[str, Any]) -> Iterator[str]:
    """The statements that deny, or those that only one element keeps from allowing."""
    denying = [
        f"statement {statement['index']} of {name} denies it"
        for name, statement in _statements(trace)
        if statement["effect"] == "Deny" and statement["matched"] == "yes"
    ]
    near = [(name, statement) for name, statement in _statements(trace) if statement.get("near")]
    # That a statement is about another action says little where another one fails on a value.
    telling = [found for found in near if found[1]["failed"]["element"] not in ("Action", "NotAction")] or near
    yield from (
        denying
        or [_near_miss(name, statement) for name, statement in telling]
        or [f"no statement of any policy allows {trace['action']} here"]
    )


def _near_miss(name: str, statement: Mapping[str, Any]) -> str:
    failed = statement["failed"]
    what = " ".join(filter(None, (failed.get("operator"), failed.get("key")))) or failed["element"]
    seen = "nothing" if failed["seen"] is None else ", ".join(failed["seen"])
    return (
        f"statement {statement['index']} of {name} would allow it but for {what}: "
        f"wanted {', '.join(failed['wanted'])}; saw {seen}"
    )


def _statements(trace: Mapping[str, Any], *, but: Container[str] = ()) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every statement of a trace with a name for its policy. but: types of policies that are left out."""
    for policy in trace["policies"]:
        if policy["policy_type"] in but:
            continue
        name = policy.get("name") or (policy.get("arn") or "").rpartition("/")[2] or policy["policy_type"]
        yield from ((name, statement) for statement in policy["statements"])


def _labelled(label: str, text: str) -> Iterator[str]:
    indent = " " * (4 + LABEL)
    yield from textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"    {label:<{LABEL}}",
        subsequent_indent=indent,
        break_on_hyphens=False,
    ) or [f"    {label}"]


def _several(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)


def _condition(block: Mapping[str, Mapping[str, Any]]) -> str:
    return " and ".join(
        f"{operator} {key} {' or '.join([wanted] if isinstance(wanted, str) else wanted)}"
        for operator, keys in block.items()
        for key, wanted in keys.items()
    )


def _pairs(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in tags.items())


def _value(value: Any) -> str:
    if isinstance(value, str):
        return value if len(value) <= 60 else f"{value[:57]}..."
    if isinstance(value, list) and value and isinstance(value[0], dict) and set(value[0]) == {"Key", "Value"}:
        return "[" + ", ".join(f"{tag['Key']}={tag['Value']}" for tag in value) + "]"
    return json.dumps(value).replace('"', "")
